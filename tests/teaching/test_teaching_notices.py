"""Who is told of a record that waits, and of a teacher who has left (PRODUCT.md §6, §10)."""

from __future__ import annotations

import json

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from player import value
from teachers import (
    COUNTY_ADMIN,
    PENDING,
    READY,
    REJECTED,
    SCHOOL_ADMIN,
    YUQUAN,
    ZHONGGUANCUN,
    change,
    newcomer,
    notices,
    school_id,
    teacher,
)

REVIEW, LEFT = "TEACHER_TO_REVIEW", "TEACHER_LEFT"


async def subject(gateway: Gateway, record: str) -> str:
    number = number_of(record, "TeachingRecord")
    version = await value(gateway, "SELECT version FROM teaching_record WHERE id = $1", number)
    return f"record:{number}:v{version}"


async def test_the_schools_admin_is_told_of_a_new_record_and_nobody_else(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    record = await who.added(ZHONGGUANCUN)
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == [await subject(gateway, record["id"])]
    assert await value(gateway, "SELECT count(*) FROM inbox_item") == 1
    item = await value(gateway, "SELECT row_to_json(i)::text FROM inbox_item i")
    assert json.loads(item)["data"] == {}, "nothing personal"
    await who.added(YUQUAN)
    assert await value(gateway, "SELECT count(*) FROM inbox_item") == 1, "a school without admin"


async def test_each_handing_in_is_told_once(gateway: Gateway) -> None:
    who = await teacher(gateway, REJECTED)
    (record,) = await who.records()
    for _ in range(2):
        await who.act("teaching_record_resubmit", recordId=record["id"])
    told = [await subject(gateway, record["id"])]
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == told
    version = (await who.records())[0]["version"]
    edited = await who.act("teaching_record_update", recordId=record["id"], version=version, subject="体育")
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == told, "free fields ask nobody"
    for name in (YUQUAN, ZHONGGUANCUN):
        version = edited["record"]["version"]
        edited = await who.act(
            "teaching_record_update",
            recordId=record["id"],
            version=version,
            schoolId=await school_id(gateway, name),
        )
    told.append(await subject(gateway, record["id"]))
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == told


async def test_a_school_admins_own_record_goes_to_the_county(gateway: Gateway) -> None:
    admin = await teacher(gateway, SCHOOL_ADMIN)
    (record,) = await admin.records()
    await admin.leave(record["id"])
    again = await admin.added(ZHONGGUANCUN)
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == []
    assert await notices(gateway, SCHOOL_ADMIN, LEFT) == []
    assert await notices(gateway, COUNTY_ADMIN, REVIEW) == [await subject(gateway, again["id"])]
    elsewhere = await admin.added(YUQUAN)
    assert len(await notices(gateway, COUNTY_ADMIN, REVIEW)) == 1, elsewhere
    await change(gateway, "UPDATE staff_grant SET revoked_at = now() WHERE person_id = $1", admin.id)
    await admin.leave(again["id"])
    await admin.added(ZHONGGUANCUN)
    assert len(await notices(gateway, COUNTY_ADMIN, REVIEW)) == 1, "no admin any more"


async def test_every_admin_of_the_school_is_told(gateway: Gateway) -> None:
    second = await teacher(gateway, READY)
    school = number_of(await school_id(gateway, ZHONGGUANCUN), "School")
    await change(
        gateway,
        "INSERT INTO staff_grant (person_id, role, school_id) VALUES ($1, 'SCHOOL_ADMIN', $2)",
        second.id,
        school,
    )
    record = await (await newcomer(gateway)).added(ZHONGGUANCUN)
    told = [await subject(gateway, record["id"])]
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == await notices(gateway, READY, REVIEW) == told


async def test_the_schools_admin_is_told_once_that_a_teacher_has_left(gateway: Gateway) -> None:
    told: list[str] = []
    for phone in (READY, PENDING):
        who = await teacher(gateway, phone)
        (record,) = await who.records()
        for _ in range(2):
            await who.leave(record["id"])
        told.append(await subject(gateway, record["id"]))
        assert await notices(gateway, SCHOOL_ADMIN, LEFT) == told
    who = await teacher(gateway, REJECTED)
    await who.leave((await who.records())[0]["id"])
    assert await notices(gateway, SCHOOL_ADMIN, LEFT) == told, "who was rejected was not on the roster"


async def test_a_notice_reaches_the_admins_device(gateway: Gateway) -> None:
    await (await newcomer(gateway)).added(ZHONGGUANCUN)
    await gateway.sweep()
    pushed = [json.loads(line) for line in (gateway.data / "pushes.jsonl").read_text("utf-8").splitlines()]
    assert [(one["kind"], one["title"]) for one in pushed] == [(REVIEW, "有教师等待审核")]
    assert ZHONGGUANCUN not in json.dumps(pushed, ensure_ascii=False)
