"""Who signs in by a student number: the account, under its school and under whatever that was merged into."""

from __future__ import annotations

from dataclasses import dataclass, field

import asyncpg


@dataclass(frozen=True, slots=True)
class Schools:
    """A school with all that merging made one with it. `last` is the one that the others went into.

    `county_id` is that of the school which was asked for.
    """

    last: int
    all: tuple[int, ...]
    merged: bool
    county_id: int


# UNION, not UNION ALL: schools that point at each other end the walk.
_SCHOOLS = """
WITH RECURSIVE up AS (
  SELECT id, successor_id FROM school WHERE id = $1
  UNION SELECT s.id, s.successor_id FROM school s JOIN up ON s.id = up.successor_id
), down AS (
  SELECT id FROM up WHERE successor_id IS NULL
  UNION SELECT s.id FROM school s JOIN down d ON s.successor_id = d.id
)
SELECT (SELECT id FROM up WHERE successor_id IS NULL) AS last,
       (SELECT array_agg(id) FROM down) AS everyone,
       (SELECT successor_id IS NOT NULL FROM up WHERE id = $1) AS merged,
       (SELECT county_id FROM school WHERE id = $1) AS county_id
"""


async def schools(connection: asyncpg.Connection, school_id: int) -> Schools | None:
    """A school and all of its merged ones; None when there is no such school. One statement."""
    row = await connection.fetchrow(_SCHOOLS, school_id)
    if row["last"] is None:
        return None
    return Schools(row["last"], tuple(row["everyone"]), row["merged"], row["county_id"])


@dataclass(frozen=True, slots=True)
class Login:
    """An account that a student number may mean."""

    person_id: int
    school_id: int
    password_hash: str = field(repr=False)


async def candidates(
    connection: asyncpg.Connection, schools: Schools, school_id: int, number: str
) -> list[Login]:
    """All accounts of a number in these schools: that of the named one first, then the last one's, then the oldest.

    No more than there are schools. One statement.
    """
    rows = await connection.fetch(
        "SELECT id, student_school_id, password_hash FROM person"
        " WHERE student_school_id = ANY($1) AND student_number = $4 AND password_hash IS NOT NULL"
        " ORDER BY student_school_id = $2 DESC, student_school_id = $3 DESC, id",
        list(schools.all),
        school_id,
        schools.last,
        number,
    )
    return [Login(row["id"], row["student_school_id"], row["password_hash"]) for row in rows]
