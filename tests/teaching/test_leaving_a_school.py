"""Leaving a school: the manual's question 6, and what follows from it (PRODUCT.md §6, §13)."""

from __future__ import annotations

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from player import GUIDE, player, value
from teachers import (
    INCOMPLETE,
    PENDING,
    QINGHE,
    READY,
    REJECTED,
    TWO_SCHOOLS,
    WRONG_STAGE,
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

WARNING = "移除学校后请尽快添加正确的任教信息并及时联系学校管理员重新审核通过，以免影响证书发放和学校管理员查看学习情况"


async def test_leaving_works_while_approved_and_answers_with_the_manuals_warning(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    (record,) = await who.records()
    said = await who.leave(record["id"])
    assert said["userErrors"] == []
    assert WARNING in said["warning"]
    left = said["record"]
    assert (left["state"], left["isPrimary"], left["version"]) == ("REMOVED", False, record["version"] + 1)
    assert left["leftAt"].startswith("2024-08-20T09:00")
    assert left["decidedAt"] == record["decidedAt"]
    assert said["viewer"]["teachingRecords"] == []
    assert said["viewer"]["missingForEnrolment"] == ["PRIMARY_TEACHING_RECORD"]
    assert (await who.profile())["pastTeachingRecords"] == [left]


async def test_leaving_needs_to_be_confirmed(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    before = await who.records()
    for language, text in (("zh-CN", WARNING), ("en", "have the school verify it again")):
        who.language = language
        said = await who.leave(before[0]["id"], confirmed=False)
        assert (said["record"], said["warning"]) == (None, None)
        assert refusals(said) == [("LEAVE_NOT_CONFIRMED", ["confirmed"])]
        assert text in said["userErrors"][0]["hint"]
    assert await who.records() == before


async def test_the_warning_is_in_the_viewers_language(gateway: Gateway) -> None:
    who = await teacher(gateway, PENDING, language="en")
    (record,) = await who.records()
    assert "add the right teaching information soon" in (await who.leave(record["id"]))["warning"]


async def test_who_was_not_verified_has_withdrawn(gateway: Gateway) -> None:
    for phone in (PENDING, REJECTED):
        who = await teacher(gateway, phone)
        (record,) = await who.records()
        assert (await who.leave(record["id"]))["record"]["state"] == "WITHDRAWN"


async def test_leaving_twice_is_once(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    (record,) = await who.records()
    first = await who.leave(record["id"])
    await gateway.advance(hours=1)
    assert await who.leave(record["id"]) == first


async def test_the_oldest_approved_becomes_primary_else_the_oldest_pending_else_none(
    gateway: Gateway,
) -> None:
    who = await newcomer(gateway)
    ids = {}
    for name in (ZHONGGUANCUN, QINGHE, XISHAN, YUQUAN):
        ids[name] = (await who.added(name))["id"]
        await gateway.advance(minutes=1)
    await decide(gateway, ids[QINGHE], "REJECTED", "名册不一致")
    await decide(gateway, ids[YUQUAN])
    assert await who.primary() == ZHONGGUANCUN
    await who.leave(ids[ZHONGGUANCUN])
    assert await who.primary() == YUQUAN, "the approved one, though it is the youngest"
    await who.leave(ids[YUQUAN])
    assert await who.primary() == XISHAN, "the pending one, though the rejected one is older"
    await who.leave(ids[XISHAN])
    assert await who.primary() is None
    assert [one["school"]["name"] for one in await who.records()] == [QINGHE]
    await who.act("teaching_record_resubmit", recordId=ids[QINGHE])
    assert await who.primary() == QINGHE, "a record that may be primary is, where there is none"


async def test_leaving_a_record_that_is_not_primary_leaves_the_primary_alone(gateway: Gateway) -> None:
    who = await teacher(gateway, TWO_SCHOOLS)
    first, second = await who.records()
    await who.leave(second["id"])
    assert await who.records() == [first]


async def test_two_approved_schools_hand_the_primary_over_in_the_order_they_were_handed_in(
    gateway: Gateway,
) -> None:
    who = await teacher(gateway, TWO_SCHOOLS)
    await who.leave((await who.records())[0]["id"])
    (left,) = await who.records()
    assert (left["school"]["name"], left["isPrimary"], left["version"]) == (YUQUAN, True, 2)


async def test_what_was_learned_is_untouched_by_leaving(gateway: Gateway) -> None:
    learner = await player(gateway)
    await learner.watch(GUIDE)
    learned = await learner.learned()
    assert learned == 30_000
    page = await learner.page()
    who = await teacher(gateway, READY)
    (record,) = await who.records()
    assert (await who.leave(record["id"]))["userErrors"] == []
    after = await learner.page()
    assert after == page
    rows = "SELECT count(*) FROM credit_entry WHERE person_id = $1"
    assert await value(gateway, rows, who.id) > 0
    await who.added(YUQUAN)
    assert await learner.page() == page


async def test_leave_change_nothing_return_and_be_approved_gives_the_same_profile(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    profile = await who.profile()
    (record,) = profile.pop("teachingRecords")
    await who.leave(record["id"])
    assert refusals(await who.act("profile_update", version=profile["version"])) == []
    again = await who.added(ZHONGGUANCUN, teachingStage="PRIMARY", subject="语文", grade="三年级")
    assert (again["state"], again["isPrimary"]) == ("PENDING", True)
    await decide(gateway, again["id"])
    (back,) = await who.records()
    same = ("school", "isPrimary", "schoolLocked", "teachingStage", "subject", "grade", "state", "reason")
    assert {name: back[name] for name in same} == {name: record[name] for name in same}
    after = await who.profile()
    unchanged = set(profile) - {"pastTeachingRecords"}
    assert {name: after[name] for name in unchanged} == {name: profile[name] for name in unchanged}
    row = "SELECT name || document_last4 || version FROM person WHERE id = $1"
    assert (await value(gateway, row, who.id)).startswith("林知夏")


async def test_the_next_step_follows_the_record(gateway: Gateway) -> None:
    learner = await player(gateway, READY, enrolled=False)
    who = await teacher(gateway, READY)
    assert await who.next_step() == "ENROL"
    (record,) = await who.records()
    await who.leave(record["id"])
    assert await who.next_step() == "COMPLETE_PROFILE"
    said = await learner.enrol()
    assert refusals(said) == [("PROFILE_INCOMPLETE", [])]
    assert "当前任教信息" in said["userErrors"][0]["message"]
    again = await who.added(ZHONGGUANCUN)
    assert await who.next_step() == "ENROL"
    await learner.enrol()
    assert await who.next_step() == "LEARN"
    await change(gateway, "UPDATE enrolment SET completed_at = now() WHERE person_id = $1", who.id)
    assert await who.next_step() == "AWAIT_VERIFICATION"
    await decide(gateway, again["id"], "REJECTED", "名册不一致")
    assert await who.next_step() == "COMPLETE_PROFILE"
    await who.act("teaching_record_resubmit", recordId=again["id"])
    assert await who.next_step() == "AWAIT_VERIFICATION"
    await decide(gateway, again["id"])
    assert await who.next_step() == "WAIT_FOR_OPENING"
    await who.leave(again["id"])
    assert await who.next_step() == "COMPLETE_PROFILE"


async def test_a_newcomer_fills_in_what_is_missing_and_enrols(gateway: Gateway) -> None:
    who = await teacher(gateway, INCOMPLETE)
    assert await who.next_step() == "COMPLETE_PROFILE"
    await who.edit(documentType="MAINLAND_ID", documentNumber="11010519491231002X")
    assert (await who.profile())["missingForEnrolment"] == ["PRIMARY_TEACHING_RECORD"]
    payload = await who.add(YUQUAN)
    assert payload["viewer"]["missingForEnrolment"] == []
    assert await who.next_step() == "ENROL"
    assert refusals(await who.act("topic_enrol", topicId=await gateway.topic_id())) == []


async def test_a_wrong_stage_is_refused_until_corrected_and_then_enrols_by_the_same_sign_in(
    gateway: Gateway,
) -> None:
    who = await teacher(gateway, WRONG_STAGE)
    (old,) = await who.records()
    assert await who.next_step() == "SCHOOL_NOT_ELIGIBLE"
    other = await who.added(QINGHE)
    assert await who.next_step() == "SCHOOL_NOT_ELIGIBLE", "the primary record decides"
    await who.act("teaching_record_make_primary", recordId=other["id"])
    assert await who.next_step() == "ENROL"
    await who.act("teaching_record_make_primary", recordId=old["id"])
    given = {"topicId": await gateway.topic_id()}
    assert refusals(await who.act("topic_enrol", **given)) == [("SCHOOL_NOT_BASIC_EDUCATION", [])]
    await change(
        gateway,
        "UPDATE school SET stage = 'PRIMARY' WHERE id = (SELECT school_id FROM teaching_record WHERE id = $1)",
        number_of(old["id"], "TeachingRecord"),
    )
    assert refusals(await who.act("topic_enrol", **given)) == []
    assert await who.next_step() == "LEARN"


async def test_a_school_can_be_chosen_again_after_it_was_left(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    for _ in range(3):
        (record,) = await who.records()
        await who.leave(record["id"])
        await who.act("teaching_record_add", schoolId=await school_id(gateway, ZHONGGUANCUN))
    assert len(await who.records()) == 1
    assert len((await who.profile())["pastTeachingRecords"]) == 3
