"""What every change of the directory writes beside the school itself: its row for the search, and the revision.

Helpers for a transaction that holds the schools' rows. The revision's row comes last: it is everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from mobile_gateway.reads.directory import PLACES
from mobile_gateway.rules import school_search
from mobile_gateway.rules.words import SchoolStage


@dataclass(frozen=True, slots=True)
class Latin:
    """A school's initials and spellings, as lines."""

    initials: tuple[str, ...]
    spellings: tuple[str, ...]


_SCHOOLS = f"""
SELECT s.id, s.name, s.aliases, s.stage, c.id AS county_id, c.name AS county, d.id AS city_id, d.name AS city,
       p.id AS province_id, p.name AS province, x.initials, x.spellings
  FROM school s{PLACES} LEFT JOIN school_search x ON x.school_id = s.id
 WHERE s.id = ANY($1::bigint[]) AND s.merged_at IS NULL ORDER BY s.id
"""

_KEEP = """
INSERT INTO school_search (school_id, province_id, length, names, initials, spellings, grams)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (school_id) DO UPDATE SET province_id = excluded.province_id, length = excluded.length,
  names = excluded.names, initials = excluded.initials, spellings = excluded.spellings, grams = excluded.grams
"""


_FORMER = """
SELECT name, aliases FROM school WHERE successor_id = ANY($1::bigint[]) AND merged_at IS NOT NULL ORDER BY id
"""


async def former_names(connection: asyncpg.Connection, ids: Sequence[int]) -> list[str]:
    """Every name and alias of the schools that were merged into these. One statement."""
    rows = await connection.fetch(_FORMER, list(ids))
    return [name for row in rows for name in (row["name"], *row["aliases"])]


async def index(
    connection: asyncpg.Connection, ids: Sequence[int], latin: Mapping[int, Latin] | None = None
) -> None:
    """Write the search rows of active schools anew; without `latin` they keep the spellings they have."""
    rows = await connection.fetch(_SCHOOLS, list(ids))
    given = latin or {}
    await connection.executemany(_KEEP, [_row(row, given.get(row["id"])) for row in rows])


def _row(row: Any, latin: Latin | None) -> tuple[Any, ...]:
    regions = (row["province"], row["city"], row["county"])
    region_ids = (row["province_id"], row["city_id"], row["county_id"])
    known = latin or Latin(
        tuple(school_search.of(row["initials"] or "")), tuple(school_search.of(row["spellings"] or ""))
    )
    return record(
        (row["id"], row["name"], row["aliases"], SchoolStage(row["stage"])), regions, region_ids, known
    )


def record(
    school: tuple[int, str, Sequence[str], SchoolStage],
    regions: Sequence[str],
    region_ids: Sequence[int],
    latin: Latin,
) -> tuple[Any, ...]:
    """A row of `school_search`, in the order of its columns; regions from the province down."""
    number, name, aliases, stage = school
    names = school_search.names(name, aliases, regions)
    return (
        number,
        region_ids[0],
        len(name),
        school_search.lines(names),
        school_search.lines(latin.initials),
        school_search.lines(latin.spellings),
        school_search.grams(names, latin.initials, latin.spellings, region_ids, stage),
    )


async def changed(connection: asyncpg.Connection) -> None:
    """Let the directory's revision grow."""
    await connection.execute(
        "INSERT INTO revision (name) VALUES ('directory')"
        " ON CONFLICT (name) DO UPDATE SET value = revision.value + 1, changed_at = now()"
    )
