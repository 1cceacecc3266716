"""Regions and schools as rows of their tables."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from mobile_gateway.demo.regions import Region
from mobile_gateway.demo.rows import Numbers, Row
from mobile_gateway.demo.schools import School
from mobile_gateway.models.schools import RegionLevel

MERGED_BEFORE = timedelta(days=60)


def region(regions: Sequence[Region]) -> list[Row]:
    """Rows of `region`; its id is the GB/T 2260 code."""
    return [
        {
            "id": int(one.code),
            "level": RegionLevel(one.level),
            "name": one.name,
            "parent_id": one.parent and int(one.parent),
        }
        for one in regions
    ]


def school(schools: Sequence[School], ids: Numbers, now: datetime) -> list[Row]:
    """Rows of `school`; merged ones were merged before `now`."""
    return [
        {
            "id": ids[one.key],
            "county_id": int(one.county),
            "name": one.name,
            "normalised_name": normalised(one.name),
            "aliases": list(one.aliases),
            "stage": one.stage,
            "successor_id": one.merged_into and ids[one.merged_into],
            "merged_at": one.merged_into and now - MERGED_BEFORE,
        }
        for one in schools
    ]


def normalised(name: str) -> str:
    """A school's name as duplicates are looked for: NFKC, lower case, without white space."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
