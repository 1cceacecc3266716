"""Pages of staff make a fixed number of statements, however much they show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest

from gateway import Gateway
from mobile_gateway.models.database import Database
from mobile_gateway.schema import operations
from player import run
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PLATFORM,
    SCHOOL_ADMIN,
    decide,
    record_of,
    remove,
    school_of,
    teacher,
)

EXPECTED = {
    "verification_queue": 3,  # who asks, the page, the counts
    "roster": 5,  # who asks, the page, everybody's progress, the two counts
    "audit_log": 2,  # who asks, the page
}


class Counting(Database):
    """A database that notes statements while it is told to."""

    noted: list[str] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        def note(query: asyncpg.connection.LoggedQuery) -> None:
            if self.noted is not None and not any(
                word in query.query for word in ("pg_catalog", "'jit'", "revision")
            ):
                self.noted.append(query.query)

        async with super().connection() as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(note)


@pytest.fixture
async def counting(gateway: Gateway) -> AsyncIterator[Gateway]:
    whole = gateway.resources.database
    gateway.resources.database = Counting(whole._pool)
    yield gateway
    gateway.resources.database = whole


@contextmanager
def statements(gateway: Gateway) -> Iterator[list[str]]:
    database = gateway.resources.database
    assert isinstance(database, Counting)
    found: list[str] = []
    database.noted = found
    yield found
    database.noted = None


async def count(gateway: Gateway, operation: str, token: str, given: dict[str, Any]) -> int:
    with statements(gateway) as found:
        await gateway.data_of(operations.by_file()[operation], given, token)
    # What follows the catalogue's clock beside the request is not the request's.
    return len([one for one in found if "domain_clock" not in one])


@pytest.mark.parametrize(
    ("operation", "phone"),
    [
        ("verification_queue", SCHOOL_ADMIN),
        ("verification_queue", COUNTY_ADMIN),
        ("roster", SCHOOL_ADMIN),
        ("roster", COUNTY_ADMIN),
        ("audit_log", SCHOOL_ADMIN),
        ("audit_log", PLATFORM),
    ],
)
async def test_a_page_of_fifty_makes_as_many_statements_as_a_page_of_one(
    counting: Gateway, operation: str, phone: str
) -> None:
    token, school = await counting.token(phone), await school_of(counting)
    for n in range(30):
        await teacher(counting, f"+86188000001{n:02d}", school=school)
    await run(
        counting,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at) SELECT p.id, t.id, now() FROM person p, topic t",
    )
    await run(
        counting,
        "INSERT INTO audit_entry (actor_id, act, subject_kind, subject_id, school_id, county_id)"
        " SELECT 1, 'TEACHER_REMOVED', 'TeachingRecord', n, $1, $2 FROM generate_series(1, 60) n",
        school,
        HAIDIAN,
    )
    await count(counting, operation, token, {"first": 1})
    seen = [await count(counting, operation, token, {"first": first}) for first in (1, 2, 50)]
    assert seen == [EXPECTED[operation]] * 3


async def test_a_decision_and_a_removal_make_a_fixed_number_of_statements(counting: Gateway) -> None:
    admin, school = await counting.token(SCHOOL_ADMIN), await school_of(counting)
    seen = []
    for n in range(3):
        record = await teacher(counting, f"+86188000001{n:02d}", school=school)
        with statements(counting) as decided:
            await decide(counting, admin, record)
        with statements(counting) as removed:
            await remove(counting, admin, record)
        seen.append((len(decided), len(removed)))
    assert len(set(seen[1:])) == 1
    assert max(seen[-1]) <= 18
    assert await record_of(counting, "+8618800000100")
