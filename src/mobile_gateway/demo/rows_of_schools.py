"""Regions and schools as rows of their tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mobile_gateway.demo.regions import Region
from mobile_gateway.demo.rows import Numbers, Row
from mobile_gateway.demo.schools import School
from mobile_gateway.rules import school_names, school_search
from mobile_gateway.rules.words import RegionLevel

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
            "normalised_name": school_names.normalised(one.name),
            "aliases": list(one.aliases),
            "stage": one.stage,
            "successor_id": one.merged_into and ids[one.merged_into],
            "merged_at": one.merged_into and now - MERGED_BEFORE,
        }
        for one in schools
    ]


def search(schools: Sequence[School], ids: Numbers, regions: Sequence[Region]) -> list[Row]:
    """Rows of `school_search` of the active schools; unspelled, so the worker spells them when it starts."""
    known = {one.code: one for one in regions}
    return [_sought(one, ids[one.key], _places(known, one.county)) for one in schools if not one.merged_into]


def _places(known: Mapping[str, Region], county: str) -> list[Region]:
    """The province, city and county."""
    city = known[county].parent or ""
    return [known[known[city].parent or ""], known[city], known[county]]


def _sought(one: School, number: int, places: Sequence[Region]) -> Row:
    names = school_search.names(one.name, one.aliases, [place.name for place in places])
    codes = [int(place.code) for place in places]
    return {
        "school_id": number,
        "province_id": codes[0],
        "length": len(one.name),
        "names": school_search.lines(names),
        "grams": school_search.grams(names, (), (), codes, one.stage),
    }
