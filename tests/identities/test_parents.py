"""Between parent and teacher: nothing is wiped, teacher's acts are refused, progress is hidden (PRODUCT.md §5, §13)."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway import Gateway
from identifying import PARENT, Said, act, is_dead, left_of, new_phone, refusals, registered, student, viewer
from mobile_gateway.schema import operations
from player import GUIDE, READY, SHORT, Player, Session, answer, beat, inbox, player, run, value

TO_TEACHER, TO_PARENT = "identity_switch_to_teacher", "identity_switch_to_parent"
NOT_TEACHER = "IDENTITY_NOT_TEACHER"


async def switch(gateway: Gateway, who: Player, document: str) -> dict[str, Any]:
    """Switch, and go on with the answer's token."""
    payload = await act(gateway, document, who.token)
    assert refusals(payload) == []
    who.token = payload["session"]["accessToken"]
    found: dict[str, Any] = payload["session"]
    return found


async def test_a_parent_becomes_a_teacher_and_goes_back_without_a_confirmation(gateway: Gateway) -> None:
    session = await registered(gateway, "PARENT")
    token = session["accessToken"]
    for document, identity in ((TO_TEACHER, "TEACHER"), (TO_PARENT, "PARENT"), (TO_TEACHER, "TEACHER")):
        for _ in range(2):  # to what one is already: success
            renewed = (await act(gateway, document, token))["session"]
            assert renewed["identity"] == identity
            assert renewed["refreshToken"] is None
            assert (await viewer(gateway, renewed["accessToken"]))["identity"] == identity
    assert (await viewer(gateway, token))["identity"] == "TEACHER", "the sign-in goes on"
    refreshed = await act(gateway, "sign_in_refresh", None, refreshToken=session["refreshToken"])
    assert refreshed["session"]["identity"] == "TEACHER"


async def test_a_student_becomes_no_parent_and_nobody_a_student(gateway: Gateway) -> None:
    impossible: Said = [("IDENTITY_SWITCH_IMPOSSIBLE", [])]
    with_phone = (await registered(gateway, "STUDENT"))["accessToken"]
    without = (await student(gateway))["accessToken"]
    for token in (with_phone, without):
        assert refusals(await act(gateway, TO_PARENT, token)) == impossible
        assert (await viewer(gateway, token))["identity"] == "STUDENT"


async def test_a_parent_with_another_teachers_document_is_told_so(gateway: Gateway) -> None:
    token = await gateway.token(PARENT)
    copy = (
        "UPDATE person p SET (document_type, document_sealed, document_index, document_last4) ="
        " (SELECT document_type, document_sealed, document_index, document_last4 FROM person o"
        "   WHERE o.phone = $1) WHERE p.phone = $2"
    )
    await run(gateway, copy, READY, PARENT)
    assert refusals(await act(gateway, TO_TEACHER, token)) == [("ID_NUMBER_IN_USE", [])]
    assert (await viewer(gateway, token))["identity"] == "PARENT"
    assert refusals(await act(gateway, TO_PARENT, await gateway.token(READY))) == []
    assert refusals(await act(gateway, TO_TEACHER, token)) == [], "free while its holder is a parent"
    assert refusals(await act(gateway, TO_TEACHER, await gateway.token(READY))) == [("ID_NUMBER_IN_USE", [])]


async def test_of_two_parents_with_one_document_one_becomes_a_teacher(gateway: Gateway) -> None:
    phones = [new_phone() for _ in range(2)]
    tokens = [(await registered(gateway, "PARENT", phone))["accessToken"] for phone in phones]
    for _ in range(5):
        await run(
            gateway,
            "UPDATE person SET identity = 'PARENT', document_type = 'MAINLAND_ID', document_sealed = '\\x01',"
            " document_index = '\\x02', document_last4 = '1234' WHERE phone = ANY($1)",
            phones,
        )
        answers = await asyncio.gather(*(act(gateway, TO_TEACHER, token) for token in tokens))
        assert sorted(str(refusals(one)) for one in answers) == ["[('ID_NUMBER_IN_USE', [])]", "[]"]


async def test_while_a_parent_teachers_acts_are_refused_and_progress_is_hidden_not_lost(
    gateway: Gateway,
) -> None:
    who = await player(gateway)
    await who.watch(GUIDE)
    session = await who.open(SHORT)
    learned = await who.learned()
    assert learned > 0
    before = await left_of(gateway, who.person)
    await switch(gateway, who, TO_PARENT)
    assert (await who.enrol())["userErrors"][0]["code"] == NOT_TEACHER
    assert (await who.try_open(SHORT))["userErrors"][0]["code"] == NOT_TEACHER
    assert await session.say((0, 100)) == NOT_TEACHER
    page = await who.page()
    assert page["nextStep"] == "SWITCH_IDENTITY"
    assert page["progress"] is page["enrolment"] is page["certificateState"] is None
    assert all(course["progress"] is None for course in page["courses"])
    entry = await who.entry(GUIDE)
    assert (entry["state"], entry["resumePositionMs"], entry["missingSpans"]) == (None, None, [])
    mine = await gateway.data_of(operations.by_file()["my_training"], None, who.token)
    bench = await gateway.data_of(operations.by_file()["workbench"], None, who.token)
    assert mine["viewer"]["trainings"]["edges"] == bench["workbench"]["trainings"]["edges"] == []
    await switch(gateway, who, TO_TEACHER)
    assert await who.learned() == learned
    assert (await who.page())["nextStep"] == "LEARN"
    assert await left_of(gateway, who.person) == before


