"""Deferral, replay, and the ends of ONLINE and OFFLINE sessions (PRODUCT.md §4, 3 to 6)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from gateway import Gateway
from player import (
    GUIDE,
    MEDIUM,
    MEDIUM_MS,
    SHORT,
    SHORT_MS,
    Player,
    accepted,
    beat,
    codes,
    moment,
    player,
    run,
    value,
)

END = moment("2024-10-01T00:00:00")


async def ended_at(gateway: Gateway, place: int) -> datetime | None:
    """The end of the session that was opened at a place."""
    found: datetime | None = await value(
        gateway, "SELECT ended_at FROM playback_session ORDER BY id OFFSET $1 LIMIT 1", place
    )
    return found


async def test_a_deferred_beat_is_not_stored_and_goes_through_later_under_a_new_number(
    gateway: Gateway,
) -> None:
    who = await player(gateway)
    session = await who.open()
    said = await session.record(beat(7, (0, 20_000)))
    assert [r["answer"] for r in said["results"]] == ["DEFERRED"]
    assert said["userErrors"] == []
    assert await value(gateway, "SELECT count(*) FROM beat") == 0
    assert (await who.entry(SHORT))["state"] == "NOT_STARTED"
    await gateway.advance(seconds=10)
    assert [r["answer"] for r in (await session.record(beat(8, (0, 20_000))))["results"]] == ["ACCEPTED"]
    assert await accepted(gateway, who.person) == 20_000


async def test_what_fits_is_accepted_beside_what_is_deferred(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    said = await session.record(beat(0, (0, 3_000)), beat(1, (3_000, 90_000)), beat(2, (3_000, 4_000)))
    assert [r["answer"] for r in said["results"]] == ["ACCEPTED", "DEFERRED", "ACCEPTED"]


async def test_a_replay_gets_the_stored_answer_and_another_payload_a_conflict(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await gateway.advance(seconds=30)
    first = await session.record(beat(0, (0, 10_000)))
    assert await session.record(beat(0, (0, 10_000))) == first
    said = await session.record(beat(1, (10_000, 11_000)), beat(0, (0, 20_000)), beat(1, (0, 9)))
    assert [r["answer"] for r in said["results"]] == ["ACCEPTED", "CONFLICT", "CONFLICT"]
    assert codes(said) == ["WATCH_BEAT_CONFLICT"] * 2
    assert [e["path"] for e in said["userErrors"]] == [["beats", "1", "seq"], ["beats", "2", "seq"]]
    assert await accepted(gateway, who.person) == 11_000


async def test_an_excess_above_five_seconds_raises_one_flag(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    assert await session.say((0, 9_000)) == "DEFERRED"
    assert await value(gateway, "SELECT count(*) FROM risk_flag") == 0
    for end in (100_000, 200_000, 150_000):
        assert await session.say((0, end)) == "DEFERRED"
    assert await value(gateway, "SELECT count(*) FROM risk_flag") == 1
    assert 194_000 < await value(gateway, "SELECT excess_ms FROM risk_flag") <= 195_000


async def test_opening_a_newer_session_ends_none_and_its_first_beat_ends_the_older(gateway: Gateway) -> None:
    who = await player(gateway)
    old = await who.open(SHORT)
    await gateway.advance(seconds=60)
    new = await who.open(MEDIUM)
    assert await ended_at(gateway, 0) is None
    assert await new.say((0, 90_000)) == "DEFERRED"
    assert await ended_at(gateway, 0) is None
    await gateway.advance(seconds=10)
    before = gateway.resources.clock.now()
    assert await new.say((0, 1_000)) == "ACCEPTED"
    end = await ended_at(gateway, 0)
    assert end is not None
    assert before <= end <= gateway.resources.clock.now()
    await gateway.advance(hours=1)
    assert await new.say((1_000, 2_000)) == "ACCEPTED"
    assert await ended_at(gateway, 0) == end
    assert await old.say((0, 144_000)) == "ACCEPTED"
    assert await old.say((144_000, 147_000)) == "DEFERRED"
    assert await ended_at(gateway, 1) is None


async def test_offline_sessions_neither_end_nor_are_ended(gateway: Gateway) -> None:
    who = await player(gateway)
    online = await who.open(SHORT)
    offline = await who.open(MEDIUM, "OFFLINE")
    newest = await who.open(GUIDE)
    await gateway.advance(seconds=30)
    assert await offline.say((0, 1_000)) == "ACCEPTED"
    assert await ended_at(gateway, 0) is None
    assert await newest.say((0, 1_000)) == "ACCEPTED"
    assert await ended_at(gateway, 0) is not None
    assert await ended_at(gateway, 1) is None
    assert await online.say((0, 1_000)) == "ACCEPTED"


async def test_the_21st_offline_session_alive_is_refused(gateway: Gateway) -> None:
    who = await player(gateway)
    said = await asyncio.gather(*(who.try_open(SHORT, "OFFLINE") for _ in range(25)))
    refused = [one for one in said if one["session"] is None]
    assert len(refused) == 5
    assert {code for one in refused for code in codes(one)} == {"OFFLINE_SESSIONS_EXCEEDED"}
    assert "20" in refused[0]["userErrors"][0]["message"]
    assert (await who.open(MEDIUM)).earns
    await gateway.advance(days=7)
    assert (await who.open(MEDIUM, "OFFLINE")).earns


async def test_an_offline_session_whose_video_is_covered_frees_its_place(gateway: Gateway) -> None:
    who = await player(gateway)
    sessions = [await who.open(SHORT, "OFFLINE") for _ in range(19)]
    sessions.append(await who.open(GUIDE, "OFFLINE"))
    assert codes(await who.try_open(MEDIUM, "OFFLINE")) == ["OFFLINE_SESSIONS_EXCEEDED"]
    await sessions[-1].play(0, 30_000)
    assert codes(await who.try_open(MEDIUM, "OFFLINE")) == []


async def test_an_offline_session_expires_after_seven_days(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(SHORT, "OFFLINE")
    online = await who.open(MEDIUM)
    await gateway.advance(days=7, seconds=-10)
    assert await session.say((0, 60_000)) == "ACCEPTED"
    await gateway.advance(seconds=10)
    assert await session.say((60_000, 90_000)) == "WATCH_SESSION_EXPIRED"
    assert await online.say((0, MEDIUM_MS)) == "ACCEPTED"
    assert await accepted(gateway, who.person) == 60_000 + MEDIUM_MS


async def test_beats_are_taken_for_48_hours_after_the_window_and_not_longer(gateway: Gateway) -> None:
    await gateway.set_time(END - timedelta(minutes=5))
    who = await player(gateway)
    session = await who.open(SHORT)
    second = await who.open(MEDIUM)
    await gateway.set_time(END + timedelta(hours=48, seconds=-5))
    assert await session.say((0, SHORT_MS), rate=2.0) == "ACCEPTED"
    await gateway.set_time(END + timedelta(hours=48))
    assert await second.say((0, 60_000)) == "WATCH_SESSION_EXPIRED"
    assert await who.learned() == SHORT_MS


async def test_after_the_window_a_session_ends_with_the_window(gateway: Gateway) -> None:
    await gateway.set_time(END - timedelta(seconds=60))
    who = await player(gateway)
    session = await who.open(SHORT)
    await gateway.set_time(END + timedelta(hours=40))
    assert await session.say((0, 120_000), rate=2.0) == "ACCEPTED"
    assert await session.say((120_000, 126_000)) == "DEFERRED"


async def test_a_session_opened_at_the_windows_end_earns_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    await gateway.set_time(END)
    session = await who.open(GUIDE)
    assert not session.earns
    assert set(await session.play(0, 30_000)) == {"NOT_COUNTED"}
    assert await who.learned() == 0
    assert await value(gateway, "SELECT count(*) FROM coverage") == 0


async def test_the_last_beat_counts_though_the_worker_comes_five_minutes_into_october(
    gateway: Gateway,
) -> None:
    await gateway.set_time(END - timedelta(minutes=5))
    who = await player(gateway)
    session = await who.open(SHORT)
    await gateway.set_time(END - timedelta(milliseconds=900))
    assert await session.say((0, SHORT_MS)) == "ACCEPTED"
    await gateway.set_time(END + timedelta(minutes=5))
    assert await who.learned() == SHORT_MS
    assert await value(gateway, "SELECT max(earned_at) < $1 FROM credit_entry", END)


async def test_what_was_watched_before_enrolling_does_not_count_afterwards(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    early = await who.open(SHORT)
    assert not early.earns
    await early.play(0, 441_706, rate=2.0)
    await who.enrol()
    assert await early.say((441_706, SHORT_MS)) == "NOT_COUNTED"
    late = await who.open(SHORT)
    await late.play(441_706, SHORT_MS, rate=2.0)
    assert await who.learned() == 0
    assert (await who.entry(SHORT))["missingSpans"] == [{"fromMs": 0, "toMs": 441_706}]


async def test_what_was_watched_before_the_window_does_not_count_afterwards(gateway: Gateway) -> None:
    who = await player(gateway)
    await gateway.set_time(moment("2024-07-19T23:50:00"))
    early = await who.open(SHORT)
    assert not early.earns
    assert set(await early.play(0, 441_706, rate=2.0)) == {"NOT_COUNTED"}
    await gateway.set_time(moment("2024-07-20T00:00:00"))
    assert await early.say((0, SHORT_MS)) == "NOT_COUNTED"
    late = await who.open(SHORT)
    await late.play(441_706, SHORT_MS, rate=2.0)
    assert await who.learned() == 0


async def test_playing_that_does_not_count_keeps_a_resume_position(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    session = await who.open(SHORT)
    await session.record(beat(0, (0, 1_000)), position=99_999_999 // 1_000)
    assert (await who.open(SHORT)).resume == 99_999
    await session.record(beat(1), position=80_000_000)
    assert (await who.open(SHORT)).resume == SHORT_MS


async def test_a_switch_to_parent_stops_beats_and_keeps_what_was_accepted(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.watch(GUIDE)
    await session.record(beat(900))
    await run(gateway, "UPDATE person SET identity = 'PARENT' WHERE id = $1", who.person)
    assert await session.say((0, 1_000)) == "IDENTITY_NOT_TEACHER"
    assert codes(await who.try_open()) == ["IDENTITY_NOT_TEACHER"]
    parent = Player(gateway, await gateway.token(), who.person, who.topic)
    await gateway.sweep()
    page = await parent.page()
    assert (page["progress"], page["enrolment"], page["nextStep"]) == (None, None, "SWITCH_IDENTITY")
    await run(gateway, "UPDATE person SET identity = 'TEACHER' WHERE id = $1", who.person)
    assert await who.learned() == 30_000
