"""A wipe while beats, verdicts, deliveries, sign-ins and other wipes are in flight: nothing reappears."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from gateway import Gateway
from identifying import (
    a_minute_later,
    act,
    confirmation,
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
    viewer,
)
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.seals import PlaybackClaims, issue_playback
from mobile_gateway.workers import watching
from player import Player, beat, codes, run, value

SWITCH = "identity_switch_to_teacher"
ROUNDS = 6


async def living(gateway: Gateway) -> tuple[Player, str, str]:
    """A student with evidence of an older life: the person at a device, a playback token, and the phone."""
    phone = new_phone()
    session = await registered(gateway, "STUDENT", phone)
    person = await number_of_person(gateway, session["accessToken"])
    await live_as_student(gateway, person)
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM playback_session WHERE person_id = $1", person)
    assert row is not None
    claims = PlaybackClaims(person, 0, row["topic_id"], row["media_version_id"], row["id"])
    who = Player(gateway, session["accessToken"], person, await gateway.topic_id())
    return who, issue_playback(gateway.resources.keyring, claims), phone


async def beats(who: Player, playback: str, seq: int) -> dict[str, Any]:
    given = {
        "sessionToken": playback,
        "beats": [beat(seq, (seq * 10, seq * 10 + 10))],
        "positionMs": 7,
    }
    return await who.call("watch_record", given)


async def verdict(gateway: Gateway, person: int, due: tuple[int, int]) -> None:
    await watching.verify_watch(gateway.resources, person, *due)


async def due_of(gateway: Gateway, person: int) -> tuple[int, int]:
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT topic_id, media_version_id FROM coverage WHERE person_id = $1", person
        )
    assert row is not None
    return row["topic_id"], row["media_version_id"]


async def later(seconds: float, call: Any) -> Any:
    await asyncio.sleep(seconds)
    return await call


async def after(first: asyncio.Future[Any], call: Any) -> Any:
    await first
    return await call


WAITS = (0.0, 0.5, 0.02)
"""Verdicts before the switch, well after it, and in its midst: one round of each, and again."""


async def test_nothing_of_the_student_reappears_while_beats_and_verdicts_are_in_flight(
    gateway: Gateway,
) -> None:
    orders: set[str] = set()
    for place in range(ROUNDS):
        who, playback, _ = await living(gateway)
        due = await due_of(gateway, who.person)
        given = await confirmation(gateway, who.token)
        told = await value(gateway, "SELECT count(*) FROM inbox_item WHERE person_id = $1", who.person)
        assert told == 1
        judging = asyncio.ensure_future(later(WAITS[place % 3], verdict(gateway, who.person, due)))
        switching = act(gateway, SWITCH, who.token, confirmationToken=given)
        switched, *said = await asyncio.gather(
            after(judging, switching) if place % 3 == 0 else switching,
            *(beats(who, playback, seq) for seq in range(20)),
            judging,
            later(WAITS[place % 3], verdict(gateway, who.person, due)),
            later(WAITS[place % 3] + 0.01, gateway.sweep()),
        )
        # A verdict that came first brought a completion, which the confirmation did not name.
        if refusals(switched):
            assert refusals(switched) == [("WIPE_CONFIRMATION_REQUIRED", ["confirmationToken"])]
            given = await confirmation(gateway, who.token)
            switched = await act(gateway, SWITCH, who.token, confirmationToken=given)
            orders.add("verdict")
        else:
            orders.add("wipe")
        assert refusals(switched) == []
        answers = {code for one in said if one for code in codes(one)}
        assert answers <= {"IDENTITY_NOT_TEACHER", "SESSION_INVALID"}
        await verdict(gateway, who.person, due)
        await gateway.sweep()
        assert codes(await beats(who, playback, 50)) == ["SESSION_INVALID"]
        assert await left_of(gateway, who.person) == {}
        assert await value(gateway, "SELECT wipe_epoch FROM person WHERE id = $1", who.person) == 1
        fresh = switched["session"]["accessToken"]
        who.token = fresh
        assert codes(await beats(who, playback, 51)) == ["SESSION_INVALID"], "an old session, a new token"
        page = await who.page()
        assert page["progress"] is page["enrolment"] is None
        assert page["nextStep"] == "COMPLETE_PROFILE"
    assert orders == {"wipe", "verdict"}, "both orders were seen"


async def test_a_teachers_beats_of_the_old_epoch_do_nothing(gateway: Gateway) -> None:
    who, playback, _ = await living(gateway)
    due = await due_of(gateway, who.person)
    # As if the rows of an older epoch had been left behind: the comparison of epochs alone must hold.
    await run(
        gateway,
        "UPDATE person SET identity = 'TEACHER', wipe_epoch = wipe_epoch + 1 WHERE id = $1",
        who.person,
    )
    before = await left_of(gateway, who.person)
    assert codes(await beats(who, playback, 1)) == ["SESSION_INVALID"]
    await verdict(gateway, who.person, due)
    await gateway.sweep()
    after = await left_of(gateway, who.person)
    assert after == before
    assert await value(gateway, "SELECT verdict_at FROM coverage WHERE person_id = $1", who.person) is None


async def test_two_switches_at_once_wipe_once(gateway: Gateway) -> None:
    for _ in range(ROUNDS):
        session = await registered(gateway, "STUDENT")
        token, person = session["accessToken"], await number_of_person(gateway, session["accessToken"])
        given = await confirmation(gateway, token)
        answers = await asyncio.gather(
            *(act(gateway, SWITCH, token, confirmationToken=given) for _ in range(6))
        )
        said = sorted(str(refusals(one)) for one in answers)
        assert said == ["[('SESSION_INVALID', [])]"] * 5 + ["[]"]
        (fresh,) = [one["session"]["accessToken"] for one in answers if one["session"]]
        assert (await viewer(gateway, fresh))["identity"] == "TEACHER"
        assert await value(gateway, "SELECT wipe_epoch FROM person WHERE id = $1", person) == 1
        alive = "SELECT count(*) FROM sign_in WHERE person_id = $1 AND ended_at IS NULL"
        assert await value(gateway, alive, person) == 1


async def test_a_sign_in_and_a_refresh_that_race_a_wipe_are_of_the_new_epoch_or_dead(
    gateway: Gateway,
) -> None:
    for _ in range(ROUNDS):
        phone = new_phone()
        session = await registered(gateway, "STUDENT", phone)
        token = session["accessToken"]
        await a_minute_later(gateway)
        await act(gateway, "sign_in_code_request", None, phone=phone)
        code = await newest_code(gateway, phone, "SIGN_IN")
        given = await confirmation(gateway, token)
        switched, signed, refreshed, device = await asyncio.gather(
            act(gateway, SWITCH, token, confirmationToken=given),
            act(gateway, "sign_in", None, phone=phone, code=code, clientKind="WEB"),
            act(gateway, "sign_in_refresh", None, refreshToken=session["refreshToken"]),
            act(gateway, "device_register", token, token=f"raced-{phone}", platform="IOS"),
        )
        person = await gateway.person(phone)
        if refusals(
            switched
        ):  # the sign-in or the device came first: both are named, so the confirmation is stale
            assert refusals(switched) == [("WIPE_CONFIRMATION_REQUIRED", ["confirmationToken"])]
            continue
        alive = await value(
            gateway,
            "SELECT count(*) FROM sign_in s JOIN person p ON p.id = s.person_id"
            " WHERE p.id = $1 AND s.ended_at IS NULL AND s.wipe_epoch <> p.wipe_epoch",
            person,
        )
        assert alive == 0
        assert signed["session"]["identity"] == "TEACHER"
        assert (await viewer(gateway, signed["session"]["accessToken"]))["identity"] == "TEACHER"
        if refreshed["session"]:
            again = await act(
                gateway, "sign_in_refresh", None, refreshToken=refreshed["session"]["refreshToken"]
            )
            assert refusals(again) == [("SESSION_INVALID", ["refreshToken"])]
        assert refusals(device) == [("SESSION_INVALID", [])]
        assert await value(gateway, "SELECT count(*) FROM device WHERE person_id = $1", person) == 0


async def test_a_password_that_is_compared_while_its_account_is_wiped_signs_nobody_in(
    gateway: Gateway,
) -> None:
    said: set[str] = set()
    for place, delay in enumerate((0.1, 0.1, 0.2, 0.0)):
        number = f"RACE{place:04d}"
        token = (await student(gateway, number))["accessToken"]
        person, phone = await number_of_person(gateway, token), new_phone()
        await run(gateway, "UPDATE person SET phone = $2 WHERE id = $1", person, phone)
        given = await confirmation(gateway, token)
        typed = login(await school(gateway), number)
        switched, *signed = await asyncio.gather(
            later(delay, act(gateway, SWITCH, token, confirmationToken=given)),
            *(act(gateway, "student_sign_in", None, **typed) for _ in range(3)),
        )
        if not refusals(switched):  # else a sign-in came first, which the confirmation did not name
            said |= {str(refusals(one)) for one in signed}
        alive = (
            "SELECT count(*) FROM sign_in s JOIN person p ON p.id = s.person_id"
            " WHERE p.id = $1 AND s.ended_at IS NULL AND (s.wipe_epoch <> p.wipe_epoch OR p.wipe_epoch = 1)"
        )
        assert await value(gateway, alive, person) == (0 if refusals(switched) else 1)
    assert said == {"[('SIGN_IN_WRONG', [])]"}


async def test_deliveries_that_are_being_sent_do_not_hold_up_a_wipe_nor_come_back(gateway: Gateway) -> None:
    for _ in range(ROUNDS):
        who, _, _ = await living(gateway)
        await run(
            gateway,
            "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
            ' SELECT $1, \'TOPIC_COMPLETED\', \'topic:\' || n, \'SERVICE\', \'{"topic": "x", "topic_en": "x",'
            '        "topic_id": "1", "credits": "1.00"}\', now() FROM generate_series(2, 40) n',
            who.person,
        )
        await run(
            gateway,
            "INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)"
            " SELECT $1, i.id, d.id, 'SERVICE', 'DUE', now() FROM inbox_item i, device d"
            "  WHERE i.person_id = $1 AND d.person_id = $1 AND d.state = 'ACTIVE'"
            " ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING",
            who.person,
        )
        given = await confirmation(gateway, who.token)
        switched, *_ = await asyncio.gather(
            act(gateway, SWITCH, who.token, confirmationToken=given),
            gateway.sweep(),
            later(0.01, gateway.sweep()),
            act(
                gateway,
                "device_register",
                await gateway.token("+8619900000002"),
                token=f"token-of-{who.person}",
                platform="IOS",
            ),
        )
        if refusals(switched):  # the device changed hands first
            given = await confirmation(gateway, who.token)
            switched = await act(gateway, SWITCH, who.token, confirmationToken=given)
        assert refusals(switched) == []
        await gateway.sweep()
        assert await left_of(gateway, who.person) == {}
        read = await act(
            gateway,
            "inbox_item_mark_read",
            switched["session"]["accessToken"],
            itemId=str(global_id("InboxItem", 1)),
        )
        assert refusals(read) == [("NOT_FOUND", ["itemId"])]


async def test_a_notice_that_is_being_written_during_a_wipe_does_not_survive_it(gateway: Gateway) -> None:
    session = await registered(gateway, "STUDENT")
    token, person = session["accessToken"], await number_of_person(gateway, session["accessToken"])
    given = await confirmation(gateway, token)
    writer = await asyncpg.connect(gateway.resources.settings.database_url)
    async with writer.transaction():
        await writer.execute(
            "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
            " VALUES ($1, 'CAMPAIGN', 'campaign:1', 'MARKETING', '{}', now())",
            person,
        )
        switching = asyncio.create_task(act(gateway, SWITCH, token, confirmationToken=given))
        _, waiting = await asyncio.wait([switching], timeout=1)
        assert waiting, "the switch waits for who writes"
    await writer.close()
    assert refusals(await switching) == []
    assert await value(gateway, "SELECT count(*) FROM inbox_item WHERE person_id = $1", person) == 0
