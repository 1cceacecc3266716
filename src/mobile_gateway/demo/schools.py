"""Invented schools of every stage in real counties of every mainland province.

Source: `data/schools.toml` for those that people rely on; the rest is drawn from a fixed seed in the usual
shapes of names. A generated name may happen to be a real school's; nothing here describes a real one.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from mobile_gateway.demo.regions import Region, regions
from mobile_gateway.rules.words import SchoolStage

SEED = 20241001
COUNTIES_PER_PROVINCE = 2
SHORTEST_COUNTY_NAME = 2  # 忠县 stays whole, 怀柔区 is called 怀柔
SHORT_COUNTY_NAME = 4  # longer ones are abbreviated by custom, not by rule: their schools get no alias

# The first four stages stand in every county; two more follow in turn, so that all ten are met everywhere.
STAGES_OF_EVERY_COUNTY: tuple[SchoolStage, ...] = (
    SchoolStage.KINDERGARTEN,
    SchoolStage.PRIMARY,
    SchoolStage.PRIMARY,
    SchoolStage.JUNIOR_HIGH,
)
STAGES_IN_TURN: tuple[SchoolStage, ...] = (
    SchoolStage.SENIOR_HIGH,
    SchoolStage.NINE_YEAR,
    SchoolStage.SPECIAL,
    SchoolStage.SECONDARY_VOCATIONAL,
    SchoolStage.SENIOR_HIGH,
    SchoolStage.TWELVE_YEAR,
    SchoolStage.HIGHER_VOCATIONAL,
    SchoolStage.HIGHER,
)

# What follows the place in a school's name, and what the people of the place call it.
SHAPES: dict[SchoolStage, tuple[tuple[str, str], ...]] = {
    SchoolStage.KINDERGARTEN: (("第一幼儿园", "一幼"), ("实验幼儿园", "实幼"), ("小青禾幼儿园", "青禾园")),
    SchoolStage.PRIMARY: (
        ("第一小学", "一小"),
        ("第二小学", "二小"),
        ("第三小学", "三小"),
        ("实验小学", "实小"),
        ("云溪中心小学", "云溪小学"),
        ("松坪小学", "松坪小学"),
    ),
    SchoolStage.JUNIOR_HIGH: (("第三中学", "三中"), ("第四初级中学", "四中"), ("实验初级中学", "实验初中")),
    SchoolStage.SENIOR_HIGH: (("第一中学", "一中"), ("第二高级中学", "二中"), ("明远高级中学", "明远高中")),
    SchoolStage.NINE_YEAR: (("启新九年一贯制学校", "启新学校"), ("外国语学校", "外校")),
    SchoolStage.TWELVE_YEAR: (("明德十二年一贯制学校", "明德学校"), ("实验学校", "实验学校")),
    SchoolStage.SPECIAL: (("特殊教育学校", "特校"), ("启智学校", "启智学校")),
    SchoolStage.SECONDARY_VOCATIONAL: (("职业教育中心", "职教中心"), ("中等职业技术学校", "职校")),
    SchoolStage.HIGHER_VOCATIONAL: (
        ("云岭职业技术学院", "云岭职院"),
        ("和风幼儿师范高等专科学校", "和风幼专"),
    ),
    SchoolStage.HIGHER: (("文澜师范学院", "文澜师院"), ("文澜大学", "文大")),
}


@dataclass(frozen=True, slots=True)
class School:
    """A school in a county (a region's code); a merged one names its successor's key."""

    key: str
    name: str
    county: str
    stage: SchoolStage
    aliases: tuple[str, ...] = ()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    schools: tuple[School, ...]


def schools() -> list[School]:
    """Answer the written schools, then the generated ones by county; equal at every call.

    Names are unique within a county. A generated school's key is its county's code and a number: `330106-3`.
    """
    text = files(__package__).joinpath("data/schools.toml").read_text("utf-8")
    written = msgspec.toml.decode(text, type=_Written).schools
    rng = random.Random(SEED)  # noqa: S311 - repeatable demo data, no secret
    known = {region.code: region for region in regions()}
    found = list(written)
    taken = {school.county for school in written}
    for turn, county in enumerate(_counties(rng, known, taken)):
        found += _schools_of(rng, known, county, turn)
    return found


def _counties(rng: random.Random, known: dict[str, Region], taken: set[str]) -> Iterator[Region]:
    """Draw counties from every province that has some; development zones (numbers 71 to 79) are left out."""
    by_province: dict[str, list[Region]] = {}
    for region in known.values():
        if region.level != "COUNTY" or region.name == "市辖区" or region.code in taken:
            continue
        if region.code[4] != "7" and region.name[-1] in "区县市旗":
            by_province.setdefault(region.code[:2], []).append(region)
    for candidates in by_province.values():
        yield from rng.sample(candidates, COUNTIES_PER_PROVINCE)


def _schools_of(rng: random.Random, known: dict[str, Region], county: Region, turn: int) -> Iterator[School]:
    in_turn = (STAGES_IN_TURN[(2 * turn + step) % len(STAGES_IN_TURN)] for step in range(2))
    shapes: list[tuple[SchoolStage, tuple[str, str]]] = []
    for stage in (*STAGES_OF_EVERY_COUNTY, *in_turn):
        free = [shape for shape in SHAPES[stage] if (stage, shape) not in shapes]
        shapes.append((stage, rng.choice(free)))
    for number, (stage, (name, spoken)) in enumerate(shapes, start=1):
        yield School(
            key=f"{county.code}-{number}",
            name=_place(known, county) + name,
            county=county.code,
            stage=stage,
            aliases=_aliases(county, spoken),
        )


def _place(known: dict[str, Region], county: Region) -> str:
    """Answer the county as it stands in a school's name: a district follows its city, others stand alone."""
    if not county.name.endswith("区"):
        return county.name
    city = known[county.parent or ""]
    above = known[city.parent or ""] if city.name in {"市辖区", "县"} else city
    return above.name + county.name


def _aliases(county: Region, spoken: str) -> tuple[str, ...]:
    if len(county.name) > SHORT_COUNTY_NAME:
        return ()
    short = county.name[:-1] if len(county.name) > SHORTEST_COUNTY_NAME else county.name
    return (short + spoken,)
