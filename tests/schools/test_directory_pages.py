"""Regions, single schools, nodes, what is kept by caches, and how many statements each page makes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from counting import Counting, statements
from gateway import Gateway
from mobile_gateway.demo.regions import regions
from mobile_gateway.schema import operations
from schooling import (
    COUNTY_ADMIN,
    DOCUMENTS,
    EXAMPLE,
    HAIDIAN,
    PLATFORM,
    act,
    created,
    found,
    named,
    region,
    school,
    searched,
    version,
)


async def under(gateway: Gateway, parent: str | None) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = (await gateway.data_of(DOCUMENTS["regions"], {"parentId": parent}))[
        "regions"
    ]
    return answer


async def test_every_region_is_reached_from_the_provinces_down(gateway: Gateway) -> None:
    provinces = await under(gateway, None)
    assert [one["name"] for one in provinces[:2]] == ["北京市", "天津市"]
    assert {one["level"] for one in provinces} == {"PROVINCE"}
    assert len(provinces) == 34
    hebei = next(one for one in provinces if one["name"] == "河北省")
    seen = 0
    for city in await under(gateway, hebei["id"]):
        assert city["level"] == "CITY"
        counties = await under(gateway, city["id"])
        seen += len(counties)
        assert all(one["level"] == "COUNTY" for one in counties)
    assert seen == sum(one.level == "COUNTY" and one.code.startswith("13") for one in regions())
    assert await under(gateway, region(HAIDIAN)) == []


def test_no_region_has_more_than_forty_below_it() -> None:
    parents = [one.parent for one in regions()]
    assert max(parents.count(one) for one in set(parents)) <= 34


async def test_a_region_that_is_none_is_refused(gateway: Gateway) -> None:
    for parent in ("nonsense", school(1), "UmVnaW9uOjk5OTk5OTk5OTk5"):
        answer = await gateway.execute(DOCUMENTS["regions"], {"parentId": parent})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"], parent
    assert await under(gateway, region(999_998)) == []


async def test_a_school_stands_in_its_county_city_and_province(gateway: Gateway) -> None:
    number = await named(gateway, EXAMPLE)
    query = """query ($id: ID!) { node(id: $id) { id ... on School { name stage isActive aliases
      county { name level } city { name level } province { name level } } } }"""
    node = (await gateway.data_of(query, {"id": school(number)}))["node"]
    assert node == {
        "id": school(number),
        "name": EXAMPLE,
        "stage": "PRIMARY",
        "isActive": True,
        "aliases": ["中关村一小"],
        "county": {"name": "海淀区", "level": "COUNTY"},
        "city": {"name": "市辖区", "level": "CITY"},
        "province": {"name": "北京市", "level": "PROVINCE"},
    }


async def test_a_merged_school_leads_to_its_successor(gateway: Gateway) -> None:
    merged = await named(gateway, "北京市海淀区北屿小学")
    page = (await gateway.data_of(DOCUMENTS["school"], {"id": school(merged)}))["school"]
    assert page["isActive"] is False
    assert page["successor"]["name"] == "北京市海淀区北屿中心小学"


async def test_what_is_not_there_is_null(gateway: Gateway) -> None:
    for number in (0, 10**9, 2**63 - 1):
        assert (await gateway.data_of(DOCUMENTS["school"], {"id": school(number)}))["school"] is None
        assert (
            await gateway.data_of("query ($id: ID!) { node(id: $id) { id } }", {"id": school(number)})
        ) == {"node": None}
    assert (await gateway.data_of(DOCUMENTS["school"], {"id": region(HAIDIAN)}))["school"] is None


async def test_a_region_is_a_node(gateway: Gateway) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Region { name level } } }"
    found_node = (await gateway.data_of(query, {"id": region(HAIDIAN)}))["node"]
    assert found_node == {"name": "海淀区", "level": "COUNTY"}
    for number in (999_998, 2**40):
        assert (await gateway.data_of(query, {"id": region(number)}))["node"] is None


async def test_a_kept_search_is_asked_about_again_and_changes_with_the_directory(gateway: Gateway) -> None:
    given = {
        "documentId": operations.document_id(DOCUMENTS["schools"]),
        "variables": json.dumps({"search": "槐荫"}),
    }
    first = await gateway.client.get("/graphql", params=given)
    assert first.headers["cache-control"] == "public, no-cache"
    tag = {"if-none-match": first.headers["etag"]}
    assert (await gateway.client.get("/graphql", params=given, headers=tag)).status_code == 304
    await created(gateway, await gateway.token(COUNTY_ADMIN), "槐荫示例小学")
    fresh = await gateway.client.get("/graphql", params=given, headers=tag)
    assert fresh.status_code == 200
    edges = fresh.json()["data"]["schools"]["edges"]
    assert [edge["node"]["name"] for edge in edges] == ["槐荫示例小学"]


async def test_a_change_of_any_kind_is_a_new_version_and_a_refused_one_is_not(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    seen = [await version(gateway)]
    one = await created(gateway, token, "槐荫示例小学")
    seen.append(await version(gateway))
    two = await created(gateway, token, "梧桐示例小学")
    seen.append(await version(gateway))
    for document, given in (
        ("school_stage_correct", {"stage": "NINE_YEAR"}),
        ("school_aliases_set", {"aliases": ["槐小"]}),
        ("school_merge", {"successorId": school(two)}),
    ):
        await act(gateway, document, token, schoolId=school(one), **given)
        seen.append(await version(gateway))
    await gateway.sweep()
    seen.append(await version(gateway))
    assert seen == list(range(seen[0], seen[0] + 7))
    await act(gateway, "school_merge", token, schoolId=school(one), successorId=school(one))
    assert (await searched(gateway, "梧桐"))["directoryVersion"] == seen[-1]


@pytest.fixture
async def counting(gateway: Gateway) -> AsyncIterator[Gateway]:
    whole = gateway.resources.database
    gateway.resources.database = Counting(whole._pool)
    yield gateway
    gateway.resources.database = whole


async def test_a_page_of_the_directory_makes_as_many_statements_whatever_it_shows(counting: Gateway) -> None:
    example = await named(counting, EXAMPLE)
    merged = await named(counting, "北京市海淀区北屿小学")
    for document, given, expected in (
        ("schools", {"search": "小学", "first": 50}, 2),
        ("schools", {"search": "绝无此校"}, 2),
        ("schools", {"search": "北京 一小 zgc"}, 2),
        ("schools", {"search": "小学", "regionId": region(HAIDIAN)}, 3),
        ("regions", {}, 1),
        ("regions", {"parentId": region(130100)}, 1),
        ("school", {"id": school(example)}, 2),
        ("school", {"id": school(merged)}, 3),
    ):
        assert len(await statements(counting, document, None, given)) == expected, (document, given)


async def test_a_change_of_the_directory_makes_a_fixed_number_of_statements(counting: Gateway) -> None:
    token = await counting.token(PLATFORM)
    given: dict[str, Any] = {"countyId": region(HAIDIAN), "name": "槐荫示例小学", "stage": "PRIMARY"}
    few = len(await statements(counting, "school_create", token, {"input": given}))
    given["countyId"] = region(371722)
    assert len(await statements(counting, "school_create", token, {"input": given})) == few
    one = await named(counting, EXAMPLE)
    two = await found(counting, "槐荫示例", regionId=region(HAIDIAN))
    assert two == ["槐荫示例小学"]
    successor = await created(counting, token, "梧桐示例小学")
    third, fourth = (
        await created(counting, token, "银杏示例小学"),
        await created(counting, token, "白果示例小学"),
    )
    many = {"schoolId": school(one), "successorId": school(successor)}
    none = {"schoolId": school(third), "successorId": school(fourth)}
    said = [
        len(await statements(counting, "school_merge", token, {"input": input_})) for input_ in (many, none)
    ]
    assert said[0] == said[1] <= 26
