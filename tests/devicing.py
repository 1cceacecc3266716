"""What the tests of devices share."""

from __future__ import annotations

from gateway import Gateway
from mobile_gateway.schema import operations
from player import run
from staffing import Json

VIEWER = "{ viewer { devices { id platform locale appVersion lastSeenAt } } }"


async def do(gateway: Gateway, document: str, bearer: str | None, **given: object) -> Json:
    """As `act`, for an input that has a token of its own."""
    data = await gateway.data_of(operations.by_file()[document], {"input": given}, bearer)
    (payload,) = data.values()
    found: Json = payload
    return found


async def mine(gateway: Gateway, token: str) -> list[Json]:
    found: list[Json] = (await gateway.data_of(VIEWER, None, token))["viewer"]["devices"]
    return found


async def states(gateway: Gateway, phone: str) -> list[tuple[str, str]]:
    async with gateway.database.connection() as connection:
        found = await connection.fetch(
            "SELECT token, state FROM device WHERE person_id = $1 ORDER BY id", await gateway.person(phone)
        )
    return [(row["token"], row["state"]) for row in found]


async def none(gateway: Gateway) -> None:
    await run(gateway, "DELETE FROM device")
