"""The honest list of PRODUCT.md §4: each of these learners earns in full."""

from __future__ import annotations

from random import Random

import pytest

from gateway import Gateway
from player import (
    GUIDE,
    GUIDE_MS,
    MEDIUM,
    MEDIUM_MS,
    SHORT,
    SHORT_MS,
    accepted,
    player,
    value,
)


async def no_flag(gateway: Gateway) -> None:
    assert await value(gateway, "SELECT count(*) FROM risk_flag") == 0


@pytest.mark.parametrize("rate", [0.25, 0.5, 1.0, 1.25, 1.5, 2.0])
async def test_any_rate_up_to_two_earns_the_same(gateway: Gateway, rate: float) -> None:
    who = await player(gateway)
    session = await who.open()
    assert set(await session.play(0, SHORT_MS, rate=rate)) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS
    await no_flag(gateway)


async def test_beats_that_come_two_seconds_early_are_accepted_at_rate_two(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await gateway.advance(seconds=28)
    assert await session.say((0, 60_000), rate=2.0) == "ACCEPTED"
    for start in range(60_000, SHORT_MS, 60_000):
        await gateway.advance(seconds=30)
        assert await session.say((start, min(start + 60_000, SHORT_MS)), rate=2.0) == "ACCEPTED"
    assert await who.learned() == SHORT_MS


async def test_beats_that_come_late_and_all_at_once_earn_in_full(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await session.play(0, SHORT_MS, rate=2.0, send=False)
    assert set(await session.send()) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_what_was_deferred_for_coming_early_earns_once_it_is_sent_again(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    for start in range(0, SHORT_MS, 60_000):
        await gateway.advance(seconds=26 if start == 0 else 30)
        session.played((start, min(start + 60_000, SHORT_MS)), rate=2.0)
        await session.send()
    assert session.unsent == []
    assert await who.learned() == SHORT_MS
    await no_flag(gateway)


async def test_pauses_cost_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await session.play(0, 100_000, rate=2.0)
    await gateway.advance(hours=5)
    await session.play(100_000, 300_000, rate=2.0)
    await gateway.advance(minutes=1)
    await session.play(300_000, SHORT_MS, rate=2.0)
    assert await who.learned() == SHORT_MS


async def test_seeking_back_costs_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    answers = await session.play(0, 200_000, rate=2.0)
    answers += await session.play(50_000, 150_000, rate=2.0)
    answers += await session.play(10_000, SHORT_MS, rate=2.0)
    assert set(answers) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_playing_the_parts_in_any_order_earns_in_full(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    for start, end in [(300_000, SHORT_MS), (0, 120_000), (240_000, 320_000), (100_000, 250_000)]:
        assert set(await session.play(start, end, rate=2.0)) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_ten_minutes_without_a_network_cost_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open("educator-spirit-video-03")
    await session.play(0, 60_000, rate=1.5)
    await session.play(60_000, 960_000, rate=1.5, send=False)
    assert len(session.unsent) == 20
    assert set(await session.send()) == {"ACCEPTED"}
    await session.play(960_000, session.duration, rate=1.5)
    assert await who.learned() == session.duration
    await no_flag(gateway)


async def test_an_app_killed_before_it_sent_plays_that_part_again(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open()
    await session.play(0, 120_000, rate=2.0)
    await gateway.advance(seconds=10)
    again = await who.open()
    missing = (await who.entry(SHORT))["missingSpans"]
    assert missing == [{"fromMs": 120_000, "toMs": SHORT_MS}]
    assert set(await again.play(120_000, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_an_app_killed_that_kept_its_beats_sends_them_after_the_new_sessions(gateway: Gateway) -> None:
    who = await player(gateway)
    killed = await who.open()
    await killed.play(0, 200_000, rate=2.0, send=False)
    resumed = await who.open()
    assert set(await resumed.play(200_000, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    assert set(await killed.send()) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_two_devices_one_after_the_other_with_the_firsts_last_beat_late(gateway: Gateway) -> None:
    who = await player(gateway)
    phone = await who.open()
    await phone.play(0, 200_000, rate=2.0)
    await phone.play(200_000, 260_000, rate=2.0, send=False)
    tablet = await who.open()
    assert set(await tablet.play(260_000, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    await gateway.advance(hours=3)
    assert set(await phone.send()) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS


async def test_the_next_video_opened_early_by_autoplay_costs_neither(gateway: Gateway) -> None:
    who = await player(gateway)
    first = await who.open(SHORT)
    await first.play(0, 440_000, rate=2.0)
    following = await who.open(MEDIUM)
    assert set(await first.play(440_000, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    assert set(await following.play(0, MEDIUM_MS, rate=2.0)) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS + MEDIUM_MS
    await no_flag(gateway)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_offline_bundles_earn_in_full_in_whatever_order_they_are_uploaded(
    gateway: Gateway, seed: int
) -> None:
    who = await player(gateway)
    slugs = [SHORT, MEDIUM, GUIDE, "subject-teaching-video-01", "educator-spirit-video-07"]
    bundle = [await who.open(slug, "OFFLINE") for slug in slugs]
    for one in bundle:
        await one.play(0, one.duration, rate=2.0, send=False)
    await gateway.advance(hours=6)
    random = Random(seed)
    random.shuffle(bundle)
    for one in bundle:
        random.shuffle(one.unsent)
        assert set(await one.send()) == {"ACCEPTED"}
    assert await who.learned() == sum(one.duration for one in bundle)
    await no_flag(gateway)


async def test_a_bundle_and_the_network_in_turn_earn_in_full(gateway: Gateway) -> None:
    who = await player(gateway)
    bundle = await who.open(MEDIUM, "OFFLINE")
    online = await who.open(SHORT)
    await online.play(0, 200_000, rate=2.0)
    await bundle.play(0, MEDIUM_MS, rate=2.0, send=False)
    assert set(await online.play(200_000, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    assert set(await bundle.send()) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS + MEDIUM_MS


async def test_a_video_of_thirty_seconds_is_earned_by_one_beat(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.watch(GUIDE, rate=1.0)
    assert session.duration == GUIDE_MS
    assert await who.learned() == GUIDE_MS


@pytest.mark.parametrize("end", [SHORT_MS - 953, SHORT_MS, SHORT_MS + 47])
async def test_a_duration_that_is_not_a_whole_second_is_earned_however_the_player_rounds(
    gateway: Gateway, end: int
) -> None:
    who = await player(gateway)
    session = await who.open()
    await session.play(0, end, rate=2.0)
    assert await who.learned() == SHORT_MS


async def test_watching_again_adds_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(rate=2.0)
    assert await who.learned() == SHORT_MS
    again = await who.open()
    assert set(await again.play(0, SHORT_MS, rate=2.0)) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS == await accepted(gateway, who.person)


async def test_an_old_client_that_cannot_choose_a_rate_is_advised_and_earns(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE, canChooseRate=False)
    assert session.advice == "请将客户端更新到最新版本"
    assert (await who.open(GUIDE)).advice is None
    await session.play(0, GUIDE_MS)
    assert await who.learned() == GUIDE_MS
