"""Teaching records as their owner sees them, current and past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from mobile_gateway.rules.words import RecordState, SchoolStage, TeachingStage

MOST_PAST: Final = 20
"""How many past records are shown: the ones left last."""


@dataclass(frozen=True, slots=True)
class School:
    """A school as a teaching record names it."""

    id: int
    name: str
    stage: SchoolStage
    county: str


@dataclass(frozen=True, slots=True)
class TeachingRecord:
    """One teaching record; `left_at` is None while it is a current one."""

    id: int
    school: School
    state: RecordState
    is_primary: bool
    teaching_stage: TeachingStage | None
    subject: str | None
    grade: str | None
    reason: str | None
    version: int
    submitted_at: datetime
    decided_at: datetime | None
    left_at: datetime | None


COLUMNS: Final = (
    "t.id, s.id, s.name, s.stage, c.name, t.state, t.is_primary, t.teaching_stage, t.subject,"
    " t.grade, t.reason, t.version, t.submitted_at, t.decided_at, t.left_at"
)
"""What `record` wants, in its order, from `SOURCE`."""

SOURCE: Final = "teaching_record t JOIN school s ON s.id = t.school_id JOIN region c ON c.id = s.county_id"


def record(row: Sequence[Any]) -> TeachingRecord:
    """A record of its `COLUMNS`."""
    return TeachingRecord(
        row[0],
        School(row[1], row[2], SchoolStage(row[3]), row[4]),
        RecordState(row[5]),
        row[6],
        TeachingStage(row[7]) if row[7] else None,
        *row[8:],
    )


async def one(connection: asyncpg.Connection, person_id: int, record_id: int) -> TeachingRecord | None:
    """A person's own record, current or past; None for somebody else's, as for an absent one."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM {SOURCE} WHERE t.id = $1 AND t.person_id = $2", record_id, person_id
    )
    return record(tuple(row)) if row else None


async def past(connection: asyncpg.Connection, person_id: int) -> list[TeachingRecord]:
    """The records that a person left last, the newest first, at most `MOST_PAST`."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM {SOURCE} WHERE t.person_id = $1 AND t.left_at IS NOT NULL"
        " ORDER BY t.left_at DESC, t.id DESC LIMIT $2",
        person_id,
        MOST_PAST,
    )
    return [record(tuple(row)) for row in rows]


async def school(connection: asyncpg.Connection, school_id: int) -> School | None:
    """A school as a record would name it."""
    row = await connection.fetchrow(
        "SELECT s.id, s.name, s.stage, c.name FROM school s JOIN region c ON c.id = s.county_id WHERE s.id = $1",
        school_id,
    )
    return School(row[0], row[1], SchoolStage(row[2]), row[3]) if row else None
