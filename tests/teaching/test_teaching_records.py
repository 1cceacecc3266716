"""Adding, editing, handing in again, making primary: what goes through, and each refusal (PRODUCT.md §6)."""

from __future__ import annotations

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import global_id, number_of
from player import value
from teachers import (
    PENDING,
    QINGHE,
    READY,
    REJECTED,
    TWO_SCHOOLS,
    XISHAN,
    YUQUAN,
    ZHONGGUANCUN,
    change,
    decide,
    newcomer,
    refusals,
    school_id,
    teacher,
)


async def test_a_first_record_is_pending_and_primary_by_itself(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    payload = await who.add(YUQUAN, teachingStage="JUNIOR_HIGH", subject=" 物理 ", grade="八年级")
    record = payload["record"]
    assert (record["state"], record["isPrimary"], record["version"]) == ("PENDING", True, 1)
    assert (record["teachingStage"], record["subject"], record["grade"]) == ("JUNIOR_HIGH", "物理", "八年级")
    assert record["submittedAt"].startswith("2024-08-20T09:00"), "by the domain's clock"
    assert payload["viewer"]["teachingRecords"] == [record]
    second = await who.added(QINGHE)
    assert (second["isPrimary"], second["teachingStage"], second["subject"]) == (False, None, None)


async def test_a_record_added_as_primary_takes_that_from_the_other(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    record = await who.added(YUQUAN, isPrimary=True)
    assert record["isPrimary"]
    assert [(one["school"]["name"], one["isPrimary"], one["version"]) for one in await who.records()] == [
        (YUQUAN, True, 1),
        (ZHONGGUANCUN, False, 2),
    ]


async def test_a_school_that_is_not_there_brings_the_manuals_guidance(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    unknown = [
        "",
        "nonsense",
        str(global_id("School", 2**62)),
        str(global_id("Region", 110108)),
        "U2Nob29sOjE=",
    ]
    for given in unknown:
        said = await who.act("teaching_record_add", schoolId=given)
        assert (said["record"], refusals(said)) == (None, [("SCHOOL_NOT_FOUND", ["schoolId"])])
        assert "请联系本校管理员，确认学校在平台里正确的名称及隶属关系" in said["userErrors"][0]["hint"]
        assert "请其与县区管理员联系新增学校" in said["userErrors"][0]["hint"]
    who.language = "en"
    said = await who.act("teaching_record_add", schoolId="")
    assert "the county administrator can add a missing one" in said["userErrors"][0]["hint"]


async def test_a_merged_school_is_refused_and_names_the_last_of_its_successors(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    for name, successor in ((XISHAN, QINGHE), (QINGHE, YUQUAN)):
        await change(
            gateway,
            "UPDATE school SET merged_at = now(), successor_id = (SELECT id FROM school WHERE name = $2)"
            " WHERE name = $1",
            name,
            successor,
        )
    said = await who.add(XISHAN)
    assert (said["record"], refusals(said)) == (None, [("SCHOOL_MERGED", ["schoolId"])])
    assert said["successor"]["name"] == YUQUAN
    assert "请选择合并后的学校" in said["userErrors"][0]["hint"]
    again = await who.act("teaching_record_add", schoolId=said["successor"]["id"])
    assert (again["record"]["school"], again["successor"]) == (said["successor"], None)
    moved = await who.act(
        "teaching_record_update",
        recordId=again["record"]["id"],
        version=1,
        schoolId=await school_id(gateway, QINGHE),
    )
    assert (refusals(moved), moved["successor"]["name"]) == ([("SCHOOL_MERGED", ["schoolId"])], YUQUAN)


async def test_one_record_for_a_school_while_it_is_active(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    record = await who.added(YUQUAN)
    said = await who.add(YUQUAN)
    assert refusals(said) == [("TEACHING_RECORD_EXISTS", ["schoolId"])]
    assert "您已添加过该学校的任教信息" in said["userErrors"][0]["message"]
    await who.leave(record["id"])
    again = await who.added(YUQUAN)
    assert again["id"] != record["id"]


async def test_ten_records_are_the_most(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT id FROM school WHERE merged_at IS NULL ORDER BY id LIMIT 11")
    *some, last = [str(global_id("School", row["id"])) for row in rows]
    for one in some:
        assert refusals(await who.act("teaching_record_add", schoolId=one)) == []
    for language, text in (("zh-CN", "已达上限（10 条）"), ("en", "at most 10")):
        who.language = language
        said = await who.act("teaching_record_add", schoolId=last)
        assert refusals(said) == [("TEACHING_RECORDS_EXCEEDED", [])]
        assert text in said["userErrors"][0]["message"]
    await who.leave((await who.records())[3]["id"])
    assert refusals(await who.act("teaching_record_add", schoolId=last)) == []


@pytest.mark.parametrize("phone", [READY, PENDING, REJECTED])
async def test_stage_subject_and_grade_are_free_and_the_verification_stays(
    gateway: Gateway, phone: str
) -> None:
    who = await teacher(gateway, phone)
    (before,) = await who.records()
    said = await who.act(
        "teaching_record_update",
        recordId=before["id"],
        version=before["version"],
        teachingStage="SENIOR_HIGH",
        subject="化学",
    )
    changed = {"teachingStage": "SENIOR_HIGH", "subject": "化学", "version": before["version"] + 1}
    assert said["record"] == {**before, **changed}
    cleared = await who.act(
        "teaching_record_update",
        recordId=before["id"],
        version=before["version"] + 1,
        grade=None,
        subject="  ",
    )
    assert (cleared["record"]["grade"], cleared["record"]["subject"]) == (None, None)
    assert cleared["record"]["state"] == before["state"]


async def test_an_edit_that_changes_nothing_keeps_the_version(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    (before,) = await who.records()
    said = await who.act(
        "teaching_record_update",
        recordId=before["id"],
        version=before["version"],
        subject=before["subject"],
        schoolId=before["school"]["id"],
    )
    assert (refusals(said), said["record"]) == ([], before)


async def test_a_stale_version_of_a_record_is_a_conflict(gateway: Gateway) -> None:
    who = await teacher(gateway, PENDING)
    (record,) = await who.records()
    await decide(gateway, record["id"])
    for version in (record["version"], record["version"] + 2, -1):
        said = await who.act("teaching_record_update", recordId=record["id"], version=version, subject="化学")
        assert (said["record"], refusals(said)) == (None, [("CONFLICT", ["version"])])


async def test_an_approved_records_school_is_locked(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    (record,) = await who.records()
    given = {"recordId": record["id"], "version": 1, "schoolId": await school_id(gateway, YUQUAN)}
    for language, text in (("zh-CN", "请先从学校移除后再修改。"), ("en", "Leave the school first")):
        who.language = language
        said = await who.act("teaching_record_update", **given, subject="化学")
        assert refusals(said) == [("FIELD_LOCKED_VERIFIED", ["schoolId"])]
        assert text in said["userErrors"][0]["hint"]
    assert await who.records() == [record], "nothing of a refused edit is written"


@pytest.mark.parametrize("phone", [PENDING, REJECTED])
async def test_another_school_hands_a_record_in_anew_and_forgets_the_decision(
    gateway: Gateway, phone: str
) -> None:
    who = await teacher(gateway, phone)
    (record,) = await who.records()
    await gateway.advance(days=1)
    said = await who.act(
        "teaching_record_update",
        recordId=record["id"],
        version=record["version"],
        schoolId=await school_id(gateway, YUQUAN),
        grade="九年级",
    )
    found = said["record"]
    assert (found["id"], found["school"]["name"], found["state"]) == (record["id"], YUQUAN, "PENDING")
    assert (found["reason"], found["decidedAt"], found["grade"]) == (None, None, "九年级")
    assert found["version"] > record["version"]
    assert found["submittedAt"] > record["submittedAt"]
    number = number_of(record["id"], "TeachingRecord")
    assert await value(gateway, "SELECT decided_by_id FROM teaching_record WHERE id = $1", number) is None


async def test_a_record_cannot_move_where_another_stands(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    record = await who.added(YUQUAN)
    await who.added(QINGHE)
    for school, code in ((QINGHE, "TEACHING_RECORD_EXISTS"), ("none", "SCHOOL_NOT_FOUND")):
        given = await school_id(gateway, school) if school != "none" else "none"
        said = await who.act("teaching_record_update", recordId=record["id"], version=1, schoolId=given)
        assert refusals(said) == [(code, ["schoolId"])]


async def test_a_rejected_record_is_handed_in_again_and_twice_is_once(gateway: Gateway) -> None:
    who = await teacher(gateway, REJECTED)
    (record,) = await who.records()
    assert record["reason"] == "姓名与本校教职工名册不一致"
    said = [await who.act("teaching_record_resubmit", recordId=record["id"]) for _ in range(2)]
    first, second = (one["record"] for one in said)
    assert first == second
    assert (first["state"], first["reason"], first["decidedAt"]) == ("PENDING", None, None)
    assert first["version"] == record["version"] + 1
    await decide(gateway, record["id"])
    late = await who.act("teaching_record_resubmit", recordId=record["id"])
    assert (late["record"], refusals(late)) == (None, [("ALREADY_DECIDED", ["recordId"])])


async def test_making_primary_moves_that_and_twice_is_once(gateway: Gateway) -> None:
    who = await teacher(gateway, TWO_SCHOOLS)
    other = (await who.records())[1]
    said = [await who.act("teaching_record_make_primary", recordId=other["id"]) for _ in range(2)]
    assert said[0] == said[1]
    assert said[0]["record"]["isPrimary"]
    assert [(one["id"] == other["id"], one["version"]) for one in await who.records()] == [
        (True, 2),
        (False, 2),
    ]
