from __future__ import annotations

import asyncio

import pytest

from gateway import Gateway
from player import codes, run, value
from staffing import (
    COUNTY_ADMIN,
    PENDING,
    PLATFORM,
    READY,
    REJECTED,
    SCHOOL_ADMIN,
    SUPPORT,
    TWO_SCHOOLS,
    YUQUAN,
    act,
    acts,
    ask,
    errors,
    notices,
    record_id,
    record_of,
    remove,
    row_of,
    school_of,
    teacher,
)

REMOVED = ["REMOVED_FROM_SCHOOL"]


async def test_a_removed_teacher_is_off_the_roster_at_once_and_told_why(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, READY)
    before = (await ask(gateway, "roster", admin))["totalCount"]
    payload = await remove(gateway, admin, record, " 已调往其他学校 ")
    assert errors(payload) == []
    assert (payload["record"]["state"], payload["record"]["reason"]) == ("REMOVED", "已调往其他学校")
    row = await row_of(gateway, record)
    assert (row["state"], row["is_primary"], row["version"]) == ("REMOVED", False, 2)
    assert row["left_at"] is not None
    assert (await ask(gateway, "roster", admin))["totalCount"] == before - 1
    assert (await ask(gateway, "roster", admin, name="林知夏"))["edges"] == []
    assert await notices(gateway, READY, REMOVED) == [("REMOVED_FROM_SCHOOL", f"record:{record}:v2", {})]
    assert await acts(gateway, record) == ["TEACHER_REMOVED"]
    mine = await gateway.data_of(
        "{ viewer { teachingRecords { state } inbox { edges { node { body } } } } }",
        None,
        await gateway.token(READY),
    )
    assert mine["viewer"]["teachingRecords"] == []
    assert "移除" in mine["viewer"]["inbox"]["edges"][0]["node"]["body"]


async def test_removing_twice_is_once(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, READY)
    first = await remove(gateway, admin, record, "已调离")
    assert (errors(first), first["record"]["reason"]) == ([], "已调离")
    for reason in ("已调离", "再说一次"):
        payload = await remove(gateway, admin, record, reason)
        assert (errors(payload), payload["record"]) == ([], None), "and shows nothing of who is gone"
    assert await acts(gateway, record) == ["TEACHER_REMOVED"]
    assert len(await notices(gateway, READY, REMOVED)) == 1


async def test_who_left_is_not_there_to_be_removed(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, READY)
    left = {"recordId": record_id(record), "confirmed": True}
    assert errors(await act(gateway, "teaching_record_leave", await gateway.token(READY), **left)) == []
    payload = await remove(gateway, admin, record)
    assert (errors(payload), payload["record"]) == ([("NOT_FOUND", ["recordId"])], None)


async def test_removals_at_once_are_one(gateway: Gateway) -> None:
    admin, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    for round_ in range(4):
        phone = f"+86188000001{round_:02d}"
        record = await teacher(gateway, phone, school=school, state="APPROVED")
        said = await asyncio.gather(*(remove(gateway, admin, record) for _ in range(4)))
        assert [codes(payload) for payload in said] == [[]] * 4
        assert await acts(gateway, record) == ["TEACHER_REMOVED"]
        assert len(await notices(gateway, phone, REMOVED)) == 1


@pytest.mark.parametrize("phone", [PENDING, REJECTED])
async def test_who_is_not_approved_is_rejected_instead(gateway: Gateway, phone: str) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, phone)
    assert errors(await remove(gateway, admin, record)) == [("RECORD_NOT_APPROVED", ["recordId"])]
    await run(
        gateway,
        "UPDATE teaching_record SET state = 'WITHDRAWN', left_at = now(), is_primary = false WHERE id = $1",
        record,
    )
    assert codes(await remove(gateway, admin, record)) == ["RECORD_NOT_APPROVED"]


@pytest.mark.parametrize("phone", [READY, COUNTY_ADMIN, SUPPORT, PLATFORM])
async def test_only_the_schools_own_admin_removes(gateway: Gateway, phone: str) -> None:
    token, record = await gateway.token(phone), await record_of(gateway, TWO_SCHOOLS)
    assert errors(await remove(gateway, token, record)) == [("NOT_FOUND", ["recordId"])]
    assert (await row_of(gateway, record))["state"] == "APPROVED"


