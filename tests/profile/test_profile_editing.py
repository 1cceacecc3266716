"""Editing the own profile: what goes through, and each refusal with its text (PRODUCT.md §6, manual question 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.rules.quotas import DOCUMENT_CHANGES
from mobile_gateway.schema import operations
from player import value
from teachers import (
    INCOMPLETE,
    PARENT,
    PENDING,
    READY,
    STUDENT,
    TWO_SCHOOLS,
    Teacher,
    decide,
    newcomer,
    refusals,
    teacher,
)

NUMBER = "11010519491231002X"
OTHER = "110101199003074514"


async def test_a_profile_is_filled_in_and_its_version_grows(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    payload = await who.edit(
        name=" 阿依努尔 • 示例买提 ",
        gender="FEMALE",
        documentType="MAINLAND_ID",
        documentNumber="１１０１０５ 19491231 002x",
        email=" Ayinuer＠Example.COM ",
    )
    me = payload["viewer"]
    assert payload["userErrors"] == []
    assert (me["version"], me["name"], me["gender"]) == (2, "阿依努尔·示例买提", "FEMALE")
    assert (me["email"], me["documentLastFour"]) == ("Ayinuer@example.com", "002X")
    assert me["missingForEnrolment"] == ["PRIMARY_TEACHING_RECORD"]
    assert me == {name: found for name, found in (await who.profile()).items() if name in me}


async def test_what_is_left_out_stays_and_null_clears_gender_and_email_alone(gateway: Gateway) -> None:
    who = await teacher(gateway, PENDING)
    before = await who.profile()
    assert (await who.edit(email="new@example.com"))["viewer"]["name"] == before["name"]
    me = (await who.edit(gender=None, email=None))["viewer"]
    assert (me["gender"], me["email"]) == (None, None)
    assert (me["name"], me["documentLastFour"]) == (before["name"], before["documentLastFour"])
    assert refusals(await who.edit(name=None)) == [("NAME_INVALID", ["name"])]
    for given, path in (
        ({"documentType": None, "documentNumber": None}, "documentType"),
        ({"documentNumber": NUMBER}, "documentType"),
        ({"documentType": "PASSPORT"}, "documentNumber"),
    ):
        said = await who.edit(**given)
        assert refusals(said) == [("ID_NUMBER_INVALID", [path])]
        assert "证件类型和证件号码须同时填写" in said["userErrors"][0]["message"]


async def test_what_changes_nothing_keeps_the_version(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    me = await who.profile()
    said = await who.edit(name=me["name"], gender=me["gender"], email=me["email"])
    assert said["viewer"]["version"] == me["version"]
    assert (await who.edit())["viewer"]["version"] == me["version"]


@pytest.mark.parametrize(
    ("given", "code", "path", "zh", "en"),
    [
        (
            {"phone": "18800000009"},
            "PHONE_NOT_EDITABLE",
            "phone",
            "手机号为账号，不可修改。",
            "The phone is the account",
        ),
        ({"name": "  "}, "NAME_INVALID", "name", "姓名不能为空", "it is empty"),
        ({"name": "张" * 51}, "NAME_INVALID", "name", "姓名太长", "too long"),
        ({"name": "张3"}, "NAME_INVALID", "name", "数字、符号或表情", "a digit, a symbol or an emoji"),
        ({"name": "·张三"}, "NAME_INVALID", "name", "符号的位置不正确", "stands where it cannot"),
        ({"email": "nobody"}, "EMAIL_INVALID", "email", "邮箱格式不正确", "not a valid e-mail address"),
        ({"email": "a@b@c.cn"}, "EMAIL_INVALID", "email", "邮箱格式不正确", "not a valid e-mail address"),
        (
            {"email": "教师@example.cn"},
            "EMAIL_INVALID",
            "email",
            "邮箱格式不正确",
            "not a valid e-mail address",
        ),
    ],
)
async def test_each_wrong_field_is_named_with_the_reason_in_both_languages(
    gateway: Gateway, given: dict[str, Any], code: str, path: str, zh: str, en: str
) -> None:
    for language, text in (("zh-CN", zh), ("en", en)):
        who = await teacher(gateway, PENDING, language=language)
        said = await who.edit(**given)
        assert (said["viewer"], refusals(said)) == (None, [(code, [path])])
        assert text in said["userErrors"][0]["message"]
        assert said["userErrors"][0]["hint"]


@pytest.mark.parametrize(
    ("kind", "number", "zh", "en"),
    [
        ("MAINLAND_ID", " ", "证件号码不能为空", "it is empty"),
        ("MAINLAND_ID", "110105491231002", "应为 18 位", "18 characters"),
        ("MAINLAND_ID", "1101051949123100XX", "不会出现的字符", "no such number has"),
        ("MAINLAND_ID", "99010519491231002X", "地区代码不存在", "a region that there is not"),
        ("MAINLAND_ID", "11010519490230002X", "出生日期不存在", "does not exist"),
        ("MAINLAND_ID", "110105202408200028", "出生日期晚于今天", "not in the past"),
        ("MAINLAND_ID", "110105194912310021", "校验位不正确", "check character is wrong"),
        ("HK_MACAO_PERMIT", "X12345678", "号码格式不符", "look different"),
        ("TAIWAN_PERMIT", "1234567", "号码格式不符", "look different"),
        ("PASSPORT", "ABCDE", "号码格式不符", "look different"),
    ],
)
async def test_a_number_that_cannot_be_right_is_refused_with_the_reason(
    gateway: Gateway, kind: str, number: str, zh: str, en: str
) -> None:
    for language, text in (("zh-CN", zh), ("en", en)):
        who = await teacher(gateway, PENDING, language=language)
        said = await who.edit(documentType=kind, documentNumber=number)
        assert refusals(said) == [("ID_NUMBER_INVALID", ["documentNumber"])]
        assert text in said["userErrors"][0]["message"]


async def test_a_date_of_birth_is_in_the_past_by_the_domains_clock(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    given = {"documentType": "MAINLAND_ID", "documentNumber": "110105202408200028"}
    assert refusals(await who.edit(**given)) == [("ID_NUMBER_INVALID", ["documentNumber"])]
    await gateway.set_time(datetime.fromisoformat("2024-08-21T00:00:00+08:00"))
    # Its check character, not its date, is what is wrong from this midnight on.
    assert "校验位" in (await who.edit(**given))["userErrors"][0]["message"]


async def test_a_stale_version_is_a_conflict_and_writes_nothing(gateway: Gateway) -> None:
    who = await teacher(gateway, PENDING)
    await who.edit(email="first@example.com")
    for version in (1, 3, 0, -1, 2**31 - 1):
        said = await who.edit(version=version, email="second@example.com")
        assert (said["viewer"], refusals(said)) == (None, [("CONFLICT", ["version"])])
        assert "请刷新后再修改" in said["userErrors"][0]["hint"]
    assert (await who.profile())["email"] == "first@example.com"


async def test_while_verified_the_document_is_locked_and_the_rest_is_not(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    said = await who.edit(documentType="MAINLAND_ID", documentNumber=NUMBER)
    assert refusals(said) == [("FIELD_LOCKED_VERIFIED", ["documentNumber"])]
    assert "认证通过" in said["userErrors"][0]["message"]
    assert said["userErrors"][0]["hint"] == "请先从学校移除后再修改。"
    me = (await who.edit(name="林知秋", gender="MALE", email="x@example.com"))["viewer"]
    assert (me["name"], me["gender"], me["email"]) == ("林知秋", "MALE", "x@example.com")
    (record,) = await who.records()
    assert record["state"] == "APPROVED"


async def test_the_same_document_again_is_no_change_even_while_verified(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    given = {"documentType": "HK_MACAO_PERMIT", "documentNumber": "H1234567801"}
    await who.edit(name="陈示例", **given)
    record = await who.added("北京市海淀区玉荃学校")
    await decide(gateway, record["id"])
    assert refusals(await who.edit(**{**given, "documentNumber": " h12345678 01"})) == []
    # The same holder by a reissued permit is another number, and locked.
    said = await who.edit(**{**given, "documentNumber": "H1234567802"})
    assert refusals(said) == [("FIELD_LOCKED_VERIFIED", ["documentNumber"])]
    assert (await who.edit(documentType="PASSPORT", documentNumber="H12345678"))["viewer"] is None


async def test_the_lock_falls_with_the_last_approved_record(gateway: Gateway) -> None:
    who = await teacher(gateway, TWO_SCHOOLS)
    given = {"documentType": "MAINLAND_ID", "documentNumber": NUMBER}
    for record in await who.records():
        assert refusals(await who.edit(**given)) == [("FIELD_LOCKED_VERIFIED", ["documentNumber"])]
        assert refusals(await who.leave(record["id"])) == []
    assert (await who.edit(**given))["viewer"]["documentLastFour"] == "002X"
    assert (await who.profile())["lockedFields"] == ["PHONE"]


async def test_a_number_is_unique_among_teachers_alone(gateway: Gateway) -> None:
    given = {"documentType": "MAINLAND_ID", "documentNumber": NUMBER}
    first, second = await newcomer(gateway), await newcomer(gateway, "+8618800000002")
    assert refusals(await first.edit(**given)) == []
    for language, text in (("zh-CN", "已被其他教师账号使用"), ("en", "Another teacher account")):
        second.language = language
        said = await second.edit(name="王示例", **given)
        assert refusals(said) == [("ID_NUMBER_IN_USE", ["documentNumber"])]
        assert text in said["userErrors"][0]["message"]
    assert (await second.profile())["name"] is None, "nothing of a refused edit is written"
    for phone in (PARENT, STUDENT):
        assert refusals(await (await teacher(gateway, phone)).edit(**given)) == []
    # One number of two documents is two holders; one document in two spellings is one.
    assert refusals(await second.edit(documentType="PASSPORT", documentNumber="H12345678")) == []
    assert refusals(await first.edit(documentType="HK_MACAO_PERMIT", documentNumber="H12345678")) == []
    said = await second.edit(documentType="HK_MACAO_PERMIT", documentNumber="H1234567803")
    assert refusals(said) == [("ID_NUMBER_IN_USE", ["documentNumber"])]


async def test_parents_and_students_edit_their_profile_too(gateway: Gateway) -> None:
    for phone in (PARENT, STUDENT):
        who = await teacher(gateway, phone)
        me = (await who.edit(name="示例", documentType="PASSPORT", documentNumber=f"E{phone[-8:]}"))["viewer"]
        assert (me["name"], me["documentType"]) == ("示例", "PASSPORT")


async def test_who_decides_about_a_waiting_record_must_look_again_after_name_or_document_changed(
    gateway: Gateway,
) -> None:
    who = await teacher(gateway, PENDING)

    async def version() -> int:
        return int((await who.records())[0]["version"])

    first = await version()
    await who.edit(email="other@example.com", gender=None)
    assert await version() == first
    await who.edit(name="周亦宁")
    assert await version() == first + 1
    await who.edit(documentType="MAINLAND_ID", documentNumber=NUMBER)
    assert await version() == first + 2
    verified = await teacher(gateway, READY)
    before = (await verified.records())[0]["version"]
    await verified.edit(name="林知秋")
    assert (await verified.records())[0]["version"] == before


async def test_nobody_edits_without_a_good_sign_in(gateway: Gateway) -> None:
    anonymous = Teacher(gateway, "", 0)
    assert refusals(await anonymous.act("profile_update", version=1)) == [("UNAUTHENTICATED", [])]
    who = await teacher(gateway, PENDING)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT' WHERE person_id = $1", who.id
        )
    assert refusals(await who.act("profile_update", version=1, name="某某")) == [("SESSION_INVALID", [])]
    assert await value(gateway, "SELECT name FROM person WHERE id = $1", who.id) == "周亦安"


async def test_unknown_words_and_versions_are_no_request(gateway: Gateway) -> None:
    who = await teacher(gateway, INCOMPLETE)
    for given in (
        {"gender": "OTHER"},
        {"documentType": "LIBRARY_CARD"},
        {"version": 2**31},
        {"version": "1"},
    ):
        answer = await gateway.execute(
            operations.by_file()["profile_update"], {"input": {"version": 1, **given}}, who.token
        )
        assert answer["errors"]


async def test_whether_a_number_is_in_use_cannot_be_tried_at_large(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    for tried in range(DOCUMENT_CHANGES.amount):
        given = {"documentType": "PASSPORT", "documentNumber": f"E{tried:08d}"}
        assert refusals(await who.edit(**given)) == []
    given = {"documentType": "PASSPORT", "documentNumber": "E99999999"}
    assert refusals(await who.edit(**given)) == [("RATE_LIMITED", ["documentNumber"])]
    assert refusals(await who.edit(email="still@example.com")) == []
