import json
from collections import Counter
from pathlib import Path

import pytest

from mobile_gateway.demo import regions_from_npm
from mobile_gateway.demo.regions import regions


def test_every_province_city_and_county_of_the_package_is_there() -> None:
    assert Counter(region.level for region in regions()) == {"PROVINCE": 34, "CITY": 342, "COUNTY": 3285}


def test_codes_are_unique_and_six_digits() -> None:
    codes = [region.code for region in regions()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_a_county_has_a_city_and_a_city_has_a_province_that_came_before() -> None:
    above = {"PROVINCE": None, "CITY": "PROVINCE", "COUNTY": "CITY"}
    seen: dict[str | None, str | None] = {None: None}
    for region in regions():
        assert seen[region.parent] == above[region.level]
        seen[region.code] = region.level


def test_a_county_of_a_municipality_hangs_on_its_city() -> None:
    known = {region.code: region for region in regions()}
    haidian = known["110108"]
    assert (haidian.name, haidian.parent) == ("海淀区", "110100")
    assert (known["110100"].name, known["110100"].parent) == ("市辖区", "110000")
    assert known["110000"].name == "北京市"
    assert known["500229"].parent == "500200"


def test_no_name_is_empty_or_has_a_space() -> None:
    assert all(region.name and region.name == "".join(region.name.split()) for region in regions())


def test_two_calls_answer_equal_regions() -> None:
    assert regions() == regions()


def _package(folder: Path, *, county: str) -> Path:
    """Lay out the lists of a package with one county that hangs on no city of its own."""
    lists = {
        "province": [
            {"code": "110000", "name": "北京市"},
            {"code": "310000", "name": "上海市"},
            {"code": "120000", "name": "天津市"},
            {"code": "500000", "name": "重庆市"},
            {"code": "410000", "name": "河南省"},
            {"code": "420000", "name": "湖北省"},
            {"code": "460000", "name": "海南省"},
            {"code": "650000", "name": "新疆维吾尔自治区"},
        ],
        "city": [{"code": "419000", "name": "河南省-省直辖县级行政区划"}],
        "area": [{"code": county, "name": "某县"}],
    }
    (folder / "dist").mkdir()
    for name, rows in lists.items():
        (folder / "dist" / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    return folder


def test_the_csv_is_made_from_the_package(tmp_path: Path) -> None:
    found = regions_from_npm.read(_package(tmp_path, county="419001"))
    regions_from_npm.write(found, tmp_path / "regions.csv")
    lines = (tmp_path / "regions.csv").read_text("utf-8").splitlines()
    assert lines[0] == "code,name,level,parent"
    assert "110000,北京市,PROVINCE," in lines
    assert "419000,省直辖县级行政区划,CITY,410000" in lines
    assert lines[-1] == "419001,某县,COUNTY,419000"


def test_a_county_without_a_city_stops_the_making(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="990100"):
        regions_from_npm.read(_package(tmp_path, county="990101"))
