"""Teaching records as staff see them: the queue of who is to be verified, and single records (PRODUCT.md §6, §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.verification import Standing
from mobile_gateway.rules.words import Gender, RecordState, SchoolStage, TeachingStage


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """A teacher at a school, as staff may see them: no document's number and no phone in full leaves from here."""

    id: int
    version: int
    state: RecordState
    is_primary: bool
    submitted_at: datetime
    decided_at: datetime | None
    reason: str | None
    teaching_stage: TeachingStage | None
    subject: str | None
    grade: str | None
    school_name: str
    school_stage: SchoolStage
    standing: Standing
    name: str | None
    gender: Gender | None
    document_type: str | None
    document_last4: str | None
    phone: str | None


COLUMNS = """
SELECT r.id, r.version, r.state, r.is_primary, r.submitted_at, r.decided_at, r.reason, r.teaching_stage, r.subject,
       r.grade, r.person_id, r.school_id, s.name AS school_name, s.stage AS school_stage, s.county_id,
       p.name, p.gender, p.document_type, p.document_last4, p.phone, a.of_admin
"""

OF_ADMIN = """
 CROSS JOIN LATERAL (SELECT EXISTS (
         SELECT FROM staff_grant g WHERE g.person_id = r.person_id AND g.role = 'SCHOOL_ADMIN'
            AND g.school_id = r.school_id AND g.revoked_at IS NULL) AS of_admin) a
"""

ROWS = (
    " FROM teaching_record r JOIN school s ON s.id = r.school_id JOIN person p ON p.id = r.person_id"
    + OF_ADMIN
)

# $1 the viewer, $2 the viewer's schools, $3 the viewer's counties. The same as `rules.verification.may_see`.
_MINE = """
 WHERE r.left_at IS NULL AND r.person_id <> $1
   AND r.school_id IN (SELECT unnest($2::bigint[])
                       UNION SELECT id FROM school WHERE county_id = ANY($3::int[]) AND merged_at IS NULL)
   AND (s.county_id = ANY($3::int[]) OR NOT a.of_admin)
"""

# The same as `rules.verification.may_decide`.
_TO_DECIDE = """
 CASE WHEN a.of_admin THEN s.county_id = ANY($3::int[]) ELSE r.school_id = ANY($2::bigint[]) END
"""

_PAGE = f"""
{COLUMNS} {ROWS} {_MINE}
   AND r.state = $4 AND ($5::bigint IS NULL OR r.school_id = $5) AND ($6::text IS NULL OR strpos(p.name, $6) > 0)
   AND ($7::bool IS NULL OR {_TO_DECIDE} = $7)
   AND ($8::timestamptz IS NULL OR (r.submitted_at, r.id) > ($8, $9::bigint))
 ORDER BY r.submitted_at, r.id LIMIT $10
"""

_COUNTS = f"""
SELECT count(*) FILTER (WHERE r.state = $4 AND ($5::bigint IS NULL OR r.school_id = $5)
                          AND ($6::text IS NULL OR strpos(p.name, $6) > 0)
                          AND ($7::bool IS NULL OR {_TO_DECIDE} = $7)) AS listed,
       count(*) FILTER (WHERE r.state = 'PENDING' AND {_TO_DECIDE}) AS to_decide
  {ROWS} {_MINE} AND r.state IN ($4, 'PENDING')
"""

_BY_ID = f"{COLUMNS} {ROWS} WHERE r.id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose queue, and which part of it."""

    viewer_id: int
    grants: Grants
    state: RecordState
    school_id: int | None
    name: str | None
    to_decide: bool | None

    def arguments(self) -> tuple[object, ...]:
        """The first seven parameters of the statements here."""
        return (
            self.viewer_id,
            list(self.grants.schools),
            list(self.grants.counties),
            self.state,
            self.school_id,
            self.name,
            self.to_decide,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records the queue lists, and how many wait for the viewer's own decision."""

    listed: int
    to_decide: int


async def page(
    connection: asyncpg.Connection, asked: Asked, *, first: int, after: tuple[datetime, int] | None
) -> list[StaffRecord]:
    """At most `first` records behind `after`, the longest waiting first. One statement."""
    at, record_id = after or (None, 0)
    rows = await connection.fetch(_PAGE, *asked.arguments(), at, record_id, first)
    return [record_of(row) for row in rows]


async def in_scope(connection: asyncpg.Connection, asked: Asked) -> bool:
    """Whether the school that was asked for is in the viewer's scope. One statement."""
    if asked.school_id in asked.grants.schools:
        return True
    county = await connection.fetchval("SELECT county_id FROM school WHERE id = $1", asked.school_id)
    return county in asked.grants.counties


async def counts(connection: asyncpg.Connection, asked: Asked) -> Counts:
    """How many there are behind all pages. One statement."""
    row = await connection.fetchrow(_COUNTS, *asked.arguments())
    return Counts(row["listed"], row["to_decide"])


async def by_id(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, StaffRecord]:
    """Records by their ids, whoever may see them, left ones too. One statement."""
    return {row["id"]: record_of(row) for row in await connection.fetch(_BY_ID, list(ids))}


def record_of(row: asyncpg.Record) -> StaffRecord:
    """A row of `COLUMNS`."""
    return StaffRecord(
        row["id"],
        row["version"],
        RecordState(row["state"]),
        row["is_primary"],
        row["submitted_at"],
        row["decided_at"],
        row["reason"],
        TeachingStage(row["teaching_stage"]) if row["teaching_stage"] else None,
        row["subject"],
        row["grade"],
        row["school_name"],
        SchoolStage(row["school_stage"]),
        Standing(row["person_id"], row["school_id"], row["county_id"], row["of_admin"]),
        row["name"],
        Gender(row["gender"]) if row["gender"] else None,
        row["document_type"],
        row["document_last4"],
        row["phone"],
    )
