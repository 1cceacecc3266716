"""Leaving, editing and coming back: what becomes of a certificate (PRODUCT.md §8 and §13)."""

from __future__ import annotations

from datetime import datetime

from certifying import AUTUMN, approve, check, claim, graduate, obstacles, page, states, told, versions
from gateway import Gateway
from mobile_gateway.clock import SHANGHAI
from player import value
from staffing import SCHOOL_ADMIN, act, record_id, record_of
from teachers import TWO_SCHOOLS, YUQUAN, ZHONGGUANCUN, Teacher, change


async def left(who: Teacher) -> None:
    """Leave the primary school."""
    record = next(one for one in await who.records() if one["isPrimary"])
    assert (await who.leave(record["id"]))["userErrors"] == []


async def back(who: Teacher, school: str = ZHONGGUANCUN) -> str:
    """Add a school again; its record."""
    return str((await who.added(school))["id"])


async def test_who_leaves_and_comes_back_unchanged_keeps_the_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    await left(who)
    assert (await page(who))["certificate"]["state"] == "ISSUED"
    record = await back(who)
    assert (await page(who))["certificate"]["state"] == "ISSUED"
    await approve(gateway, record, by=SCHOOL_ADMIN)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "ISSUED")]
    assert (await check(gateway, serial))["outcome"] == "VALID"
    assert await value(gateway, "SELECT left_at FROM certificate WHERE person_id = $1", who.id) is None
    assert await told(gateway, who.id, "CERTIFICATE_REISSUED") == 0


async def test_a_name_edited_while_approved_changes_the_profile_alone(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    assert (await who.edit(name="温若禾"))["userErrors"] == []
    await gateway.sweep()
    assert (await who.profile())["name"] == "温若禾"
    assert await states(gateway, who.id) == [(1, "ISSUED")]
    found = await check(gateway, serial)
    assert (found["outcome"], found["maskedName"][0]) == (
        "VALID",
        (await page(who))["certificate"]["printed"]["name"][0],
    )


async def test_an_edit_after_leaving_is_made_anew_once_the_teacher_is_verified_again(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway)
    first = await claim(who)
    await gateway.sweep()
    await left(who)
    assert (await who.edit(name="温若禾"))["userErrors"] == []
    pending = (await page(who))["certificate"]
    assert (pending["state"], (await page(who))["nextStep"]) == ("REISSUE_PENDING", "AWAIT_REISSUE")
    # 2024-09-10 and five working days: 11, 12, 13, 14, 18.
    assert datetime.fromisoformat(pending["reissueDueAt"]) == datetime(
        2024, 9, 18, 23, 59, 59, tzinfo=SHANGHAI
    )
    updating = await check(gateway, first["serial"])
    assert (updating["outcome"], updating["message"]) == ("UPDATING", "证书有效，信息更新中")
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]
    await approve(gateway, await back(who), by=SCHOOL_ADMIN)
    await gateway.advance(hours=1)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    second = (await page(who))["certificate"]
    assert second["serial"] != first["serial"]
    assert second["firstIssuedAt"] == first["firstIssuedAt"]
    assert second["issuedAt"] > first["issuedAt"]
    assert second["printed"]["name"] == "温*禾"
    assert second["ready"]
    old = await check(gateway, first["serial"])
    assert (old["outcome"], old["message"]) == ("VOID", "证书已作废")
    assert (await check(gateway, second["serial"]))["outcome"] == "VALID"
    history = await versions(who)
    assert [(one["version"], one["voidReason"]) for one in history] == [(2, None), (1, "REISSUED")]
    assert history[1]["voidMessage"] == "信息已更新，已颁发新证书"
    assert await told(gateway, who.id, "CERTIFICATE_REISSUED") == 1
    await gateway.sweep()
    assert len(await states(gateway, who.id)) == 2


