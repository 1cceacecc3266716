"""The cheat table of PRODUCT.md §4, row by row: a schedule of beats, and what it earns."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from gateway import Gateway
from mobile_gateway.schema import operations
from player import (
    GUIDE,
    MEDIUM,
    MEDIUM_MS,
    PENDING,
    SHORT,
    SHORT_MS,
    Player,
    Session,
    accepted,
    answer,
    beat,
    player,
    run,
    value,
)

VIDEOS = "SELECT slug FROM resource WHERE kind = 'VIDEO' AND slug <> 'guide' ORDER BY id LIMIT $1"


async def videos(gateway: Gateway, number: int) -> list[str]:
    async with gateway.database.connection() as connection:
        return [row["slug"] for row in await connection.fetch(VIDEOS, number)]


async def at_most_twice(gateway: Gateway, who: Player, opened_at: datetime) -> int:
    """What was accepted, held against the time since an opening; the domain's clock goes on by itself."""
    took = await accepted(gateway, who.person)
    elapsed = gateway.resources.clock.now() - opened_at
    assert took <= 2 * elapsed / timedelta(milliseconds=1) + 5_000
    return took


async def greedy(session: Session, start: int = 0) -> None:
    """Claim as much as is given without waiting, in ever smaller beats."""
    step = 8_000
    while start < session.duration and step > 100:
        if await session.say((start, min(start + step, session.duration)), rate=16.0) == "DEFERRED":
            step //= 2
        else:
            start += step


