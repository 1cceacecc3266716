"""Enrolling through GraphQL: each refusal with its text, and the tries that go through (PRODUCT.md §3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway import Gateway
from player import codes, moment, player, run, value

START, END = moment("2024-07-20T00:00:00"), moment("2024-10-01T00:00:00")
TICK = timedelta(milliseconds=500)
ENROLLED = "SELECT count(*) FROM enrolment"


@pytest.mark.parametrize(
    ("phone", "code", "message", "hint"),
    [
        ("+8619900000004", "SCHOOL_NOT_BASIC_EDUCATION", "本平台为基础教育教师学习平台", "选回正确的学制"),
        (
            "+8619900000006",
            "PROFILE_INCOMPLETE",
            "证件号码、当前任教信息",
            "该信息将用于记录学时和发放电子学习证书",
        ),
        ("+8619900000009", "IDENTITY_NOT_TEACHER", "当前身份不是教师", "切换为教师身份"),
        ("+8619900000010", "IDENTITY_NOT_TEACHER", "当前身份不是教师", "切换为教师身份"),
    ],
)
async def test_who_may_not_enrol_is_told_why_and_what_to_do(
    gateway: Gateway, phone: str, code: str, message: str, hint: str
) -> None:
    who = await player(gateway, phone, enrolled=False)
    said = await who.enrol()
    assert (said["topic"], codes(said)) == (None, [code])
    assert message in said["userErrors"][0]["message"]
    assert hint in said["userErrors"][0]["hint"]
    assert await value(gateway, ENROLLED) == 0


async def test_before_the_window_enrolling_has_not_started(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    await gateway.set_time(START - timedelta(seconds=5))
    said = await who.enrol()
    assert codes(said) == ["TOPIC_NOT_STARTED"]
    assert "2024-07-20T00:00:00+08:00" in said["userErrors"][0]["hint"]
    await gateway.set_time(START)
    assert codes(await who.enrol()) == []


async def test_at_the_windows_end_enrolling_has_ended(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    await gateway.set_time(END)
    assert codes(await who.enrol()) == ["TOPIC_ENDED"]
    await gateway.set_time(END - TICK)
    assert codes(await who.enrol()) == []


async def test_enrolling_twice_is_once_with_the_first_date_even_after_the_window(gateway: Gateway) -> None:
    who = await player(gateway)
    first = (await who.page())["enrolment"]["enrolledAt"]
    await gateway.set_time(END + timedelta(days=1))
    said = await who.enrol()
    assert codes(said) == []
    assert said["topic"]["enrolment"]["enrolledAt"] == first
    assert await value(gateway, ENROLLED) == 1


async def test_once_the_stage_is_corrected_the_next_try_succeeds_without_a_new_sign_in(
    gateway: Gateway,
) -> None:
    who = await player(gateway, "+8619900000005", enrolled=False)
    assert codes(await who.enrol()) == ["SCHOOL_NOT_BASIC_EDUCATION"]
    assert (await who.page())["nextStep"] == "SCHOOL_NOT_ELIGIBLE"
    await run(
        gateway,
        "UPDATE school SET stage = 'PRIMARY' WHERE id ="
        " (SELECT school_id FROM teaching_record WHERE person_id = $1 AND is_primary)",
        who.person,
    )
    assert codes(await who.enrol()) == []
    assert (await who.page())["nextStep"] == "LEARN"


async def test_a_stage_changed_after_enrolment_does_not_stop_earning(gateway: Gateway) -> None:
    who = await player(gateway)
    await run(gateway, "UPDATE school SET stage = 'SECONDARY_VOCATIONAL'")
    await who.watch("guide")
    assert await who.learned() == 30_000
    assert codes(await who.enrol()) == []
    other = await player(gateway, "+8619900000002", enrolled=False)
    assert codes(await other.enrol()) == ["SCHOOL_NOT_BASIC_EDUCATION"]


@pytest.mark.parametrize("phone", ["+8619900000002", "+8619900000003"])
async def test_who_is_not_verified_may_enrol_and_learn(gateway: Gateway, phone: str) -> None:
    who = await player(gateway, phone)
    await who.watch("guide")
    assert await who.learned() == 30_000


async def test_an_anonymous_reader_cannot_enrol(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    who.token = ""
    assert codes(await who.enrol()) == ["UNAUTHENTICATED"]
    assert codes(await who.try_open()) == ["UNAUTHENTICATED"]
