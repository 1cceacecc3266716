"""The agents' queue: whose tickets, in which order, and the figure on the workbench."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from gateway import Gateway
from mobile_gateway.models.database import Database
from mobile_gateway.schema import operations
from phoning import AGENT, OWNER, act, agent, codes_of, run, second_agent, ticket

PHONES = [f"+861886666000{number}" for number in range(5)]


async def queue(gateway: Gateway, token: str, **given: Any) -> dict[str, Any]:
    data = await gateway.data_of(operations.by_file()["rebind_tickets"], given, token)
    found: dict[str, Any] = data["rebindTickets"]
    return found


async def numbers(gateway: Gateway, token: str, **given: Any) -> list[str]:
    return [edge["node"]["number"] for edge in (await queue(gateway, token, **given))["edges"]]


async def counted(gateway: Gateway, token: str) -> int:
    data = await gateway.data_of("{ workbench { workQueue { ticketsToHandle } } }", token=token)
    found: int = data["workbench"]["workQueue"]["ticketsToHandle"]
    return found


async def test_an_agent_sees_free_and_own_tickets_and_the_workbench_counts_them(gateway: Gateway) -> None:
    mine, other = await agent(gateway), await second_agent(gateway)
    sent = [(await ticket(gateway, phone)).number for phone in PHONES]
    await act(gateway, "rebind_ticket_take", mine, number=sent[1])
    await act(gateway, "rebind_ticket_take", mine, number=sent[4])
    await act(gateway, "rebind_ticket_take", other, number=sent[2])
    await act(gateway, "rebind_ticket_reject", mine, number=sent[4], reason="不符")
    assert await numbers(gateway, mine) == [sent[0], sent[1], sent[3]]
    assert await numbers(gateway, other) == [sent[0], sent[2], sent[3]]
    assert await numbers(gateway, mine, queue="MINE") == [sent[1]]
    assert await numbers(gateway, mine, queue="FREE") == [sent[0], sent[3]]
    assert await numbers(gateway, mine, state="IN_REVIEW") == [sent[1]]
    assert await numbers(gateway, mine, state="REJECTED") == [sent[4]]
    assert await numbers(gateway, other, state="REJECTED") == []
    for token in (mine, other):
        assert await counted(gateway, token) == len(await numbers(gateway, token)) == 3


async def test_pages_go_on_where_the_last_one_ended_also_among_equal_times(gateway: Gateway) -> None:
    token = await agent(gateway)
    sent = [(await ticket(gateway, phone)).number for phone in PHONES]
    await run(gateway, "UPDATE rebind_ticket SET created_at = '2024-08-20T01:02:03.123456Z'")
    seen: list[str] = []
    more: list[bool] = []
    after = None
    for _ in range(3):
        page = await queue(gateway, token, first=2, after=after)
        seen += [edge["node"]["number"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        more.append(page["pageInfo"]["hasNextPage"])
    assert seen == sent
    assert more == [True, True, False]


class Counting(Database):
    """A database that counts the desk's statements, and not those that follow the catalogue beside it."""

    statements = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        def note(query: asyncpg.connection.LoggedQuery) -> None:
            self.statements += "rebind_ticket" in query.query or "SUPPORT_AGENT" in query.query

        async with super().connection() as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(note)


async def test_a_page_makes_as_many_statements_with_one_ticket_as_with_many(gateway: Gateway) -> None:
    token, whole = await agent(gateway), gateway.resources.database
    for phone in PHONES[:2]:
        await ticket(gateway, phone)
    await queue(gateway, token)

    async def counted_for(first: int) -> int:
        counting = Counting(whole._pool)
        answer = queue(gateway, token, first=first)
        gateway.resources.database = counting
        try:
            assert len((await answer)["edges"]) == min(first, 2)
        finally:
            gateway.resources.database = whole
        return counting.statements

    assert await counted_for(1) == await counted_for(50) == 2


async def test_the_list_shows_nothing_personal_but_the_masked_new_phone(gateway: Gateway) -> None:
    token = await agent(gateway)
    await ticket(gateway, PHONES[0])
    (edge,) = (await queue(gateway, token))["edges"]
    assert set(edge["node"]) == {
        "id",
        "number",
        "state",
        "isMine",
        "newPhone",
        "submittedAt",
        "takenAt",
        "calledBackAt",
        "closedAt",
        "reason",
    }
    assert edge["node"]["newPhone"] == "188****0000"


@pytest.mark.parametrize("phone", [OWNER, "+8619900000015", "+8619900000012"])
async def test_the_desk_is_not_there_for_others(gateway: Gateway, phone: str) -> None:
    sent, token = await ticket(gateway, PHONES[0]), await gateway.token(phone)
    asked = [("rebind_tickets", {}), ("rebind_ticket", {"number": sent.number})]
    for document, given in asked:
        answer = await gateway.execute(operations.by_file()[document], given, token)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        answer = await gateway.execute(operations.by_file()[document], given)
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_ticket_is_fetched_again_by_its_id_only_within_reach(gateway: Gateway) -> None:
    mine, other = await agent(gateway), await second_agent(gateway)
    sent = await ticket(gateway, PHONES[0])
    (edge,) = (await queue(gateway, mine))["edges"]
    query = "query ($id: ID!) { node(id: $id) { ... on RebindTicket { number } } }"
    given = {"id": edge["node"]["id"]}
    assert (await gateway.data_of(query, given, other))["node"] == {"number": sent.number}
    assert codes_of(await act(gateway, "rebind_ticket_take", mine, number=sent.number)) == []
    assert (await gateway.data_of(query, given, mine))["node"] == {"number": sent.number}
    for token in (other, await gateway.token(OWNER), None):
        assert (await gateway.data_of(query, given, token))["node"] is None


@pytest.mark.parametrize(
    "given", [{"first": 0}, {"first": 51}, {"after": "x"}, {"after": "OTk5OTk5OTk5OTk5OTk5OTk5fDE"}]
)
async def test_a_page_that_there_cannot_be_is_refused(gateway: Gateway, given: dict[str, Any]) -> None:
    token = await agent(gateway, AGENT)
    answer = await gateway.execute(operations.by_file()["rebind_tickets"], given, token)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
