"""How large an audience is, by platform and province: counted where it is small, estimated where it is large.

Up to 100,000 people found within two seconds are counted. Beyond, blocks of the people's table are looked at, some
50,000 people in all, and the answer is scaled and says that it is an estimate. Of a segment so rare that the sample
holds few of it, it also says a bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from mobile_gateway.reads import audience
from mobile_gateway.reads.audience import Audience
from mobile_gateway.rules.segments import Segment
from mobile_gateway.rules.words import Platform

COUNTED: Final = 100_000
COUNT_SECONDS: Final = 2.0
LOOKED_AT: Final = 50_000
SAMPLE_SECONDS: Final = 6.0
"""With the count before it an answer ends within the 10 s that a request has."""

ENOUGH_BLOCKS: Final = 10
"""Blocks with people of a segment that show how many of them lie together."""

TELLING: Final = 100
"""People of a sample from which on its figures say something; of fewer only a bound is told."""

_SIZES = """
WITH found AS MATERIALIZED ({found}),
wanted AS MATERIALIZED (
  SELECT f.id, EXISTS (SELECT FROM notification_preference n
                        WHERE n.person_id = f.id AND n.kind = 'CAMPAIGN' AND NOT n.push) AS out FROM found f
), device_of AS MATERIALIZED (
  SELECT w.id, d.platform FROM wanted w JOIN device d ON d.person_id = w.id AND d.state = 'ACTIVE' WHERE NOT w.out
)
SELECT (SELECT count(DISTINCT block) FROM found) AS blocks,
       (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM found GROUP BY block) x) AS thickest,
       (SELECT count(*) FROM wanted) AS people, (SELECT count(*) FROM wanted WHERE out) AS opted_out,
       (SELECT count(DISTINCT id) FROM device_of) AS reachable,
       (SELECT coalesce(array_agg((platform, n)), '{{}}')
          FROM (SELECT platform, count(*) AS n FROM device_of GROUP BY platform ORDER BY platform) x) AS platforms,
       (SELECT coalesce(array_agg((id, name, n)), '{{}}') FROM (
          SELECT v.id, v.name, count(*) AS n FROM wanted w JOIN person p ON p.id = w.id
            LEFT JOIN teaching_record t ON t.person_id = p.id AND t.is_primary AND t.left_at IS NULL
            LEFT JOIN school s ON s.id = CASE WHEN p.identity = 'STUDENT' THEN p.student_school_id ELSE t.school_id END
            LEFT JOIN region k ON k.id = s.county_id LEFT JOIN region c ON c.id = k.parent_id
            LEFT JOIN region v ON v.id = c.parent_id
           GROUP BY v.id, v.name ORDER BY v.id NULLS LAST) x) AS provinces
"""

_SOME = (
    "SELECT p.id, 0 AS block FROM ({source}) x JOIN person p ON p.id = x.id WHERE {predicate} LIMIT {most}"
)
_SAMPLE = """
SELECT p.id, (p.ctid::text::point)[0]::bigint AS block FROM person p TABLESAMPLE SYSTEM ({percent}) WHERE {predicate}
"""

_PEOPLE = """
SELECT greatest(reltuples, 1)::float8 AS people, greatest(reltuples / greatest(relpages, 1), 1)::float8 AS in_a_block
  FROM pg_class WHERE oid = 'person'::regclass
"""


@dataclass(frozen=True, slots=True)
class OfPlatform:
    """Devices of a platform that would be pushed to."""

    platform: Platform
    devices: int


@dataclass(frozen=True, slots=True)
class OfProvince:
    """People whose school is in a province; of no province are those without a school."""

    region_id: int | None
    name: str | None
    people: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """An audience in figures. `people` get it into the inbox; `reachable` of them have a device and want pushes.

    `at_most` bounds `people` where an estimate rests on a few; it is wrong once in hundreds of times.
    """

    exact: bool
    at_most: int | None
    people: int
    reachable: int
    opted_out: int
    platforms: tuple[OfPlatform, ...]
    provinces: tuple[OfProvince, ...]


async def sizes(connection: asyncpg.Connection, segment: Segment, *, real_now: datetime) -> Sizes:
    """How many a segment reaches now. Each plan is made for its own figures: they differ by millions."""
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        whom = await audience.compiled(connection, segment, real_now=real_now)
        row = await _counted(connection, whom)
        if row is not None and row["people"] <= COUNTED:
            return _sizes(row, 1.0, at_most=None, exact=True)
        table = await connection.fetchrow(_PEOPLE)
        share = min(1.0, LOOKED_AT / table["people"])
        found = _SAMPLE.format(percent=f"{share * 100:.6f}", predicate=whom.predicate)
        row = await connection.fetchrow(_SIZES.format(found=found), *whom.arguments, timeout=SAMPLE_SECONDS)
        return _sizes(row, 1 / share, at_most=_bound(row, 1 / share, table["in_a_block"]), exact=False)


async def _counted(connection: asyncpg.Connection, whom: Audience) -> asyncpg.Record | None:
    """The figures of at most one more than are counted; None when that takes too long."""
    found = _SOME.format(source=whom.source, predicate=whom.predicate, most=COUNTED + 1)
    try:
        async with connection.transaction():
            return await connection.fetchrow(
                _SIZES.format(found=found), *whom.arguments, timeout=COUNT_SECONDS
            )
    except TimeoutError:
        return None


def _bound(row: asyncpg.Record, scale: float, in_a_block: float) -> int | None:
    """Three deviations more than a sample of few people, or of few blocks, says; None of many.

    Blocks are drawn, not people: the fewer blocks they were seen in, the more may lie together in others.
    """
    people: int = row["people"]
    spread = row["blocks"] >= ENOUGH_BLOCKS
    if spread and people >= TELLING:
        return None
    thick: float = row["thickest"] if spread else in_a_block
    return round((people + 3 * math.sqrt(thick * people + thick**2) + 3 * thick) * scale)


def _sizes(row: asyncpg.Record, scale: float, *, at_most: int | None, exact: bool) -> Sizes:
    return Sizes(
        exact,
        at_most,
        round(row["people"] * scale),
        round(row["reachable"] * scale),
        round(row["opted_out"] * scale),
        tuple(OfPlatform(Platform(word), round(n * scale)) for word, n in row["platforms"]),
        tuple(OfProvince(number, name, round(n * scale)) for number, name, n in row["provinces"]),
    )
