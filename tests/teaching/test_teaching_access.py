"""Whose records they are: nobody else's, and only a teacher's (PRODUCT.md §12)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from teachers import (
    COUNTY_ADMIN,
    PARENT,
    READY,
    STUDENT,
    TWO_SCHOOLS,
    YUQUAN,
    Teacher,
    change,
    refusals,
    school_id,
    teacher,
)

ACTS: list[tuple[str, dict[str, Any]]] = [
    ("teaching_record_update", {"version": 1}),
    ("teaching_record_resubmit", {}),
    ("teaching_record_make_primary", {}),
    ("teaching_record_leave", {"confirmed": True}),
]


@pytest.mark.parametrize(("document", "given"), ACTS)
async def test_somebody_elses_record_is_as_absent(
    gateway: Gateway, document: str, given: dict[str, Any]
) -> None:
    owner, other = await teacher(gateway, READY), await teacher(gateway, TWO_SCHOOLS)
    (record,) = await owner.records()
    wanted = (record["id"], str(global_id("TeachingRecord", 2**62)), "nonsense", str(global_id("Person", 1)))
    answers = [await other.act(document, recordId=one, **given) for one in wanted]
    assert all(one == answers[0] for one in answers)
    assert refusals(answers[0]) == [("NOT_FOUND", ["recordId"])]
    assert await owner.records() == [record]


@pytest.mark.parametrize(("document", "given"), [*ACTS, ("teaching_record_add", {"schoolId": ""})])
async def test_only_teachers_have_records(gateway: Gateway, document: str, given: dict[str, Any]) -> None:
    record = (
        {}
        if "schoolId" in given
        else {"recordId": (await (await teacher(gateway, READY)).records())[0]["id"]}
    )
    for phone in (PARENT, STUDENT):
        who = await teacher(gateway, phone)
        assert refusals(await who.act(document, **record, **given)) == [("IDENTITY_NOT_TEACHER", [])]
    anonymous = Teacher(gateway, "", 0)
    assert refusals(await anonymous.act(document, **record, **given)) == [("UNAUTHENTICATED", [])]
    ended = await teacher(gateway, READY)
    await change(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert refusals(await ended.act(document, **record, **given)) == [("SESSION_INVALID", [])]


async def test_a_left_record_is_edited_no_more(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    (record,) = await who.records()
    await who.leave(record["id"])
    for document, given in ACTS[:3]:
        assert refusals(await who.act(document, recordId=record["id"], **given)) == [
            ("NOT_FOUND", ["recordId"])
        ]


async def test_staff_teach_as_themselves(gateway: Gateway) -> None:
    who = await teacher(gateway, COUNTY_ADMIN)
    assert (await who.added(YUQUAN))["isPrimary"]


async def test_an_unknown_stage_is_no_request(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    given = {"schoolId": await school_id(gateway, YUQUAN), "teachingStage": "NINE_YEAR"}
    answer = await gateway.execute(operations.by_file()["teaching_record_add"], {"input": given}, who.token)
    assert answer["errors"]
