"""Nobody prints what nobody approved, and no promise is moved or lost by what is not printed."""

from __future__ import annotations

from datetime import datetime

from certifying import approve, check, claim, confirm, graduate, page, preview, states, told
from gateway import Gateway
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.reads import due
from player import codes, value
from staffing import COUNTY_ADMIN, PLATFORM, SCHOOL_ADMIN, act, strong
from teachers import QINGHE, TWO_SCHOOLS, YUQUAN, ZHONGGUANCUN, Teacher, change, school_id

DUE = datetime(2024, 9, 18, 23, 59, 59, tzinfo=SHANGHAI)


async def record_at(who: Teacher, school: str) -> str:
    return next(str(one["id"]) for one in await who.records() if one["school"]["name"] == school)


async def test_a_name_edited_while_approved_is_not_printed_by_leaving_for_an_approved_school(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    await who.edit(name="温若禾")
    await who.leave(await record_at(who, ZHONGGUANCUN))
    for _ in range(2):
        await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]
    assert (await page(who))["nextStep"] == "AWAIT_REISSUE"


async def test_a_name_edited_after_leaving_for_an_approved_school_waits_for_an_approval(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await who.edit(name="温若禾")
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]
    await who.leave(await record_at(who, YUQUAN))
    await approve(gateway, str((await who.added(ZHONGGUANCUN))["id"]), by=SCHOOL_ADMIN)
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert (await page(who))["certificate"]["printed"]["name"] == "温*禾"


async def test_leaving_the_printed_school_counts_when_another_is_primary_by_then(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    await who.act("teaching_record_make_primary", recordId=await record_at(who, YUQUAN))
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "ISSUED")]
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert (await page(who))["certificate"]["printed"]["school"] == YUQUAN


async def test_withdrawing_a_second_application_leaves_the_certificate_alone(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await who.edit(name="温若禾")
    await who.leave(str((await who.added(QINGHE))["id"]))
    assert await states(gateway, who.id) == [(1, "ISSUED")]


async def test_another_school_of_a_second_record_moves_no_promise(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await who.edit(name="温若禾")
    await who.added(YUQUAN)
    due_then = datetime.fromisoformat((await page(who))["certificate"]["reissueDueAt"])
    assert due_then == DUE
    second = await who.added(QINGHE)
    await gateway.advance(days=3)
    moved = await who.act(
        "teaching_record_update",
        recordId=second["id"],
        version=second["version"],
        schoolId=await school_id(gateway, "北京市海淀区西杉高级中学"),
    )
    assert moved["userErrors"] == [], moved
    assert datetime.fromisoformat((await page(who))["certificate"]["reissueDueAt"]) == DUE


async def test_a_merge_lets_a_promised_reissue_go_ahead(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    await who.added(ZHONGGUANCUN, isPrimary=True)
    await who.leave(await record_at(who, YUQUAN))
    await change(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, submitted_at, decided_at)"
        " SELECT $1, id, 'APPROVED', false, domain_now(), domain_now() FROM school WHERE name = $2",
        who.id,
        QINGHE,
    )
    assert (await states(gateway, who.id))[-1] == (2, "REISSUE_PENDING")
    gone, stays = await school_id(gateway, ZHONGGUANCUN), await school_id(gateway, QINGHE)
    payload = await act(
        gateway, "school_merge", await gateway.token(COUNTY_ADMIN), schoolId=gone, successorId=stays
    )
    assert payload["userErrors"] == [], payload
    await gateway.sweep()
    assert (await states(gateway, who.id))[-1] == (3, "ISSUED")


async def test_a_promise_that_is_broken_is_counted_and_one_that_waits_for_people_is_not(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway)
    await claim(who)
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await who.edit(name="温若禾")
    late = datetime(2024, 10, 20, tzinfo=SHANGHAI)
    async with gateway.database.connection() as connection:
        assert await due.overdue_reissues(connection, late) == 0
    record = str((await who.added(ZHONGGUANCUN))["id"])
    await approve(gateway, record, by=SCHOOL_ADMIN)
    async with gateway.database.connection() as connection:
        assert await due.overdue_reissues(connection, late) == 1
    await gateway.sweep()
    async with gateway.database.connection() as connection:
        assert await due.overdue_reissues(connection, late) == 0


async def test_a_superseded_serial_leads_an_administrator_to_the_live_version(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    first = await claim(who)
    await who.leave(await record_at(who, ZHONGGUANCUN))
    await gateway.sweep()
    second = (await page(who))["certificate"]["serial"]
    token = await strong(gateway, PLATFORM)
    payload = await act(gateway, "certificate_void", token, serial=first["serial"], reason="代学")
    assert (payload["voided"], payload["serial"]) == (True, second)
    assert (await check(gateway, second))["outcome"] == "VOID"
    assert await told(gateway, who.id, "CERTIFICATE_VOIDED") == 1
    again = await act(gateway, "certificate_void", token, serial=first["serial"], reason="代学")
    assert again["voided"]
    assert await told(gateway, who.id, "CERTIFICATE_VOIDED") == 1


async def test_a_preview_confirms_once(gateway: Gateway) -> None:
    who = await graduate(gateway)
    token = (await preview(who))["preview"]["token"]
    serial = (await confirm(who, token))["certificate"]["serial"]
    strong_token = await strong(gateway, PLATFORM)
    await act(gateway, "certificate_void", strong_token, serial=serial, reason="代学")
    assert codes(await confirm(who, token)) == ["PREVIEW_STALE"]


async def test_a_check_shows_the_topic_as_it_was_printed(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    await change(gateway, "UPDATE topic SET title = '改名后的专题'")
    assert (await check(gateway, serial))["topic"] == "2024年暑期教师研修"
    assert await value(gateway, "SELECT title FROM topic LIMIT 1") == "改名后的专题"
