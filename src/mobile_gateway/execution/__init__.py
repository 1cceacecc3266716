"""GraphQL operations prepared once and run many times.

Knows graphql-core; knows nothing of what the schema is about. `Operations.prepare` turns a
document into a `Plan` or a `Rejected`, `Plan.run` turns variables and a context into an `Answer`,
and `encode` turns that into bytes.
"""

from .answers import Answer, Rejected, encode
from .limits import Limits
from .operations import Operations
from .plans import Event, Plan, Report, TooLong

__all__ = ["Answer", "Event", "Limits", "Operations", "Plan", "Rejected", "Report", "TooLong", "encode"]
