from collections import Counter

from mobile_gateway.demo.regions import regions
from mobile_gateway.demo.schools import schools
from mobile_gateway.rules.words import SchoolStage


def test_there_are_a_few_hundred_schools_with_every_stage_several_times() -> None:
    stages = Counter(school.stage for school in schools())
    assert 350 <= stages.total() <= 450
    assert set(stages) == set(SchoolStage)
    assert min(stages.values()) >= 10


def test_every_school_stands_in_a_real_county_and_31_provinces_have_some() -> None:
    counties = {region.code for region in regions() if region.level == "COUNTY"}
    assert {school.county for school in schools()} <= counties
    assert len({school.county[:2] for school in schools()}) == 31


def test_keys_are_unique_and_names_are_unique_within_a_county() -> None:
    found = schools()
    assert len({school.key for school in found}) == len(found)
    assert len({(school.county, school.name) for school in found}) == len(found)


def test_the_directorys_example_is_found_by_name_and_alias() -> None:
    example = next(school for school in schools() if school.key == "zhongguancun-1")
    assert example.name == "北京市海淀区中关村第一小学"
    assert "中关村一小" in example.aliases
    assert (example.county, example.stage) == ("110108", "PRIMARY")


def test_a_merged_school_names_an_active_successor_in_its_county() -> None:
    known = {school.key: school for school in schools()}
    merged = [school for school in known.values() if school.merged_into]
    assert merged
    for school in merged:
        successor = known[school.merged_into or ""]
        assert successor.merged_into is None
        assert successor.county == school.county


def test_an_alias_differs_from_its_schools_name_and_is_its_own_in_the_county() -> None:
    aliases = [(school.county, alias) for school in schools() for alias in school.aliases]
    assert len(set(aliases)) == len(aliases) > 300
    assert all(school.name not in school.aliases for school in schools())


def test_two_calls_answer_equal_schools() -> None:
    assert schools() == schools()