async def test_the_own_record_and_another_schools_are_not_found(gateway: Gateway) -> None:
    admin = await gateway.token(SCHOOL_ADMIN)
    for record in (
        await record_of(gateway, SCHOOL_ADMIN),
        await record_of(gateway, TWO_SCHOOLS, YUQUAN),
        10**12,
    ):
        assert errors(await remove(gateway, admin, record)) == [("NOT_FOUND", ["recordId"])]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "REASON_REQUIRED"),
        (" \t", "BAD_USER_INPUT"),
        ("因" * 201, "REASON_REQUIRED"),
        ("\u0000", "BAD_USER_INPUT"),
        ("好\u2066坏", "BAD_USER_INPUT"),
    ],
)
async def test_a_removal_needs_a_fit_reason(gateway: Gateway, reason: str, code: str) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, READY)
    assert errors(await remove(gateway, admin, record, reason)) == [(code, ["reason"])]
    assert (await row_of(gateway, record))["state"] == "APPROVED"


async def test_who_is_not_signed_in_removes_nobody(gateway: Gateway) -> None:
    record = await record_of(gateway, READY)
    assert errors(await remove(gateway, None, record)) == [("UNAUTHENTICATED", [])]


async def test_removal_from_the_primary_school_promotes_the_oldest_approved_else_pending(
    gateway: Gateway,
) -> None:
    admin, person = await gateway.token(SCHOOL_ADMIN), await gateway.person(TWO_SCHOOLS)

    async def add(state: str, days: int) -> int:
        found: int = await value(
            gateway,
            "INSERT INTO teaching_record (person_id, school_id, state, is_primary, submitted_at, decided_at, reason)"
            " SELECT $1, (SELECT s.id FROM school s WHERE s.merged_at IS NULL AND NOT EXISTS (SELECT FROM"
            "   teaching_record t WHERE t.person_id = $1 AND t.school_id = s.id) LIMIT 1), $2::text, false,"
            "   now() - make_interval(days => $3), now(), CASE WHEN $2::text = 'REJECTED' THEN 'x' END RETURNING id",
            person,
            state,
            days,
        )
        return found

    await add("REJECTED", 4000)
    await add("PENDING", 3000)
    older = await add("APPROVED", 2000)
    await add("APPROVED", 1000)
    await run(
        gateway,
        "UPDATE teaching_record SET submitted_at = now() WHERE id = $1",
        await record_of(gateway, TWO_SCHOOLS, YUQUAN),
    )
    assert codes(await remove(gateway, admin, await record_of(gateway, TWO_SCHOOLS))) == []
    primary = await value(
        gateway,
        "SELECT id FROM teaching_record WHERE person_id = $1 AND is_primary AND left_at IS NULL",
        person,
    )
    assert primary == older


async def test_removal_promotes_the_oldest_pending_and_never_a_rejected_record(gateway: Gateway) -> None:
    admin, person = await gateway.token(SCHOOL_ADMIN), await gateway.person(TWO_SCHOOLS)
    here, there = await record_of(gateway, TWO_SCHOOLS), await record_of(gateway, TWO_SCHOOLS, YUQUAN)
    for state, promoted in (("PENDING", there), ("REJECTED", None)):
        await run(
            gateway,
            "UPDATE teaching_record SET is_primary = false, state = $2::text,"
            " reason = CASE WHEN $2::text = 'REJECTED' THEN 'x' END WHERE id = $1",
            there,
            state,
        )
        await run(
            gateway,
            "UPDATE teaching_record SET state = 'APPROVED', left_at = NULL, is_primary = true WHERE id = $1",
            here,
        )
        assert codes(await remove(gateway, admin, here)) == []
        found = await value(
            gateway, "SELECT id FROM teaching_record WHERE person_id = $1 AND is_primary", person
        )
        assert found == promoted


async def test_removal_from_a_school_that_is_not_primary_leaves_the_primary_alone(gateway: Gateway) -> None:
    admin = await gateway.token(SCHOOL_ADMIN)
    here, there = await record_of(gateway, TWO_SCHOOLS), await record_of(gateway, TWO_SCHOOLS, YUQUAN)
    await run(gateway, "UPDATE teaching_record SET is_primary = false WHERE id = $1", here)
    await run(gateway, "UPDATE teaching_record SET is_primary = true WHERE id = $1", there)
    assert codes(await remove(gateway, admin, here)) == []
    assert (await row_of(gateway, there))["is_primary"] is True
    assert (await row_of(gateway, there))["version"] == 1
