"""The school directory: its revision, regions, single schools, and the schools that are not spelled yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from mobile_gateway.rules.words import RegionLevel, SchoolStage


@dataclass(frozen=True, slots=True)
class Region:
    """A province, city or county, by its GB/T 2260 code."""

    id: int
    name: str
    level: RegionLevel


@dataclass(frozen=True, slots=True)
class School:
    """A school with where it stands; `successor_id` only of one that was merged."""

    id: int
    name: str
    aliases: tuple[str, ...]
    stage: SchoolStage
    successor_id: int | None
    county: Region
    city: Region
    province: Region


PLACES = " JOIN region c ON c.id = s.county_id JOIN region d ON d.id = c.parent_id JOIN region p ON p.id = d.parent_id"
"""Joins a school `s` with its county `c`, city `d` and province `p`."""

COLUMNS = (
    "s.id, s.name, s.aliases, s.stage, s.successor_id, c.id AS county_id, c.name AS county,"
    " d.id AS city_id, d.name AS city, p.id AS province_id, p.name AS province"
)


async def revision(connection: asyncpg.Connection) -> int:
    """The number that grows with every change of the directory; 0 before the first."""
    found: int | None = await connection.fetchval("SELECT value FROM revision WHERE name = 'directory'")
    return found or 0


async def schools(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, School]:
    """Schools by id, merged ones too; an id that none has is left out. One statement."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM school s{PLACES} WHERE s.id = ANY($1::bigint[])", list(ids)
    )
    return {row["id"]: school_of(row) for row in rows}


def school_of(row: Any) -> School:
    """A row of `COLUMNS`."""
    return School(
        row["id"],
        row["name"],
        tuple(row["aliases"]),
        SchoolStage(row["stage"]),
        row["successor_id"],
        Region(row["county_id"], row["county"], RegionLevel.COUNTY),
        Region(row["city_id"], row["city"], RegionLevel.CITY),
        Region(row["province_id"], row["province"], RegionLevel.PROVINCE),
    )


async def regions(connection: asyncpg.Connection, parent_id: int | None) -> list[Region]:
    """What lies directly under a region, in the order of its codes; the provinces under None. One statement.

    At most 34, as the country has provinces; a city has at most 27 counties.
    """
    rows = await connection.fetch(
        "SELECT id, name, level FROM region WHERE parent_id IS NOT DISTINCT FROM $1 ORDER BY id", parent_id
    )
    return [Region(row["id"], row["name"], RegionLevel(row["level"])) for row in rows]


async def region(connection: asyncpg.Connection, number: int) -> Region | None:
    """A region by its code. One statement."""
    row = await connection.fetchrow("SELECT id, name, level FROM region WHERE id = $1", number)
    return Region(row["id"], row["name"], RegionLevel(row["level"])) if row else None


@dataclass(frozen=True, slots=True)
class Unspelled:
    """A school that is not spelled yet, with the names of its province, city and county."""

    id: int
    name: str
    aliases: tuple[str, ...]
    regions: tuple[str, ...]


async def unspelled(connection: asyncpg.Connection, limit: int) -> list[Unspelled]:
    """Active schools that wait for their spelling, the oldest first. One statement."""
    rows = await connection.fetch(
        f"SELECT s.id, s.name, s.aliases, p.name AS province, d.name AS city, c.name AS county FROM school s{PLACES}"
        " WHERE s.spelled_at IS NULL AND s.merged_at IS NULL ORDER BY s.id LIMIT $1",
        limit,
    )
    return [
        Unspelled(
            row["id"], row["name"], tuple(row["aliases"]), (row["province"], row["city"], row["county"])
        )
        for row in rows
    ]
