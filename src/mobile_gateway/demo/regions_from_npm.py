"""Make `data/regions.csv` again from an unpacked npm package; the command stands in `data/README.md`."""

import csv
import json
import sys
from pathlib import Path

from mobile_gateway.demo.regions import Region

# The package has no city for the codes above the municipalities' counties; GB/T 2260 names them so.
CITIES_OF_MUNICIPALITIES = {
    "110100": "市辖区",
    "120100": "市辖区",
    "310100": "市辖区",
    "500100": "市辖区",
    "500200": "县",
}
# The package mixes two kinds in these names (湖北省-自治区直辖县级行政区划); these are the standard's.
DIRECTLY_GOVERNED = {
    "419000": "省直辖县级行政区划",
    "429000": "省直辖县级行政区划",
    "469000": "省直辖县级行政区划",
    "659000": "自治区直辖县级行政区划",
}


def read(package: Path) -> list[Region]:
    """Answer the regions of an unpacked package; raises KeyError where a parent is missing."""

    def names(level: str) -> dict[str, str]:
        rows = json.loads((package / "dist" / f"{level}.json").read_text("utf-8"))
        return {row["code"]: row["name"] for row in rows}

    provinces = names("province")
    cities = names("city") | CITIES_OF_MUNICIPALITIES | DIRECTLY_GOVERNED
    counties = names("area")
    found = [Region(code, provinces[code], "PROVINCE", None) for code in sorted(provinces)]
    for code in sorted(cities):
        parent = f"{code[:2]}0000"
        _ = provinces[parent]
        found.append(Region(code, cities[code], "CITY", parent))
    for code in sorted(counties):
        parent = f"{code[:4]}00"
        _ = cities[parent]
        found.append(Region(code, counties[code], "COUNTY", parent))
    return found


def write(regions: list[Region], target: Path) -> None:
    """Write the regions as CSV with the columns that `regions.regions` reads."""
    with target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("code", "name", "level", "parent"))
        rows.writerows((region.code, region.name, region.level, region.parent or "") for region in regions)


if __name__ == "__main__":
    write(read(Path(sys.argv[1])), Path(sys.argv[2]))
