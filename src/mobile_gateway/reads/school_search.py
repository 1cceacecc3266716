"""Looking for schools, in PostgreSQL alone: one statement over `school_search` and its GIN index of grams.

Order: a name, alias, initials or spelling that is the search; one that begins with it; one that holds it; one that
holds its words apart. Within these the shorter name, then the older school.

What is not promised: at most `CANDIDATES` schools of each of these kinds are looked at a page, in the order in which
they lie on disk. A search that more schools answer than that (北京, zhong) gets right schools,
pages without overlap and an order that holds within each page, but perhaps not the shortest names first, and a school
may be passed over; a longer search, or a region, finds it. Very broad searches (小学) are answered by walking names
from the shortest, in perfect order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from mobile_gateway.reads.directory import COLUMNS, PLACES, Region, School, school_of
from mobile_gateway.rules import school_search
from mobile_gateway.rules.school_search import LINE, Search
from mobile_gateway.rules.words import RegionLevel, SchoolStage

CANDIDATES: Final = 400
WALKED: Final = 1500
"""How many schools are looked at from the shortest name on, before the index is asked."""

HOLDING, APART = 2, 3
_LONGEST: Final = 2**31 - 1
_NOWHERE: Final = "\x01"
"""What no kept text holds."""

Key = tuple[int, int, int]
"""Where a school stands in the answer: kind of match, length of its name, id."""

FIRST: Final[Key] = (-1, 0, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """A school with its place in the answer."""

    key: Key
    school: School


# A search of one or two letters is not sought in spellings, which hold nearly every pair of letters.
_NEAR = "(x.names || x.initials)"
_FAR = "(x.names || x.initials || x.spellings)"
_TEXT = "(x.names || x.initials || CASE WHEN $11 THEN '' ELSE x.spellings END)"
_KIND = f"CASE WHEN strpos({_TEXT}, $9) > 0 THEN 0 WHEN strpos({_TEXT}, $10) > 0 THEN 1 ELSE {HOLDING} END"
_TOGETHER = f"{_NEAR} LIKE ALL ($5::text[]) AND {_FAR} LIKE ALL ($6::text[])"
_WORDS = f"{_NEAR} LIKE ALL ($7::text[]) AND {_FAR} LIKE ALL ($8::text[])"
_LIES_AFTER = "(kind, length, school_id) > ($12::int, $13::int, $14::bigint)"


def _candidates(
    grams: str, text: str, kinds: str, kind: str = _KIND, gate: str = "true", *, ordered: bool = False
) -> str:
    order = " ORDER BY kind, length, school_id" if ordered else ""
    # OFFSET 0 keeps the planner from computing a school's kind once for each place that names it.
    return (
        f"(SELECT * FROM (SELECT x.school_id, x.length, {kind} AS kind FROM school_search x"
        f" WHERE x.grams @> {grams}::int4[] AND {text} AND {gate} OFFSET 0) found"
        f" WHERE {kinds} AND {_LIES_AFTER}{order} LIMIT {CANDIDATES})"
    )


def _walk(scope: str) -> str:
    return (
        f"SELECT * FROM (SELECT x.school_id, x.length, {_KIND} AS kind FROM"
        f" (SELECT * FROM school_search WHERE {scope} AND (length, school_id) > ($16::int, $17::bigint)"
        "   AND (SELECT count(*) FROM best) < $15"
        f"  ORDER BY length, school_id LIMIT {WALKED}) x"
        f" WHERE x.grams @> $18::int4[] AND {_TOGETHER}) walked WHERE kind = {HOLDING}"
    )


_NO_WALK = "SELECT 0::bigint AS school_id, 0 AS length, 0 AS kind WHERE $16::int < $17::bigint AND $18::int4[] IS NULL"


# What a page has enough of already is not looked for: such a gate is asked once, before the index is.
_FULL = "(SELECT count(*) FROM best) + (SELECT count(*) FROM walked) >= $15"
_FULL_TOO = "(SELECT count(*) FROM best) + (SELECT count(*) FROM holding) >= $15"


def _statement(walk: str, *, ordered: bool = False) -> str:
    # A city or a county has few thousands of schools: there all that match are put in order before they are cut.
    exact = _candidates("$1", _TOGETHER, f"kind < {HOLDING}", ordered=ordered)
    beginning = _candidates("$2", _TOGETHER, f"kind < {HOLDING}", ordered=ordered)
    held = _candidates("$3", _TOGETHER, f"kind = {HOLDING}", gate=f"NOT ({_FULL})", ordered=ordered)
    gate = f"NOT ({_FULL} OR {_FULL_TOO})"
    apart = f"{_WORDS} AND NOT ({_TOGETHER})"
    scattered = _candidates("$4", apart, "true", str(APART), gate, ordered=ordered)
    return f"""
WITH best AS MATERIALIZED ({exact} UNION {beginning}),
walked AS MATERIALIZED ({walk}),
holding AS MATERIALIZED ({held}),
apart AS MATERIALIZED ({scattered}),
page AS (
  SELECT * FROM best UNION SELECT * FROM walked UNION SELECT * FROM holding UNION SELECT * FROM apart
  ORDER BY kind, length, school_id LIMIT $15
)
SELECT page.kind, page.length, {COLUMNS} FROM page JOIN school s ON s.id = page.school_id{PLACES}
 ORDER BY page.kind, page.length, page.school_id
"""


_IN_THE_COUNTRY = _statement(_walk("true"))
_IN_A_PROVINCE = _statement(_walk("province_id = $19::int"))
_IN_A_PLACE = _statement(_NO_WALK, ordered=True)


async def find(
    connection: asyncpg.Connection,
    search: Search | None,
    *,
    region: Region | None = None,
    stage: SchoolStage | None = None,
    first: int,
    after: Key | None = None,
) -> list[Found]:
    """At most `first` active schools behind the place `after`. One statement.

    Without a search, every school of the region, shortest names first.
    """
    staged = [] if stage is None else [school_search.of_stage(stage)]
    within = staged if region is None else [*staged, school_search.region(region.id)]
    sought = search or Search("", (), ())
    place = after or FIRST
    # What the walk begins behind: only places among those that hold the search tell where it stands.
    behind = (0, 0) if place[0] < HOLDING else place[1:] if place[0] == HOLDING else (_LONGEST, 0)
    given: list[Any] = [
        [*sought.exact(), *within] if search else None,
        [*sought.beginning(), *within] if search else None,
        [*school_search.containing(sought.together), *within],
        [*school_search.containing(sought.apart), *within] if sought.apart else None,
        *school_search.patterns(sought.together),
        *school_search.patterns(sought.apart),
        f"{LINE}{sought.whole}{LINE}" if search else _NOWHERE,
        f"{LINE}{sought.whole}" if search else _NOWHERE,
        sought.is_brief,
        *place,
        first,
        *behind,
    ]
    if region is None:
        rows = await connection.fetch(_IN_THE_COUNTRY, *given, staged)
    elif region.level is RegionLevel.PROVINCE:
        rows = await connection.fetch(_IN_A_PROVINCE, *given, staged, region.id)
    else:
        rows = await connection.fetch(_IN_A_PLACE, *given, None)
    return [Found((row["kind"], row["length"], row["id"]), school_of(row)) for row in rows]
