"""The directory's search over HTTP, on the demo's schools."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import Gateway
from mobile_gateway.demo.schools import schools
from mobile_gateway.reads import directory
from mobile_gateway.reads import school_search as reads
from mobile_gateway.rules import school_search as rules
from schooling import (
    DOCUMENTS,
    EXAMPLE,
    HAIDIAN,
    PLATFORM,
    created,
    found,
    region,
    run,
    searched,
    spell,
    value,
)

FINDS_THE_EXAMPLE_FIRST = [
    EXAMPLE,
    "中关村第一小学",
    "中关村一小",
    "中关村",
    "关村第一",
    "海淀区中关村第一小学",
    "  中关村　第一 小学 ",
    "中关村,第一小学",
    "zhongguancundiyixiaoxue",
    "zhongguancun",
    "zhong guan cun",
    "Zhong'guan’cun",
    "ZHONGGUANCUN",
    "ｚｈｏｎｇｇｕａｎｃｕｎ",
    "zhōng guān cūn",
    "guancundiyi",
    "zhongguancunyixiao",
    "zgcdyxx",
    "ZGCDYXX",
    "zgcyx",
    "zgc",
    "海淀 zgc",
    "zgc 海淀",
    "海淀zgc",
    "haidian zgc",
    "北京 一小 村",
    "第一 中关村",
]


READINGS = [
    ("shanxian", "单县第二小学"),
    ("danxian", "单县第二小学"),
    ("sxex", "单县第二小学"),
    ("changjun", "长沙市天心区长郡示例中学"),
    ("zhangjun", "长沙市天心区长郡示例中学"),
    ("cjsl", "长沙市天心区长郡示例中学"),
]


async def test_the_example_is_found_first_by_all_that_people_write(gateway: Gateway) -> None:
    for search in FINDS_THE_EXAMPLE_FIRST:
        assert (await found(gateway, search))[:1] == [EXAMPLE], search


async def test_a_name_is_found_by_each_of_its_readings(gateway: Gateway) -> None:
    for search, name in READINGS:
        assert name in await found(gateway, search), search


async def test_a_region_keeps_what_it_holds_and_nothing_else(gateway: Gateway) -> None:
    for code in (110000, 110100, HAIDIAN):
        page = await searched(gateway, "小学", regionId=region(code), first=50)
        nodes = [edge["node"] for edge in page["edges"]]
        assert EXAMPLE in [node["name"] for node in nodes]
        assert {node["province"]["name"] for node in nodes} == {"北京市"}
        assert ({node["county"]["name"] for node in nodes} == {"海淀区"}) is (code == HAIDIAN)


async def test_another_region_does_not_find_it(gateway: Gateway) -> None:
    assert await found(gateway, "中关村", regionId=region(310000)) == []
    assert await found(gateway, "中关村", regionId=region(999_998)) == []


async def test_an_empty_search_lists_a_regions_schools_and_nothing_without_one(gateway: Gateway) -> None:
    names = await found(gateway, "", regionId=region(HAIDIAN), first=50)
    assert set(names) == {
        one.name for one in schools() if one.county == str(HAIDIAN) and one.merged_into is None
    }
    assert names == sorted(names, key=len)
    assert await found(gateway, "") == []


async def test_a_stage_keeps_the_schools_of_that_stage(gateway: Gateway) -> None:
    page = await searched(gateway, "海淀", stage="KINDERGARTEN")
    assert [edge["node"]["name"] for edge in page["edges"]] == ["北京市海淀区燕云幼儿园"]
    assert await found(gateway, "海淀", stage="HIGHER") == []
    assert await found(gateway, "燕云", stage="KINDERGARTEN", regionId=region(HAIDIAN)) != []


async def test_one_character_is_answered(gateway: Gateway) -> None:
    for search in "学小第zx":
        names = await found(gateway, search, first=50)
        assert len(names) == 50, search
        assert search.isascii() or all(search in name for name in names)
    assert await found(gateway, "鑫") == []


async def test_signs_mean_nothing(gateway: Gateway) -> None:
    for search in ("%", "_", "\\", "😀", "\u200d", "....", "%_\\"):
        assert await found(gateway, search) == [], search
    plain = await found(gateway, "小学")
    for search in ("%小学_", "{小学}", "小\\学", "['小学']"):
        assert await found(gateway, search) == plain, search
    assert await found(gateway, "'; DROP TABLE school; --") == []
    assert await value(gateway, "SELECT count(*) FROM school") == len(schools())


async def test_what_no_name_has_is_refused_and_not_a_fault(gateway: Gateway) -> None:
    for search in ("小\0学", "学" * 101, "x" * 10_000, "\u202e小学", "\ud800"):
        body = json.dumps({"query": DOCUMENTS["schools"], "variables": {"search": search}})
        response = await gateway.client.post(
            "/graphql", content=body.encode(), headers={"content-type": "application/json"}
        )
        assert response.status_code in {200, 400}
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] in {"BAD_USER_INPUT", "JSON_INVALID"}, error


async def test_a_wrong_region_or_page_is_refused(gateway: Gateway) -> None:
    for given_wrong in (
        {"regionId": "nonsense"},
        {"regionId": "UmVnaW9uOjk5OTk5OTk5OTk5"},
        {"first": 0},
        {"first": 51},
        {"after": "nonsense"},
        {"after": "OXwxfDE"},
    ):
        answer = await gateway.execute(DOCUMENTS["schools"], {"search": "小学", **given_wrong})
        codes = [error["extensions"]["code"] for error in answer["errors"]]
        assert codes == ["BAD_USER_INPUT"], given_wrong


async def test_as_long_a_search_as_may_be_is_answered(gateway: Gateway) -> None:
    assert await found(gateway, "学" * 100) == []
    assert await found(gateway, " ".join("abcdefghijklmnopqrstuvwxyz0123456789")) == []


async def test_pages_never_overlap_and_together_are_the_whole(
    gateway: Gateway,
) -> None:
    for search in ("第一", "xiaoxue", "北京", "实验 小学", "zx", "学"):
        for code in (None, 110000, HAIDIAN):
            await _pages_are_the_whole(gateway, search, code)


async def _pages_are_the_whole(gateway: Gateway, search: str, code: int | None) -> None:
    more = {"regionId": region(code)} if code else {}
    seen: list[str] = []
    after = None
    for _ in range(200):
        page = await searched(gateway, search, first=23, after=after, **more)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(set(seen)) == len(seen)
    sought = rules.search(search)
    assert sought is not None
    near, far = rules.patterns(sought.apart or sought.together)
    expected = await value(
        gateway,
        "SELECT count(*) FROM school_search WHERE names || initials LIKE ALL($1)"
        " AND names || initials || spellings LIKE ALL($2) AND grams @> $3::int4[]",
        near,
        far,
        [rules.region(code)] if code else [],
    )
    assert len(seen) == expected


async def place_of(gateway: Gateway, number: int) -> directory.Region:
    async with gateway.database.connection() as connection:
        found = await directory.region(connection, number)
    assert found is not None
    return found


async def test_pages_do_not_overlap_where_more_schools_match_than_are_looked_at(gateway: Gateway) -> None:
    many = reads.CANDIDATES + 200
    await run(
        gateway,
        "INSERT INTO school (county_id, name, normalised_name, stage)"
        " SELECT 110108, name, name, 'PRIMARY' FROM generate_series($1::int, 1, -1) AS n,"
        " concat('槐荫第', n, '小学') AS name",
        many,
    )
    await spell(gateway)
    for search in ("槐荫", "荫第", "huaiyin"):
        keys: list[reads.Key] = []
        async with gateway.database.connection() as connection:
            while page := await reads.find(
                connection, rules.search(search), first=50, after=keys[-1] if keys else None
            ):
                assert [one.key for one in page] == sorted(one.key for one in page)
                keys += [one.key for one in page]
        assert keys == sorted(set(keys)), search
        assert reads.CANDIDATES <= len(keys) <= many
    for place in (110108, 110100):
        region = await place_of(gateway, place)
        for sought in (rules.search("槐荫"), rules.search("huaiyin")):
            whole: list[reads.Key] = []
            async with gateway.database.connection() as connection:
                while page := await reads.find(
                    connection, sought, region=region, first=50, after=whole[-1] if whole else None
                ):
                    whole += [one.key for one in page]
            assert len(whole) == many, "within a city or a county none is passed over"
            assert whole == sorted(set(whole))


async def test_exact_names_come_before_beginnings_and_these_before_the_rest(gateway: Gateway) -> None:
    async with gateway.database.connection() as connection:
        answer = await reads.find(connection, rules.search("第一小学"), first=50)
    kinds = [one.key[0] for one in answer]
    assert kinds == sorted(kinds)
    assert answer[0].school.name.endswith("第一小学")
    assert [one.key for one in answer] == sorted(one.key for one in answer)


async def test_merged_schools_are_not_found_but_stand_behind_their_id(gateway: Gateway) -> None:
    names = await found(gateway, "北屿", first=50)
    assert names == ["北京市海淀区北屿中心小学"]


async def test_what_is_not_found_brings_the_manuals_guidance_in_the_viewers_language(
    gateway: Gateway,
) -> None:
    page = await searched(gateway, "绝无此校")
    assert page["edges"] == []
    assert page["guidance"].startswith("若您所在的学校不在列表中，请联系本校管理员")
    assert "县区管理员联系新增学校" in page["guidance"]
    answer = await gateway.execute(DOCUMENTS["schools"], {"search": "no such school"}, accept_language="en")
    assert answer["data"]["schools"]["guidance"].startswith("If your school is not in the list")
    assert (await searched(gateway, "中关村"))["guidance"] is None


async def test_names_in_other_scripts_and_with_signs_are_found(gateway: Gateway) -> None:
    token = await gateway.token(PLATFORM)
    for name, searches in {
        "北大附中（ＣＢＤ校区）": ("cbd", "CBD校区", "附中(cbd", "附中CBD"),
        "第101中学": ("101", "101中学", "第101", "d101zx"),
        "𠮷林小学": ("𠮷林", "𠮷"),
        "Ürümqi شەھەرلىك مەكتەپ": ("urumqi", "vrvmqi", "مەكتەپ"),
        "延边조선족중학교": ("조선족", "yb"),
    }.items():
        await created(gateway, token, name)
        await spell(gateway)
        for search in searches:
            expected = name in await found(gateway, search, first=50)
            assert expected is (search != "urumqi"), (name, search)


_NAMES = [one.name for one in schools() if one.merged_into is None]


async def test_every_school_is_found_by_any_part_of_its_name(gateway: Gateway) -> None:
    """Hypothesis draws the parts; each is sought within the school's county, so that pages do not hide it."""
    counties = {one.name: int(one.county) for one in schools()}
    drawn: list[tuple[str, str]] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(_NAMES), st.data())
    def draw(name: str, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(name) - 2))
        drawn.append((name, name[start : data.draw(st.integers(start + 2, len(name)))]))

    draw()
    assert len(drawn) >= 100
    for name, part in drawn:
        assert name in await found(gateway, part, regionId=region(counties[name]), first=50), (name, part)
