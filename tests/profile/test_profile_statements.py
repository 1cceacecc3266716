"""The profile makes a fixed number of statements, however many records it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from gateway import Gateway
from mobile_gateway.models.database import Database
from teachers import READY, TWO_SCHOOLS, XISHAN, Teacher, change, school_id, teacher


class Noting(Database):
    """A database that notes statements while it is told to."""

    noted: list[str] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        def note(query: asyncpg.connection.LoggedQuery) -> None:
            # Not what follows catalogue and clock beside it, nor the driver's own questions about types.
            beside = ("pg_catalog", "'jit'", "revision", "domain_clock")
            if self.noted is not None and not any(word in query.query for word in beside):
                self.noted.append(query.query)

        async with super().connection() as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(note)


@pytest.fixture
async def noting(gateway: Gateway) -> AsyncIterator[Gateway]:
    whole = gateway.resources.database
    gateway.resources.database = Noting(whole._pool)
    yield gateway
    gateway.resources.database = whole


async def statements(who: Teacher, document: str, **variables: Any) -> int:
    database = who.gateway.resources.database
    assert isinstance(database, Noting)
    database.noted = []
    await who.send(document, **variables)
    found, database.noted = database.noted, None
    return len(found)


async def with_many_records(gateway: Gateway, who: Teacher) -> None:
    await change(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary)"
        " SELECT $1, s.id, 'PENDING', false FROM school s WHERE s.name <> $2 AND NOT EXISTS"
        "   (SELECT FROM teaching_record t WHERE t.person_id = $1 AND t.school_id = s.id) ORDER BY s.id LIMIT 7",
        who.id,
        XISHAN,
    )
    await change(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, left_at)"
        " SELECT $1, s.id, 'WITHDRAWN', false, now() FROM school s ORDER BY s.id LIMIT 20",
        who.id,
    )


async def test_a_profile_with_many_records_costs_what_one_with_one_does(noting: Gateway) -> None:
    few, many = await teacher(noting, READY), await teacher(noting, TWO_SCHOOLS)
    await with_many_records(noting, many)
    # The viewer with all current records, and the past ones.
    assert await statements(few, "profile") == await statements(many, "profile") == 2
    assert await statements(few, "viewer") == await statements(many, "viewer") == 1


async def test_acts_cost_the_same_however_many_records_there_are(noting: Gateway) -> None:
    few, many = await teacher(noting, READY), await teacher(noting, TWO_SCHOOLS)
    await with_many_records(noting, many)
    costs = []
    for who in (few, many):
        added = {"schoolId": await school_id(noting, XISHAN)}
        mine = [await statements(who, "teaching_record_add", input=added)]
        record = next(one for one in await who.records() if one["school"]["name"] == XISHAN)
        edited = {"recordId": record["id"], "version": record["version"], "subject": "化学"}
        mine.append(await statements(who, "teaching_record_update", input=edited))
        left = {"recordId": record["id"], "confirmed": True}
        mine.append(await statements(who, "teaching_record_leave", input=left))
        costs.append(mine)
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 14
