"""Half a million invented schools in real counties, in the usual shapes of names, spelled as the worker spells them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from typing import Any

from mobile_gateway.actions import directory_rows
from mobile_gateway.benches.ground import NOW, Ground
from mobile_gateway.demo.regions import Region, regions
from mobile_gateway.demo.schools import schools as demo_schools
from mobile_gateway.models.database import Database
from mobile_gateway.reads.directory import Unspelled
from mobile_gateway.rules import school_names
from mobile_gateway.rules.words import SchoolStage
from mobile_gateway.workers import spelling

SEED = 20240930
SECONDS_A_STEP = 1200
CHUNK = 5_000

WORDS = "云溪松坪青禾明远启新和风石桥柳林白沙龙泉双河金山平安大同新华红星东风长乐永兴太平仁爱育才树人博雅文昌"
ORDINALS = "一二三四五六七八九十"
STAGES: dict[str, SchoolStage] = {
    "小学": SchoolStage.PRIMARY,
    "中心小学": SchoolStage.PRIMARY,
    "实验小学": SchoolStage.PRIMARY,
    "幼儿园": SchoolStage.KINDERGARTEN,
    "中心幼儿园": SchoolStage.KINDERGARTEN,
    "中学": SchoolStage.JUNIOR_HIGH,
    "初级中学": SchoolStage.JUNIOR_HIGH,
    "高级中学": SchoolStage.SENIOR_HIGH,
    "九年一贯制学校": SchoolStage.NINE_YEAR,
    "特殊教育学校": SchoolStage.SPECIAL,
    "职业技术学校": SchoolStage.SECONDARY_VOCATIONAL,
}
SPOKEN = {"小学": "小", "中学": "中", "幼儿园": "幼", "高级中学": "高中", "初级中学": "初中"}
ORDINAL_SHARE = 0.25
ALIAS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Invented:
    """A school that the bench makes."""

    name: str
    aliases: tuple[str, ...]
    stage: SchoolStage
    places: tuple[Region, Region, Region]

    @property
    def core(self) -> str:
        """The name without its place."""
        return school_names.core(self.name, [place.name for place in self.places])


@cache
def _places() -> list[tuple[Region, Region, Region]]:
    known = {one.code: one for one in regions()}
    found = []
    for one in known.values():
        if one.level == "COUNTY" and one.name != "市辖区":
            city = known[one.parent or ""]
            found.append((known[city.parent or ""], city, one))
    return found


def invented() -> Iterator[Invented]:
    """Schools without end, no name twice in a county nor one of the demo's; the same at every call."""
    rng = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    taken = {(one.county, one.name) for one in demo_schools()}
    while True:
        province, city, county = rng.choice(_places())
        above = province.name if city.name in {"市辖区", "县"} else city.name
        place = above + county.name if county.name.endswith("区") else county.name
        kind = rng.choice(list(STAGES))
        if rng.random() < ORDINAL_SHARE:
            number = rng.choice(ORDINALS)
            core, spoken = f"第{number}{kind}", f"{number}{SPOKEN.get(kind, kind)}"
        else:
            word = rng.choice(WORDS) + rng.choice(WORDS)
            core, spoken = word + kind, word + SPOKEN.get(kind, kind)
        if (county.code, place + core) in taken:
            continue
        taken.add((county.code, place + core))
        alias = (county.name[:2] + spoken,) if rng.random() < ALIAS_SHARE else ()
        yield Invented(place + core, alias, STAGES[kind], (province, city, county))


def grow(ground: Ground, schools: Iterator[Invented], count: int) -> list[Invented]:
    """Add so many schools, spelled and indexed, as a bulk load would: the index of grams is made anew at the end."""
    made = list(islice(schools, count))
    first = ground.run(_next)
    chunks = [list(enumerate(made[at : at + CHUNK], first + at)) for at in range(0, len(made), CHUNK)]

    async def load(database: Database) -> None:
        async with database.connection() as connection:
            await connection.execute("DROP INDEX school_search_grams_idx")
            with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
                for chunk, records in zip(chunks, processes.map(_records, chunks), strict=True):
                    await _copy(connection, chunk, records)
            await connection.execute(
                "SELECT setval(pg_get_serial_sequence('school', 'id'), max(id)) FROM school"
            )
            await connection.execute("SET maintenance_work_mem = '512MB'")
            await connection.execute(
                "CREATE INDEX school_search_grams_idx ON school_search USING gin (grams) WITH (fastupdate = off)",
                timeout=SECONDS_A_STEP,
            )
            await connection.execute("VACUUM (ANALYZE) school_search", timeout=SECONDS_A_STEP)
            await connection.execute("VACUUM (ANALYZE) school", timeout=SECONDS_A_STEP)

    ground.run(load, as_owner=True)
    return made


async def _next(database: Database) -> int:
    async with database.connection() as connection:
        found: int = await connection.fetchval("SELECT coalesce(max(id), 0) + 1 FROM school")
    return found


async def _copy(connection: Any, chunk: Sequence[tuple[int, Invented]], records: Sequence[Any]) -> None:
    await connection.copy_records_to_table(
        "school",
        columns=["id", "county_id", "name", "normalised_name", "aliases", "stage", "spelled_at"],
        records=[
            (
                number,
                int(one.places[2].code),
                one.name,
                school_names.normalised(one.name),
                list(one.aliases),
                one.stage,
                NOW,
            )
            for number, one in chunk
        ],
        timeout=SECONDS_A_STEP,
    )
    await connection.copy_records_to_table(
        "school_search",
        columns=["school_id", "province_id", "length", "names", "initials", "spellings", "grams"],
        records=records,
        timeout=SECONDS_A_STEP,
    )


def _records(chunk: Sequence[tuple[int, Invented]]) -> list[tuple[Any, ...]]:
    return [_record(number, one) for number, one in chunk]


def _record(number: int, one: Invented) -> tuple[Any, ...]:
    names = tuple(place.name for place in one.places)
    latin = spelling.spell(Unspelled(number, one.name, one.aliases, names))
    school = (number, one.name, one.aliases, one.stage)
    return directory_rows.record(school, names, [int(place.code) for place in one.places], latin)