async def test_another_school_is_a_change_as_soon_as_it_is_chosen(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await left(who)
    assert (await page(who))["certificate"]["state"] == "ISSUED"
    await back(who, YUQUAN)
    assert (await page(who))["certificate"]["state"] == "REISSUE_PENDING"


async def test_edited_again_while_pending_makes_one_with_the_newest_data(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await left(who)
    await who.edit(name="温若禾")
    await gateway.advance(days=2)
    await who.edit(name="温若书")
    due = datetime.fromisoformat((await page(who))["certificate"]["reissueDueAt"])
    assert due == datetime(2024, 9, 20, 23, 59, 59, tzinfo=SHANGHAI)
    await approve(gateway, await back(who), by=SCHOOL_ADMIN)
    await gateway.sweep()
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert (await page(who))["certificate"]["printed"]["name"] == "温*书"


async def test_edited_back_is_as_it_was_at_the_approval(gateway: Gateway) -> None:
    who = await graduate(gateway)
    name = (await who.profile())["name"]
    serial = (await claim(who))["serial"]
    await left(who)
    await who.edit(name="温若禾")
    await who.edit(name=name)
    assert (await page(who))["certificate"]["state"] == "REISSUE_PENDING"
    await approve(gateway, await back(who), by=SCHOOL_ADMIN)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "ISSUED")]
    assert (await check(gateway, serial))["outcome"] == "VALID"


async def test_approved_after_the_promised_day_is_kept_by_the_next_working_day(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await left(who)
    await who.edit(name="温若禾")
    await gateway.set_time(datetime(2024, 9, 30, 16, tzinfo=SHANGHAI))
    await approve(gateway, await back(who), by=SCHOOL_ADMIN)
    due = datetime.fromisoformat((await page(who))["certificate"]["reissueDueAt"])
    assert due == datetime(2024, 10, 8, 23, 59, 59, tzinfo=SHANGHAI)


async def test_a_rejected_return_leaves_it_pending(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await left(who)
    await who.edit(name="温若禾")
    record = await back(who)
    version = await value(
        gateway, "SELECT version FROM teaching_record WHERE person_id = $1 AND left_at IS NULL", who.id
    )
    given = {"recordId": record, "version": version, "outcome": "REJECTED", "reason": "非本校教师"}
    payload = await act(gateway, "verification_decide", await gateway.token(SCHOOL_ADMIN), decisions=[given])
    assert payload["userErrors"] == []
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]


async def test_leaving_for_a_second_approved_school_is_made_anew_at_once(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    await left(who)
    assert await who.primary() == YUQUAN
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert (await page(who))["certificate"]["printed"]["school"] == YUQUAN


async def test_choosing_another_approved_school_alone_changes_no_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    other = next(one for one in await who.records() if not one["isPrimary"])
    await who.act("teaching_record_make_primary", recordId=other["id"])
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "ISSUED")]


async def test_a_removal_by_the_admin_opens_the_certificate_too(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    number = await record_of(gateway, "+8619900000001")
    payload = await act(
        gateway,
        "teacher_remove",
        await gateway.token(SCHOOL_ADMIN),
        recordId=record_id(number),
        reason="已调离",
    )
    assert payload["userErrors"] == []
    await who.edit(name="温若禾")
    assert (await page(who))["certificate"]["state"] == "REISSUE_PENDING"


async def test_a_name_that_cannot_be_printed_waits_and_the_old_one_stays_valid(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    await left(who)
    await who.edit(name="王\U000323ab")
    await approve(gateway, await back(who), by=SCHOOL_ADMIN)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]
    assert (await check(gateway, serial))["outcome"] == "UPDATING"
    await change(gateway, "UPDATE person SET name = '王若禾' WHERE id = $1", who.id)
    await gateway.advance(hours=2)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]


async def test_approved_removed_and_approved_again_is_told_ready_once(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await left(who)
    assert await obstacles(who) == ["IDENTITY_NOT_VERIFIED"]
    for _ in range(2):
        await approve(gateway, await back(who), by=SCHOOL_ADMIN)
        await left(who)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1
    assert gateway.resources.clock.now() > AUTUMN