async def test_seeking_to_the_end_and_reporting_the_end_earns_only_what_was_played(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await gateway.advance(seconds=10)
    said = await session.record(beat(0, (SHORT_MS - 1_000, SHORT_MS)), position=SHORT_MS)
    assert answer(said) == "ACCEPTED"
    assert said["covered"] is False
    assert said["missingSpans"] == [{"fromMs": 0, "toMs": SHORT_MS - 1_000}]
    assert await who.learned() == 0
    assert (await who.entry(SHORT))["state"] == "IN_PROGRESS"


async def test_playing_the_tail_after_a_position_near_the_end_earns_only_the_tail(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await session.record(beat(99), position=SHORT_MS - 3_000)
    await session.play(SHORT_MS - 3_000, SHORT_MS)
    assert await accepted(gateway, who.person) == 3_000
    assert await who.learned() == 0


@pytest.mark.parametrize("word", ["completed", "state", "verdict", "covered"])
async def test_clients_cannot_send_a_state(gateway: Gateway, word: str) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    given = {"sessionToken": session.token, "beats": [beat(0)], word: True}
    said = await gateway.execute(operations.by_file()["watch_record"], {"input": given}, who.token)
    assert said["errors"]
    assert await who.learned() == 0
    assert (await who.entry(GUIDE))["state"] == "NOT_STARTED"


async def test_a_comb_of_900_teeth_is_not_complete(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open("educator-spirit-video-01")
    await gateway.advance(minutes=30)
    assert await session.say(*((ms, ms + 1) for ms in range(0, 900_900, 1_001))) == "ACCEPTED"
    assert await accepted(gateway, who.person) == 900
    assert await who.learned() == 0


async def test_a_head_left_out_is_not_complete(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await gateway.advance(minutes=30)
    assert await session.say((4_650, SHORT_MS)) == "ACCEPTED"
    assert await who.learned() == 0
    assert await session.say((4_649, 4_650)) == "ACCEPTED"
    assert await who.learned() == SHORT_MS


async def test_eight_videos_at_once_earn_twice_the_elapsed_time_together(gateway: Gateway) -> None:
    who = await player(gateway)
    began = gateway.resources.clock.now()
    tabs = [await who.open(slug) for slug in await videos(gateway, 8)]
    places = [0] * 8
    for _ in range(4):
        await gateway.advance(seconds=30)
        for number, tab in enumerate(tabs):
            until = places[number] + 60_000
            if await tab.say((places[number], until), rate=2.0) == "ACCEPTED":
                places[number] = until
    assert sum(places) == await at_most_twice(gateway, who, began)
    assert sum(places) >= 180_000
    assert await who.learned() == 0


@pytest.mark.parametrize("rate", [3.0, 8.0, 16.0])
async def test_a_rate_above_two_earns_twice_the_elapsed_time(gateway: Gateway, rate: float) -> None:
    who = await player(gateway)
    began = gateway.resources.clock.now()
    session = await who.open()
    await session.play(0, SHORT_MS, rate=rate)
    await greedy(session)
    assert await at_most_twice(gateway, who, began) < SHORT_MS
    assert await who.learned() == 0


async def test_a_rate_of_two_is_not_below_two_for_who_says_one(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await gateway.advance(seconds=60)
    assert await session.say((0, 300_000), rate=1.0) == "DEFERRED"


async def test_twenty_offline_sessions_uploaded_together_earn_twice_the_time_since_the_opening(
    gateway: Gateway,
) -> None:
    who = await player(gateway)
    began = gateway.resources.clock.now()
    bundle = [await who.open(slug, "OFFLINE") for slug in await videos(gateway, 20)]
    await gateway.advance(minutes=20)
    answers = [await one.say((0, one.duration), rate=2.0) for one in bundle]
    assert answers.count("ACCEPTED") in {2, 3, 4}
    took = await at_most_twice(gateway, who, began)
    assert await who.learned() == took


async def test_old_beats_replayed_reordered_and_split_earn_nothing_extra(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(MEDIUM)
    await gateway.advance(minutes=5)
    first = [beat(seq, (seq * 1_000, seq * 1_000 + 1_000)) for seq in range(40)]
    once = await session.record(*first)
    Random(1).shuffle(first)
    again = await session.record(*first)
    assert {r["answer"] for r in once["results"] + again["results"]} == {"ACCEPTED"}
    assert again["missingSpans"] == once["missingSpans"] == [{"fromMs": 40_000, "toMs": MEDIUM_MS}]
    pieces = [(ms, ms + 80) for ms in range(0, 40_000, 80)]
    assert len(pieces) == 500
    assert await session.record(beat(1_000, *pieces))
    other = await who.open(MEDIUM)
    await other.record(beat(0, (0, 40_000)))
    assert await accepted(gateway, who.person) == 40_000


async def test_another_persons_session_token_is_refused(gateway: Gateway) -> None:
    owner, thief = await player(gateway), await player(gateway, PENDING)
    session = await owner.open()
    await gateway.advance(minutes=5)
    stolen = Session(thief, session.token, session.duration, 0, earns=True, advice=None)
    assert await stolen.say((0, 60_000)) == "NOT_FOUND"
    assert await accepted(gateway, owner.person) == await accepted(gateway, thief.person) == 0


async def test_a_forged_session_token_is_refused(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    for token in ("", "x" * 10_000, session.token[:-2], session.token[::-1], who.token):
        forged = Session(who, token, session.duration, 0, earns=True, advice=None)
        assert await forged.say((0, 1_000)) == "NOT_FOUND"


async def test_an_older_epochs_tokens_are_refused_and_nothing_happens(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await run(gateway, "UPDATE person SET wipe_epoch = wipe_epoch + 1 WHERE id = $1", who.person)
    await gateway.advance(minutes=5)
    assert await session.say((0, 60_000)) == "SESSION_INVALID"
    assert (await who.try_open())["userErrors"][0]["code"] == "SESSION_INVALID"
    assert (await who.enrol())["userErrors"][0]["code"] == "SESSION_INVALID"
    fresh = Player(gateway, await gateway.token(), who.person, who.topic)
    old = Session(fresh, session.token, session.duration, 0, earns=True, advice=None)
    assert await old.say((0, 60_000)) == "SESSION_INVALID"
    assert await accepted(gateway, who.person) == 0
    assert await value(gateway, "SELECT count(*) FROM coverage") == 0


async def test_a_beat_has_no_time_of_the_device(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    given = {"sessionToken": session.token, "beats": [beat(0, (0, 60_000)) | {"at": "2030-01-01T00:00:00Z"}]}
    said = await gateway.execute(operations.by_file()["watch_record"], {"input": given}, who.token)
    assert said["errors"]
    assert await session.say((0, 60_000)) == "DEFERRED"


async def test_a_flood_of_sessions_harvests_five_seconds_in_all(gateway: Gateway) -> None:
    who = await player(gateway)
    began = gateway.resources.clock.now()
    slugs = await videos(gateway, 10)
    flood = [await who.open(slugs[n % 10], "OFFLINE" if n % 2 else "ONLINE") for n in range(30)]
    for n, session in enumerate(flood):
        await session.say((n * 5_000, n * 5_000 + 5_000))
        await greedy(session, n * 5_000)
    assert 5_000 <= await at_most_twice(gateway, who, began) < 25_000