async def test_teacher_to_parent_while_a_video_plays(gateway: Gateway) -> None:
    who = await player(gateway)
    online, offline = await who.open(SHORT), await who.open(GUIDE, "OFFLINE")
    await online.play(0, 60_000)
    await switch(gateway, who, TO_PARENT)
    assert await value(gateway, "SELECT count(*) FROM playback_session WHERE ended_at IS NULL") == 0
    ended = await value(gateway, "SELECT max(ended_at) FROM playback_session")
    assert abs((ended - gateway.resources.clock.now()).total_seconds()) < 5, "by the evidence's clock"
    for session in (online, offline):
        assert await session.say((60_000, 60_100)) == NOT_TEACHER
    await gateway.advance(hours=1)
    await switch(gateway, who, TO_TEACHER)
    missing = (await who.entry(SHORT))["missingSpans"]
    assert missing == [{"fromMs": 60_000, "toMs": online.duration}], "what was accepted still counts"
    # Late beats of an ended session are taken, up to what could be played before its end.
    assert await online.say((60_000, 100_000)) == "ACCEPTED"
    assert await online.say((100_000, 200_000)) == "DEFERRED"
    again = await who.open(SHORT)
    await again.play(100_000, again.duration, rate=2.0)
    await who.learned()
    assert (await who.entry(SHORT))["state"] == "COMPLETED"


async def test_what_was_covered_is_judged_while_a_parent(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(GUIDE)
    await switch(gateway, who, TO_PARENT)
    await gateway.sweep()
    assert await value(gateway, "SELECT count(*) FROM completion WHERE person_id = $1", who.person) == 1
    assert "CERTIFICATE_READY" not in await inbox(gateway, who.person)
    await switch(gateway, who, TO_TEACHER)
    assert (await who.entry(GUIDE))["state"] == "COMPLETED"


async def test_beats_that_race_a_switch_are_accepted_before_it_or_not_at_all(gateway: Gateway) -> None:
    who = await player(gateway)
    seen: set[str] = set()
    for delay in (0.0, 0.4, 0.05, 0.1, 0.15, 0.2):  # before most beats, after most, in their midst
        session = await who.open(SHORT)
        await gateway.advance(seconds=60)
        said = await asyncio.gather(_later(gateway, who, delay), *_beats(session, 20))
        answers = [answer(one) for one in said if "results" in one]
        seen |= set(answers)
        assert set(answers) <= {"ACCEPTED", NOT_TEACHER}
        beats = await value(gateway, "SELECT count(*) FROM beat")
        assert await value(gateway, "SELECT count(*) FROM playback_session WHERE ended_at IS NULL") == 0
        assert answers.count("ACCEPTED") == await value(
            gateway, "SELECT count(*) FROM beat WHERE session_id = (SELECT max(id) FROM playback_session)"
        )
        assert answer(await session.record(beat(99, (0, 50)))) == NOT_TEACHER
        assert await value(gateway, "SELECT count(*) FROM beat") == beats
        await switch(gateway, who, TO_TEACHER)
    assert seen == {"ACCEPTED", NOT_TEACHER}, "both orders were seen"


def _beats(session: Session, count: int) -> list[Any]:
    async def one(n: int) -> dict[str, Any]:
        await asyncio.sleep(0.015 * n)
        return await session.record(beat(n, (n * 100, n * 100 + 100)))

    return [one(n) for n in range(count)]


async def _later(gateway: Gateway, who: Player, delay: float) -> dict[str, Any]:
    await asyncio.sleep(delay)
    return await act(gateway, TO_PARENT, who.token)


async def test_switches_at_once_to_and_fro_leave_one_identity_and_no_fault(gateway: Gateway) -> None:
    token = (await registered(gateway, "PARENT"))["accessToken"]
    for _ in range(3):
        answers = await asyncio.gather(*(act(gateway, name, token) for name in (TO_TEACHER, TO_PARENT) * 5))
        assert all(refusals(one) == [] for one in answers)
        last = (await viewer(gateway, token))["identity"]
        assert last in {"TEACHER", "PARENT"}


async def test_a_member_of_staff_keeps_the_roles_as_a_parent(gateway: Gateway) -> None:
    phone = "+8619900000012"
    token = await gateway.token(phone)
    before = (await viewer(gateway, token))["staffGrants"]
    renewed = (await act(gateway, TO_PARENT, token))["session"]
    assert (await viewer(gateway, renewed["accessToken"]))["staffGrants"] == before != []


async def test_an_ended_sign_in_switches_nothing(gateway: Gateway) -> None:
    session = await registered(gateway, "PARENT")
    await act(gateway, "sign_out", None, refreshToken=session["refreshToken"])
    assert await is_dead(gateway, session["accessToken"])
    for document in (TO_TEACHER, TO_PARENT):
        assert refusals(await act(gateway, document, session["accessToken"])) == [("SESSION_INVALID", [])]
