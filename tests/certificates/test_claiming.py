"""Claiming a certificate over HTTP: everything that is missing, the preview, the confirmation."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from certifying import (
    AUTUMN,
    OPENING,
    approve,
    claim,
    complete,
    confirm,
    graduate,
    obstacles,
    page,
    preview,
    states,
    told,
    versions,
)
from gateway import Gateway
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules import serials
from mobile_gateway.schema import operations
from player import codes, run, value
from staffing import SCHOOL_ADMIN
from teachers import INCOMPLETE, PARENT, PENDING, READY, REJECTED, Teacher, change, newcomer, teacher


async def test_a_teacher_with_ten_credits_claims_and_sees_the_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    before = await page(who)
    assert (before["nextStep"], before["certificate"]) == ("CLAIM_CERTIFICATE", None)
    assert before["certificateEligibility"] == {"eligible": True, "reasons": []}
    shown = (await preview(who))["preview"]
    assert shown["printed"]["credits"] == "10.00"
    assert shown["printed"]["school"] == "北京市海淀区中关村第一小学"
    issued = (await confirm(who, shown["token"]))["certificate"]
    after = await page(who)
    assert after["nextStep"] == "VIEW_CERTIFICATE"
    found = after["certificate"]
    assert (found["version"], found["state"], found["serial"]) == (1, "ISSUED", issued["serial"])
    assert found["firstIssuedAt"] == found["issuedAt"]
    assert serials.shown(serials.read(found["serial"]) or "") == found["serial"]
    assert await told(gateway, who.id, "CERTIFICATE_ISSUED") == 1


async def test_a_preview_shows_no_personal_data(gateway: Gateway) -> None:
    who = await graduate(gateway)
    name = (await who.profile())["name"]
    payload = await preview(who)
    printed = payload["preview"]["printed"]
    assert printed["name"] != name
    assert "*" in printed["name"]
    assert printed["documentNumber"].startswith("**************")
    row = await value(gateway, "SELECT printed::text FROM certificate_preview WHERE person_id = $1", who.id)
    assert name not in str(row)


async def test_every_reason_is_told_at_once_with_what_each_course_lacks(gateway: Gateway) -> None:
    who = await teacher(gateway, PENDING)
    assert await obstacles(who) == [
        "NOT_ENROLLED",
        "CERTIFICATE_NOT_OPEN",
        "CREDITS_INSUFFICIENT",
        "IDENTITY_NOT_VERIFIED",
    ]
    reasons = (await page(who))["certificateEligibility"]["reasons"]
    missing = reasons[2]["missing"]
    assert [one["missing"] for one in missing] == ["2.00", "1.00", "1.00", "1.00", "1.00", "1.00", "3.00"]
    assert datetime.fromisoformat(reasons[1]["opensAt"]) == OPENING
    assert reasons[3]["message"] == "个人信息没有被学校管理员审核通过。"
    assert reasons[3]["hint"] == "请联系本校管理员对个人信息进行审核。"
    assert codes(await preview(who)) == [one["code"] for one in reasons]
    assert codes(await confirm(who, "forged"))[1:] == [one["code"] for one in reasons]


@pytest.mark.parametrize(
    ("phone", "reasons"),
    [(PENDING, ["IDENTITY_NOT_VERIFIED"]), (REJECTED, ["IDENTITY_NOT_VERIFIED"]), (READY, [])],
)
async def test_only_who_is_verified_may_claim(gateway: Gateway, phone: str, reasons: list[str]) -> None:
    who = await graduate(gateway, phone)
    assert await obstacles(who) == reasons
    assert codes(await preview(who)) == reasons


async def test_ten_credits_a_second_before_the_opening_wait_for_it(gateway: Gateway) -> None:
    who = await graduate(gateway, at=OPENING - timedelta(seconds=1))
    assert (await page(who))["nextStep"] == "WAIT_FOR_OPENING"
    assert codes(await preview(who)) == ["CERTIFICATE_NOT_OPEN"]
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    await gateway.advance(seconds=2)
    for _ in range(3):
        await gateway.sweep()
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1
    assert await obstacles(who) == []


async def test_claiming_stays_open_after_the_window(gateway: Gateway) -> None:
    who = await graduate(gateway, at=datetime(2024, 10, 8, 9, tzinfo=SHANGHAI))
    assert (await claim(who))["version"] == 1


async def test_approved_after_the_window_is_told_on_approval_and_claims(gateway: Gateway) -> None:
    who = await graduate(gateway, PENDING, at=datetime(2024, 10, 8, 9, tzinfo=SHANGHAI))
    for _ in range(2):
        await gateway.sweep()
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    (record,) = await who.records()
    await approve(gateway, record["id"], by=SCHOOL_ADMIN)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1
    assert (await claim(who))["version"] == 1


async def test_a_course_short_of_its_cap_by_a_moment_is_not_complete(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await run(
        gateway,
        "UPDATE credit_entry SET ms = ms - 1 WHERE id = (SELECT min(id) FROM credit_entry WHERE person_id = $1)",
        who.id,
    )
    assert codes(await preview(who)) == ["CREDITS_INSUFFICIENT"]
    (reason,) = (await page(who))["certificateEligibility"]["reasons"]
    # Rounded up: what is missing is never shown as nothing.
    assert [(one["missing"], one["missingMs"]) for one in reason["missing"]] == [("0.01", 1)]


async def test_who_is_no_teacher_now_is_told_so_and_nothing_hidden(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    switched = (await who.send("identity_switch_to_parent"))["identitySwitchToParent"]["session"]
    parent = Teacher(gateway, switched["accessToken"], who.id)
    assert await obstacles(parent) == ["IDENTITY_NOT_TEACHER"]
    assert (await page(parent))["certificate"] is None
    assert await versions(parent) == []
    assert "IDENTITY_NOT_TEACHER" in codes(await preview(parent))
    assert codes(await confirm(parent, "x")) == ["IDENTITY_NOT_TEACHER"]
    back = (await parent.send("identity_switch_to_teacher", input={}))["identitySwitchToTeacher"]["session"]
    again = Teacher(gateway, back["accessToken"], who.id)
    assert (await page(again))["certificate"]["state"] == "ISSUED"


@pytest.mark.parametrize("phone", [PARENT, INCOMPLETE])
async def test_who_never_enrolled_has_reasons_and_no_certificate(gateway: Gateway, phone: str) -> None:
    await gateway.set_time(AUTUMN)
    who = await teacher(gateway, phone)
    found = await page(who)
    assert not found["certificateEligibility"]["eligible"]
    assert found["certificate"] is None


async def test_an_anonymous_reader_has_neither_reasons_nor_a_preview(gateway: Gateway) -> None:
    topic = await gateway.topic_id()
    data = await gateway.data_of(operations.by_file()["certificate"], {"id": topic})
    assert (data["topic"]["certificateEligibility"], data["topic"]["certificate"]) == (None, None)
    for name, given in (
        ("certificate_preview", {"topicId": topic}),
        ("certificate_confirm", {"topicId": topic, "previewToken": "x"}),
        ("certificate_download", {"certificateId": "x"}),
        ("certificate_void", {"serial": "x", "reason": "x"}),
    ):
        (payload,) = (await gateway.data_of(operations.by_file()[name], {"input": given})).values()
        assert codes(payload) == ["UNAUTHENTICATED"]


async def test_an_unknown_topic_is_not_found(gateway: Gateway) -> None:
    who = await graduate(gateway)
    for name, more in (("certificate_preview", {}), ("certificate_confirm", {"previewToken": "x"})):
        assert codes(await who.act(name, topicId="VG9waWM6OTk5", **more)) == ["NOT_FOUND"]


async def test_a_second_confirm_returns_the_first_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    first, second = await confirm(who, token), await confirm(who, token)
    assert second["userErrors"] == []
    assert second["certificate"] == first["certificate"]
    again = await preview(who)
    assert (again["preview"], again["certificate"]["serial"]) == (None, first["certificate"]["serial"])
    assert await told(gateway, who.id, "CERTIFICATE_ISSUED") == 1


async def test_ten_confirms_at_once_make_one_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    payloads = await asyncio.gather(*(confirm(who, token) for _ in range(10)))
    assert {payload["certificate"]["serial"] for payload in payloads} == {
        payloads[0]["certificate"]["serial"]
    }
    assert [payload["userErrors"] for payload in payloads] == [[]] * 10
    assert await states(gateway, who.id) == [(1, "ISSUED")]
    assert await told(gateway, who.id, "CERTIFICATE_ISSUED") == 1


async def test_a_school_left_between_preview_and_confirm_is_stale_and_not_verified(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    (record,) = await who.records()
    await who.leave(record["id"])
    assert codes(await confirm(who, token)) == ["PREVIEW_STALE", "IDENTITY_NOT_VERIFIED"]
    assert await states(gateway, who.id) == []


async def test_a_name_edited_between_preview_and_confirm_is_stale(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    assert (await who.edit(name="温若禾"))["userErrors"] == []
    assert codes(await confirm(who, token)) == ["PREVIEW_STALE"]
    assert (await claim(who))["version"] == 1


async def test_a_preview_is_one_person_s_one_topic_s_and_half_an_hour_s(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    other = await newcomer(gateway)
    assert "PREVIEW_STALE" in codes(await confirm(other, token))
    assert codes(await confirm(who, token[:-2] + "xx")) == ["PREVIEW_STALE"]
    assert codes(await confirm(who, "")) == ["PREVIEW_STALE"]
    await change(gateway, "UPDATE topic SET title = title || '（二）'")
    assert codes(await confirm(who, token)) == ["PREVIEW_STALE"]


async def test_a_name_that_cannot_be_printed_is_refused_at_the_preview(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await change(gateway, "UPDATE person SET name = '王\U000323ab' WHERE id = $1", who.id)
    payload = await preview(who)
    assert codes(payload) == ["NAME_NOT_PRINTABLE"]
    assert "\U000323ab" in payload["userErrors"][0]["message"]
    assert "4001910910" in payload["userErrors"][0]["hint"]


@pytest.mark.parametrize("name", ["张三", "欧阳娜娜", "阿卜杜拉·买买提", "王\U0002cb78", "李\u36c3"])
async def test_names_of_the_country_can_be_printed(gateway: Gateway, name: str) -> None:
    who = await graduate(gateway)
    assert (await who.edit(name=name))["userErrors"] == []
    await claim(who)
    await gateway.sweep()
    assert (await page(who))["certificate"]["ready"]


async def test_confirm_and_leave_at_once_end_consistently(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    (record,) = await who.records()
    confirmed, left = await asyncio.gather(confirm(who, token), who.leave(record["id"]))
    assert left["userErrors"] == []
    if confirmed["certificate"] is None:
        assert codes(confirmed) == ["PREVIEW_STALE", "IDENTITY_NOT_VERIFIED"]
        assert await states(gateway, who.id) == []
    else:
        assert await states(gateway, who.id) == [(1, "ISSUED")]
        opened = await value(
            gateway, "SELECT left_at IS NOT NULL FROM certificate WHERE person_id = $1", who.id
        )
        assert opened


async def test_completing_after_the_opening_tells_of_the_certificate_once(gateway: Gateway) -> None:
    await gateway.set_time(AUTUMN)
    who = await teacher(gateway, READY)
    await complete(gateway, who)
    await run(gateway, "UPDATE enrolment SET completed_at = NULL WHERE person_id = $1", who.id)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    await run(gateway, "UPDATE enrolment SET completed_at = domain_now() WHERE person_id = $1", who.id)
    for _ in range(3):
        await gateway.sweep()
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1
