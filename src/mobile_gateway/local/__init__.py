"""A private PostgreSQL and Redis from wheels, and a small supervisor: for the first run and for the tests.

`Parts` starts and stops the two servers in one data directory; `Supervisor` keeps the product's own processes
alive beside them. Whoever has a PostgreSQL or a Redis already leaves that part out by its flag.
"""

from mobile_gateway.local.errors import LocalError
from mobile_gateway.local.parts import Parts
from mobile_gateway.local.supervisor import Child, Supervisor

__all__ = ["Child", "LocalError", "Parts", "Supervisor"]
