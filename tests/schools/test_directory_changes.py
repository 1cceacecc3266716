"""Who may change the directory, what is refused, and what each change leaves behind."""

from __future__ import annotations

from typing import Any

from gateway import Gateway
from mobile_gateway.demo.crowd import people
from mobile_gateway.rules.words import NOT_BASIC_EDUCATION
from schooling import (
    COUNTY_ADMIN,
    DOCUMENTS,
    EXAMPLE,
    HAIDIAN,
    PLATFORM,
    SCHOOL_ADMIN,
    SUPPORT,
    TEACHER,
    WRONG_STAGE,
    act,
    codes,
    create,
    created,
    found,
    named,
    region,
    rows,
    school,
    value,
    version,
)

CHAOYANG = 110105


async def audit(gateway: Gateway) -> list[tuple[Any, ...]]:
    found_rows = await rows(
        gateway,
        "SELECT role, act, subject_kind, subject_id, school_id, county_id, data FROM audit_entry ORDER BY id",
    )
    return [tuple(row) for row in found_rows]


async def test_a_county_admin_adds_a_school_that_is_found_at_once(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    before = await version(gateway)
    payload = await create(gateway, token, " 北京市海淀区槐荫示例小学 ", aliases=["槐荫小学", "槐荫小学 "])
    assert payload["userErrors"] == payload["candidates"] == []
    assert payload["school"]["name"] == "北京市海淀区槐荫示例小学"
    assert payload["school"]["aliases"] == ["槐荫小学"]
    assert await found(gateway, "槐荫示例") == ["北京市海淀区槐荫示例小学"]
    assert await version(gateway) == before + 1
    number = await named(gateway, "北京市海淀区槐荫示例小学")
    assert await audit(gateway) == [("COUNTY_ADMIN", "SCHOOL_CREATED", "School", number, number, HAIDIAN, {})]


async def test_a_platform_admin_adds_anywhere(gateway: Gateway) -> None:
    token = await gateway.token(PLATFORM)
    assert codes(await create(gateway, token, "槐荫示例小学", CHAOYANG)) == []
    assert codes(await create(gateway, token, "槐荫示例小学", HAIDIAN)) == []


async def test_the_same_name_in_the_county_is_a_duplicate_with_the_school_beside_it(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    before = await version(gateway)
    for name in (EXAMPLE, f" {EXAMPLE[:5]} {EXAMPLE[5:]} "):
        payload = await create(gateway, token, name, evenIfSimilar=True)
        assert codes(payload) == ["SCHOOL_DUPLICATE"]
        assert payload["userErrors"][0]["path"] == ["name"]
        assert payload["school"] is None
        assert [one["name"] for one in payload["candidates"]] == [EXAMPLE]
    assert await version(gateway) == before
    assert await audit(gateway) == []


async def test_nearly_the_same_name_or_alias_is_added_only_once_confirmed(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    for name, aliases in (
        ("中关村第一小学", []),
        ("海淀区中关村第一小学", []),
        ("中关村一小", []),
        ("北京市海淀区槐荫小学", ["中关村一小"]),
    ):
        payload = await create(gateway, token, name, aliases=aliases)
        assert codes(payload) == ["SCHOOL_SIMILAR"], name
        assert [one["name"] for one in payload["candidates"]] == [EXAMPLE]
    assert codes(await create(gateway, token, "中关村第一小学", evenIfSimilar=True)) == []
    assert codes(await create(gateway, token, "中关村第一小学", evenIfSimilar=True)) == ["SCHOOL_DUPLICATE"]


async def test_a_merged_schools_name_is_free_again_but_similar_to_its_successors_alias(
    gateway: Gateway,
) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    old, new = await created(gateway, token, "槐荫示例小学"), await created(gateway, token, "梧桐示例小学")
    assert (
        codes(await act(gateway, "school_merge", token, schoolId=school(old), successorId=school(new))) == []
    )
    payload = await create(gateway, token, "槐荫示例小学")
    assert codes(payload) == ["SCHOOL_SIMILAR"]
    assert [one["name"] for one in payload["candidates"]] == ["梧桐示例小学"]


async def test_what_is_no_name_is_refused(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    for name in ("", "   ", "123", "😀", "小\0学", "小\u202e学", "学" * 101):
        payload = await create(gateway, token, name)
        assert codes(payload) == ["BAD_USER_INPUT"], name
        assert payload["userErrors"][0]["path"] == ["name"]
        assert "{" not in payload["userErrors"][0]["message"]
    for aliases in (["好名", ""], ["学" * 101], [f"别名{n}" for n in range(11)]):
        payload = await create(gateway, token, "槐荫示例小学", aliases=aliases)
        assert [error["path"] for error in payload["userErrors"]] == [["aliases"]], aliases
    assert codes(await create(gateway, token, "学" * 100)) == []


async def test_out_of_scope_is_not_found_whether_or_not_it_exists(gateway: Gateway) -> None:
    example, other = await named(gateway, EXAMPLE), await named(gateway, "单县第二小学")
    for phone in (TEACHER, SCHOOL_ADMIN, SUPPORT):
        token = await gateway.token(phone)
        for county in (HAIDIAN, CHAOYANG, 999_998):
            payload = await create(gateway, token, EXAMPLE, county)
            assert (codes(payload), payload["candidates"]) == (["NOT_FOUND"], [])
        given = {"schoolId": school(example), "successorId": school(other)}
        assert codes(await act(gateway, "school_merge", token, **given)) == ["NOT_FOUND"]
        given = {"schoolId": school(other)}
        assert codes(await act(gateway, "school_stage_correct", token, **given, stage="PRIMARY")) == [
            "NOT_FOUND"
        ]
        assert codes(await act(gateway, "school_aliases_set", token, **given, aliases=[])) == ["NOT_FOUND"]
    token = await gateway.token(TEACHER)
    given = {"schoolId": school(example), "stage": "PRIMARY"}
    assert codes(await act(gateway, "school_stage_correct", token, **given)) == ["NOT_FOUND"]
    assert await audit(gateway) == []


async def test_a_county_admin_stays_within_the_county(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    own, other = school(await named(gateway, EXAMPLE)), school(await named(gateway, "单县第二小学"))
    for county in (region(CHAOYANG), region(110100), region(110000), region(999_998), "nonsense", own):
        payload = await act(
            gateway, "school_create", token, countyId=county, name="槐荫小学", stage="PRIMARY"
        )
        assert codes(payload) == ["NOT_FOUND"], county
    for one, two, path in ((own, other, "successorId"), (other, own, "schoolId"), (own, "x", "successorId")):
        payload = await act(gateway, "school_merge", token, schoolId=one, successorId=two)
        assert [(e["code"], e["path"]) for e in payload["userErrors"]] == [("NOT_FOUND", [path])]
    assert codes(await act(gateway, "school_stage_correct", token, schoolId=other, stage="PRIMARY")) == [
        "NOT_FOUND"
    ]


async def test_a_platform_admin_adds_to_counties_only(gateway: Gateway) -> None:
    token = await gateway.token(PLATFORM)
    for county in (110100, 110000, 999_998):
        assert codes(await create(gateway, token, "槐荫小学", county)) == ["NOT_FOUND"]


async def test_nobody_changes_anything_without_a_sign_in(gateway: Gateway) -> None:
    one = school(await named(gateway, EXAMPLE))
    assert codes(await create(gateway, None, "槐荫小学")) == ["UNAUTHENTICATED"]
    for document, given in (
        ("school_merge", {"successorId": one}),
        ("school_stage_correct", {"stage": "PRIMARY"}),
        ("school_aliases_set", {"aliases": []}),
    ):
        assert codes(await act(gateway, document, None, schoolId=one, **given)) == ["UNAUTHENTICATED"]


async def test_an_ended_sign_in_changes_nothing(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    async with gateway.database.connection() as connection:
        await connection.execute("UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    one, two = school(await named(gateway, EXAMPLE)), school(await named(gateway, "北京市海淀区青槐小学"))
    assert codes(await create(gateway, token, "槐荫小学")) == ["SESSION_INVALID"]
    payload = await act(gateway, "school_merge", token, schoolId=one, successorId=two)
    assert codes(payload) == ["SESSION_INVALID"]


async def test_a_revoked_grant_is_none(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    async with gateway.database.connection() as connection:
        await connection.execute("UPDATE staff_grant SET revoked_at = now() WHERE role = 'COUNTY_ADMIN'")
    assert codes(await create(gateway, token, "槐荫小学")) == ["NOT_FOUND"]


async def test_after_the_stage_is_corrected_the_teacher_enrols_without_a_new_sign_in(
    gateway: Gateway,
) -> None:
    teacher, topic = await gateway.token(WRONG_STAGE), await gateway.topic_id()
    one = school(await named(gateway, "北京市海淀区青槐小学"))
    refused = await act(gateway, "topic_enrol", teacher, topicId=topic)
    assert codes(refused) == ["SCHOOL_NOT_BASIC_EDUCATION"]
    before = await version(gateway)
    admin = await gateway.token(COUNTY_ADMIN)
    payload = await act(gateway, "school_stage_correct", admin, schoolId=one, stage="PRIMARY")
    assert payload["school"]["stage"] == "PRIMARY"
    assert codes(await act(gateway, "topic_enrol", teacher, topicId=topic)) == []
    assert await version(gateway) == before + 1
    number = await named(gateway, "北京市海淀区青槐小学")
    data = {"from": "SECONDARY_VOCATIONAL", "to": "PRIMARY"}
    entry = ("COUNTY_ADMIN", "SCHOOL_STAGE_CORRECTED", "School", number, number, HAIDIAN, data)
    assert await audit(gateway) == [entry]
    assert await found(gateway, "青槐小学", stage="PRIMARY") == ["北京市海淀区青槐小学"]
    assert await found(gateway, "青槐小学", stage="SECONDARY_VOCATIONAL") == []
    assert codes(await act(gateway, "school_stage_correct", admin, schoolId=one, stage="PRIMARY")) == []
    assert (await version(gateway), await audit(gateway)) == (before + 1, [entry])


async def test_a_stage_made_wrong_later_leaves_who_is_enrolled_enrolled(gateway: Gateway) -> None:
    teacher, topic = await gateway.token(TEACHER), await gateway.topic_id()
    assert codes(await act(gateway, "topic_enrol", teacher, topicId=topic)) == []
    admin = await gateway.token(SCHOOL_ADMIN)
    one = school(await named(gateway, EXAMPLE))
    stage = min(NOT_BASIC_EDUCATION)
    assert codes(await act(gateway, "school_stage_correct", admin, schoolId=one, stage=stage)) == []
    assert codes(await act(gateway, "topic_enrol", teacher, topicId=topic)) == []
    assert await value(gateway, "SELECT count(*) FROM enrolment") == 1
    other = await gateway.token("+8619900000002")
    refused = codes(await act(gateway, "topic_enrol", other, topicId=topic))
    assert refused == ["SCHOOL_NOT_BASIC_EDUCATION"]


async def test_a_school_admin_corrects_the_own_school_alone(gateway: Gateway) -> None:
    token = await gateway.token(SCHOOL_ADMIN)
    own, other = await named(gateway, EXAMPLE), await named(gateway, "北京市海淀区青槐小学")
    given = {"stage": "NINE_YEAR"}
    assert codes(await act(gateway, "school_stage_correct", token, schoolId=school(own), **given)) == []
    refused = await act(gateway, "school_stage_correct", token, schoolId=school(other), **given)
    assert (codes(refused), refused["school"]) == (["NOT_FOUND"], None)
    assert [(e[0], e[3]) for e in await audit(gateway)] == [("SCHOOL_ADMIN", own)]


async def test_a_merged_school_is_changed_no_more(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    merged = school(await named(gateway, "北京市海淀区北屿小学"))
    given: dict[str, Any] = {"schoolId": merged, "stage": "NINE_YEAR"}
    assert codes(await act(gateway, "school_stage_correct", token, **given)) == ["SCHOOL_MERGED"]
    given = {"schoolId": merged, "aliases": ["新名"]}
    assert codes(await act(gateway, "school_aliases_set", token, **given)) == ["SCHOOL_MERGED"]


async def test_aliases_are_replaced_but_for_the_names_of_merged_schools(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    number = await named(gateway, "北京市海淀区北屿中心小学")
    before = await version(gateway)
    given = {"schoolId": school(number), "aliases": ["北屿", "北 屿", "北京市海淀区北屿中心小学"]}
    payload = await act(gateway, "school_aliases_set", token, **given)
    assert payload["school"]["aliases"] == ["北屿", "北京市海淀区北屿小学", "北屿小学"]
    assert await found(gateway, "北屿中心校") == []
    assert await found(gateway, "海淀区北屿小学") == ["北京市海淀区北屿中心小学"]
    await act(gateway, "school_aliases_set", token, **given)
    assert await version(gateway) == before + 1
    assert [entry[1] for entry in await audit(gateway)] == ["SCHOOL_ALIASES_SET"]
    refused = await act(gateway, "school_aliases_set", token, schoolId=school(number), aliases=["1"])
    assert codes(refused) == ["BAD_USER_INPUT"]


async def test_all_names_of_schools_merged_long_ago_outlive_new_aliases(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    one = await created(gateway, token, "槐荫示例小学", aliases=["槐荫小"])
    two = await created(gateway, token, "梧桐示例小学", aliases=["梧桐小"])
    last = await created(gateway, token, "银杏示例小学", aliases=["银杏小"])
    for old, new in ((one, two), (two, last)):
        payload = await act(gateway, "school_merge", token, schoolId=school(old), successorId=school(new))
        assert codes(payload) == []
    payload = await act(gateway, "school_aliases_set", token, schoolId=school(last), aliases=["白果小"])
    assert payload["school"]["aliases"][0] == "白果小"
    assert set(payload["school"]["aliases"][1:]) == {"槐荫示例小学", "槐荫小", "梧桐示例小学", "梧桐小"}
    for search in ("槐荫示例小学", "槐荫小", "梧桐示例小学", "梧桐小", "白果小"):
        assert await found(gateway, search) == ["银杏示例小学"], search
    assert await found(gateway, "银杏小") == []


async def test_no_name_of_a_school_is_in_the_audit_log(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    one, two = await created(gateway, token, "槐荫示例小学"), await created(gateway, token, "梧桐示例小学")
    await act(gateway, "school_aliases_set", token, schoolId=school(one), aliases=["槐荫"])
    await act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two))
    text = await value(gateway, "SELECT string_agg(audit_entry::text, ' ') FROM audit_entry")
    assert "SCHOOL_MERGED" in text
    assert not any(word in text for word in ("槐荫", "梧桐", *(p.name for p in people()[:20])))


async def test_the_message_and_hint_of_a_similar_school_are_in_both_languages(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    given = {"input": {"countyId": region(HAIDIAN), "name": "中关村第一小学", "stage": "PRIMARY"}}
    for locale, message in (("zh-CN", "名称相近"), ("en", "nearly this name")):
        answer = await gateway.execute(DOCUMENTS["school_create"], given, token, accept_language=locale)
        (error,) = answer["data"]["schoolCreate"]["userErrors"]
        assert message in error["message"]
        assert error["hint"]
