"""The directory as a client and a member of staff use it, over HTTP."""

from __future__ import annotations

from typing import Any

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id, number_of
from mobile_gateway.workers import spelling

TEACHER = "+8619900000001"
WRONG_STAGE = "+8619900000005"
TWO_SCHOOLS = "+8619900000007"
SCHOOL_ADMIN = "+8619900000012"
COUNTY_ADMIN = "+8619900000013"
SUPPORT = "+8619900000014"
PLATFORM = "+8619900000015"
HAIDIAN = 110108
EXAMPLE = "北京市海淀区中关村第一小学"

DOCUMENTS = operations.by_file()


def region(number: int) -> str:
    return str(global_id("Region", number))


def school(number: int) -> str:
    return str(global_id("School", number))


async def found(gateway: Gateway, search: str, **more: Any) -> list[str]:
    """The names that a search finds, best first."""
    page = await searched(gateway, search, **more)
    return [edge["node"]["name"] for edge in page["edges"]]


async def searched(gateway: Gateway, search: str, **more: Any) -> dict[str, Any]:
    data = await gateway.data_of(DOCUMENTS["schools"], {"search": search, **more})
    answer: dict[str, Any] = data["schools"]
    return answer


async def act(gateway: Gateway, document: str, token: str | None, **given: Any) -> dict[str, Any]:
    """The payload of one of the directory's documents."""
    (payload,) = (await gateway.data_of(DOCUMENTS[document], {"input": given}, token)).values()
    answer: dict[str, Any] = payload
    return answer


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def create(
    gateway: Gateway, token: str | None, name: str, county: int = HAIDIAN, **more: Any
) -> dict[str, Any]:
    given = {"countyId": region(county), "name": name, "stage": "PRIMARY", **more}
    return await act(gateway, "school_create", token, **given)


async def created(gateway: Gateway, token: str | None, name: str, **more: Any) -> int:
    """The number of a school that was created."""
    payload = await create(gateway, token, name, **more)
    assert payload["userErrors"] == []
    number = number_of(payload["school"]["id"], "School")
    assert number is not None
    return number


async def rows(gateway: Gateway, query: str, *given: Any) -> list[Any]:
    async with gateway.database.connection() as connection:
        answer: list[Any] = await connection.fetch(query, *given)
    return answer


async def value(gateway: Gateway, query: str, *given: Any) -> Any:
    async with gateway.database.connection() as connection:
        return await connection.fetchval(query, *given)


async def run(gateway: Gateway, query: str, *given: Any) -> None:
    async with gateway.database.connection() as connection:
        await connection.execute(query, *given)


async def named(gateway: Gateway, name: str) -> int:
    """The number of a school by its name."""
    number: int = await value(gateway, "SELECT id FROM school WHERE name = $1", name)
    return number


async def version(gateway: Gateway) -> int:
    number: int = (await gateway.data_of("{ directoryVersion }"))["directoryVersion"]
    return number


async def spell(gateway: Gateway) -> None:
    """What the worker does."""
    while await spelling.spell_due(gateway.database):
        pass
