"""From student to teacher: what is shown, what is confirmed, what is gone (PRODUCT.md §5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway import Gateway
from identifying import (
    KEPT,
    PASSWORD,
    STUDENT_PHONE,
    a_minute_later,
    act,
    code_of,
    confirmation,
    identity_switch,
    is_dead,
    left_of,
    live_as_student,
    login,
    new_phone,
    newest_code,
    number_of_person,
    refusals,
    registered,
    school,
    student,
    tables_of_people,
    viewer,
)
from mobile_gateway.actions import switching, wiping
from mobile_gateway.clock import real
from mobile_gateway.reads import losses
from player import run, value

SWITCH = "identity_switch_to_teacher"
READ_WHOLE = """
SELECT relname, pg_stat_get_xact_numscans(oid) FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1
"""
# Cascades from what a wipe deletes. A partial index serves none, and one that others lead is read whole.
UNINDEXED = """
SELECT c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid
 WHERE c.contype = 'f' AND t.relname = ANY($1) AND NOT EXISTS (
   SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
      AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
"""
REQUIRED = [("WIPE_CONFIRMATION_REQUIRED", ["confirmationToken"])]


async def bind(gateway: Gateway, token: str) -> str:
    phone = new_phone()
    code = await code_of(gateway, "phone_bind_code_request", phone, "BIND_PHONE", token)
    assert refusals(await act(gateway, "phone_bind", token, phone=phone, code=code)) == []
    return phone


async def test_a_student_sees_exactly_what_will_be_lost(gateway: Gateway) -> None:
    session = await student(gateway)
    token, person = session["accessToken"], await number_of_person(gateway, session["accessToken"])
    await live_as_student(gateway, person)
    await bind(gateway, token)
    again = await act(gateway, "student_sign_in", None, **login(await school(gateway), "S20240001"))
    assert refusals(again) == []
    found = await identity_switch(gateway, token)
    assert (found["to"], found["phoneRequired"]) == (["TEACHER"], False)
    named = {loss["kind"]: loss["count"] for loss in found["wipe"]["losses"]}
    assert named == {
        "NAME": 1,
        "GENDER": 1,
        "EMAIL": 1,
        "IDENTITY_DOCUMENT": 1,
        "STUDENT_NUMBER": 1,
        "PASSWORD": 1,
        "INBOX_ITEMS": 1,
        "NOTIFICATION_PREFERENCES": 1,
        "DEVICES": 1,
        "OTHER_SIGN_INS": 1,
        "PHONE_CHANGES": 1,
        "LEARNING_RECORDS": 4,
        "TEACHING_RECORDS": 1,
    }
    assert all(loss["title"] for loss in found["wipe"]["losses"])


async def test_parents_and_teachers_lose_nothing_and_see_their_one_way(gateway: Gateway) -> None:
    for identity, way in (("PARENT", "TEACHER"), ("TEACHER", "PARENT")):
        session = await registered(gateway, identity)
        found = await identity_switch(gateway, session["accessToken"])
        assert found == {"to": [way], "phoneRequired": False, "wipe": None}


async def test_without_a_confirmation_nothing_is_wiped(gateway: Gateway) -> None:
    token = await gateway.token(STUDENT_PHONE)
    person = await gateway.person(STUDENT_PHONE)
    before = await left_of(gateway, person)
    for given in ({}, {"confirmationToken": None}, {"confirmationToken": ""}):
        assert refusals(await act(gateway, SWITCH, token, **given)) == REQUIRED
    assert await left_of(gateway, person) == before
    assert (await viewer(gateway, token))["identity"] == "STUDENT"


@pytest.mark.parametrize("text", ["x", "a.b.c", "\u202e", "令牌", "A" * 5000, "0" * 200 + "." + "1" * 43])
async def test_what_is_no_confirmation_is_refused_as_none(gateway: Gateway, text: str) -> None:
    token = await gateway.token(STUDENT_PHONE)
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=text)) == REQUIRED


async def test_a_confirmation_of_somebody_else_is_refused(gateway: Gateway) -> None:
    mine, other = await registered(gateway, "STUDENT"), await registered(gateway, "STUDENT")
    foreign = await confirmation(gateway, other["accessToken"])
    assert refusals(await act(gateway, SWITCH, mine["accessToken"], confirmationToken=foreign)) == REQUIRED
    own = await confirmation(gateway, mine["accessToken"])
    assert refusals(await act(gateway, SWITCH, mine["accessToken"], confirmationToken=own)) == []


async def test_a_confirmation_is_stale_once_what_it_names_has_changed(gateway: Gateway) -> None:
    token = await gateway.token(STUDENT_PHONE)
    person = await gateway.person(STUDENT_PHONE)
    for change in (
        "INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, 'CAMPAIGN', false)",
        "UPDATE person SET version = version + 1 WHERE id = $1",
    ):
        stale = await confirmation(gateway, token)
        await run(gateway, change, person)
        assert refusals(await act(gateway, SWITCH, token, confirmationToken=stale)) == REQUIRED
    fresh = await confirmation(gateway, token)
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=fresh)) == []


async def test_a_confirmation_ends_after_ten_minutes_of_the_real_clock(gateway: Gateway) -> None:
    session = await registered(gateway, "STUDENT")
    token = session["accessToken"]
    person = await number_of_person(gateway, token)
    sign_in = await value(gateway, "SELECT id FROM sign_in WHERE person_id = $1", person)
    async with gateway.database.connection() as connection:
        lost = await losses.of_student(connection, person, sign_in, real())
    keyring = gateway.resources.keyring
    late = switching.sign_confirmation(keyring, lost.confirmation, real() - timedelta(seconds=1))
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=late)) == REQUIRED
    await gateway.advance(days=3)
    wipe = (await identity_switch(gateway, token))["wipe"]
    ends = wipe["confirmationExpiresAt"]
    assert timedelta(minutes=9) < datetime.fromisoformat(ends) - real() <= timedelta(minutes=10)
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=wipe["confirmationToken"])) == []


async def test_a_student_without_a_phone_binds_one_first(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    found = await identity_switch(gateway, token)
    assert found["phoneRequired"] is True
    assert found["wipe"]["confirmationToken"] is found["wipe"]["confirmationExpiresAt"] is None
    assert refusals(await act(gateway, SWITCH, token)) == [("PHONE_REQUIRED", [])]
    await bind(gateway, token)
    assert refusals(await act(gateway, SWITCH, token)) == REQUIRED
    given = await confirmation(gateway, token)
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=given)) == []


async def test_the_wipe_leaves_the_phone_and_nothing_else_of_the_student(gateway: Gateway) -> None:
    session = await student(gateway)
    token, person = session["accessToken"], await number_of_person(gateway, session["accessToken"])
    await live_as_student(gateway, person)
    assert set(await left_of(gateway, person)) == set(await tables_of_people(gateway)) - KEPT, (
        "one row of each"
    )
    phone = await bind(gateway, token)
    audited = await value(gateway, "SELECT count(*) FROM audit_entry")
    switched = await act(gateway, SWITCH, token, confirmationToken=await confirmation(gateway, token))
    assert refusals(switched) == []
    assert await left_of(gateway, person) == {}
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM person WHERE id = $1", person)
    assert row is not None
    kept = {name: found for name, found in row.items() if found is not None}
    assert {"id", "created_at", "last_seen_at"} <= set(kept)
    del kept["created_at"], kept["last_seen_at"]
    assert kept.pop("version") == 3, "bound a phone, and wiped"
    assert kept == {
        "id": person,
        "identity": "TEACHER",
        "wipe_epoch": 1,
        "phone": phone,
        "locale": "zh-CN",
    }
    assert await value(gateway, "SELECT count(*) FROM audit_entry") == audited


async def test_the_wipe_finds_what_it_deletes_by_indexes(gateway: Gateway) -> None:
    session = await student(gateway)
    person = await number_of_person(gateway, session["accessToken"])
    await live_as_student(gateway, person)
    await bind(gateway, session["accessToken"])
    async with gateway.database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        before = await connection.fetch(READ_WHOLE)
        await wiping.wipe(connection, person, real())
        assert await connection.fetch(READ_WHOLE) == before


async def test_what_goes_with_what_is_deleted_has_an_index_of_its_own(gateway: Gateway) -> None:
    async with gateway.database.connection() as connection:
        without = await connection.fetch(UNINDEXED, [*wiping.KEYED_BY_PERSON])
    assert [row["conname"] for row in without] == []


async def test_after_the_wipe_only_the_session_of_the_answer_lives(gateway: Gateway) -> None:
    session = await student(gateway)
    token = session["accessToken"]
    given = login(await school(gateway), "S20240001")
    elsewhere = (await act(gateway, "student_sign_in", None, **given))["session"]
    phone = await bind(gateway, token)
    switched = await act(gateway, SWITCH, token, confirmationToken=await confirmation(gateway, token))
    fresh = switched["session"]
    assert (fresh["identity"], fresh["strongUntil"]) == ("TEACHER", None)
    assert (await viewer(gateway, fresh["accessToken"]))["identity"] == "TEACHER"
    for old in (session, elsewhere):
        assert await is_dead(gateway, old["accessToken"])
        refreshed = await act(gateway, "sign_in_refresh", None, refreshToken=old["refreshToken"])
        assert refusals(refreshed) == [("SESSION_INVALID", ["refreshToken"])]
    assert refusals(await act(gateway, SWITCH, token)) == [("SESSION_INVALID", [])]
    renewed = await act(gateway, "sign_in_refresh", None, refreshToken=fresh["refreshToken"])
    assert renewed["session"]["identity"] == "TEACHER"
    assert refusals(await act(gateway, "student_sign_in", None, **given)) == [("SIGN_IN_WRONG", [])]
    code = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    signed = await act(gateway, "sign_in", None, phone=phone, code=code, clientKind="WEB")
    assert signed["session"]["identity"] == "TEACHER"
    reasons = await value(
        gateway, "SELECT array_agg(DISTINCT end_reason) FROM sign_in WHERE ended_at IS NOT NULL"
    )
    assert reasons == ["WIPED"]


async def test_who_lost_the_answer_signs_in_again_and_switches_to_what_they_are(gateway: Gateway) -> None:
    phone = new_phone()
    token = (await registered(gateway, "STUDENT", phone))["accessToken"]
    given = await confirmation(gateway, token)
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=given)) == []
    assert refusals(await act(gateway, SWITCH, token, confirmationToken=given)) == [("SESSION_INVALID", [])]
    await a_minute_later(gateway)
    await act(gateway, "sign_in_code_request", None, phone=phone)
    code = await newest_code(gateway, phone, "SIGN_IN")
    signed = (await act(gateway, "sign_in", None, phone=phone, code=code, clientKind="APP"))["session"]
    person = await gateway.person(phone)
    await run(gateway, "UPDATE person SET name = '新的姓名' WHERE id = $1", person)
    again = await act(gateway, SWITCH, signed["accessToken"], confirmationToken=given)
    assert refusals(again) == []
    assert again["session"]["identity"] == "TEACHER"
    assert await value(gateway, "SELECT (wipe_epoch, name) FROM person WHERE id = $1", person) == (
        1,
        "新的姓名",
    )


async def test_a_wiped_student_number_can_be_registered_again(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    await bind(gateway, token)
    await act(gateway, SWITCH, token, confirmationToken=await confirmation(gateway, token))
    assert (await student(gateway))["identity"] == "STUDENT"


async def test_a_student_keeps_staff_roles_through_the_wipe(gateway: Gateway) -> None:
    token = await gateway.token(STUDENT_PHONE)
    person = await gateway.person(STUDENT_PHONE)
    await run(gateway, "INSERT INTO staff_grant (person_id, role) VALUES ($1, 'SUPPORT_AGENT')", person)
    switched = await act(gateway, SWITCH, token, confirmationToken=await confirmation(gateway, token))
    seen = await viewer(gateway, switched["session"]["accessToken"])
    assert [grant["role"] for grant in seen["staffGrants"]] == ["SUPPORT_AGENT"]


async def test_another_teacher_with_the_students_document_stands_in_nobodys_way(gateway: Gateway) -> None:
    session = await registered(gateway, "STUDENT")
    token, person = session["accessToken"], await number_of_person(gateway, session["accessToken"])
    await run(
        gateway,
        "UPDATE person p SET (document_type, document_sealed, document_index, document_last4) ="
        " (SELECT document_type, document_sealed, document_index, document_last4 FROM person o"
        "   WHERE o.phone = '+8619900000001') WHERE p.id = $1",
        person,
    )
    switched = await act(gateway, SWITCH, token, confirmationToken=await confirmation(gateway, token))
    assert refusals(switched) == []


async def test_an_anonymous_reader_switches_nothing(gateway: Gateway) -> None:
    for document in (SWITCH, "identity_switch_to_parent"):
        assert refusals(await act(gateway, document)) == [("UNAUTHENTICATED", [])]


async def test_the_password_is_never_answered_back(gateway: Gateway) -> None:
    given = login(await school(gateway), "S20240001", PASSWORD)
    answers = [await act(gateway, name, None, **given) for name in ("student_register", "student_sign_in")]
    assert PASSWORD not in str(answers)
