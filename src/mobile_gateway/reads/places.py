"""Which counties and schools staff ask about, and in which of their scopes those lie (PRODUCT.md §12)."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.words import StaffRole

LARGEST_REGION = 10**6
"""Codes of GB/T 2260 have six digits."""


@dataclass(frozen=True, slots=True)
class Place:
    """A school, or a region with its counties, or everything: what a list or an export is about."""

    school_id: int | None
    region_id: int | None
    counties: tuple[int, ...]

    @property
    def schools(self) -> tuple[int, ...]:
        """The one school, or none where whole counties are meant."""
        return () if self.school_id is None else (self.school_id,)


_SCHOOL = "SELECT county_id FROM school WHERE id = $1"

_COUNTIES = """
WITH RECURSIVE within AS (
  SELECT id, level FROM region WHERE id = $1
  UNION ALL SELECT r.id, r.level FROM region r JOIN within w ON r.parent_id = w.id
)
SELECT id FROM within WHERE level = 'COUNTY' ORDER BY id
"""

_EVERY_COUNTY = "SELECT id FROM region WHERE level = 'COUNTY' ORDER BY id"


async def school(
    connection: asyncpg.Connection, grants: Grants, school_id: int
) -> tuple[Place, StaffRole] | None:
    """A school with the nearest role over it; None when there is none, or it is out of scope. One statement."""
    county_id = await connection.fetchval(_SCHOOL, school_id)
    role = None if county_id is None else grants.over_school(school_id, county_id)
    return None if role is None else (Place(school_id, None, (county_id,)), role)


async def region(
    connection: asyncpg.Connection, grants: Grants, region_id: int
) -> tuple[Place, StaffRole] | None:
    """A county, city or province with the nearest role over it; None as for `school`. One statement.

    What is larger than a county is the platform's.
    """
    if not 0 < region_id < LARGEST_REGION:
        return None
    counties = tuple(row["id"] for row in await connection.fetch(_COUNTIES, region_id))
    if not counties:
        return None
    if counties == (region_id,):
        role = grants.over_county(region_id)
    else:
        role = StaffRole.PLATFORM_ADMIN if grants.is_platform else None
    return None if role is None else (Place(None, region_id, counties), role)


async def everywhere(connection: asyncpg.Connection, grants: Grants) -> tuple[Place, StaffRole] | None:
    """Every county, for who has the whole platform; None for others. One statement."""
    if not grants.is_platform:
        return None
    counties = tuple(row["id"] for row in await connection.fetch(_EVERY_COUNTY))
    return Place(None, None, counties), StaffRole.PLATFORM_ADMIN


async def named(
    connection: asyncpg.Connection, grants: Grants, *, school_id: int | None, region_id: int | None
) -> tuple[Place, StaffRole] | None:
    """The school or the region that was named, else everything; see there. One statement."""
    if school_id is not None:
        return await school(connection, grants, school_id)
    if region_id is not None:
        return await region(connection, grants, region_id)
    return await everywhere(connection, grants)
