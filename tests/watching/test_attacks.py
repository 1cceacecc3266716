"""Holes that an attacker looks for, and evidence that an honest learner could lose."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import global_id
from player import (
    GUIDE,
    MEDIUM,
    MEDIUM_MS,
    SHARED,
    SHARED_MS,
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

NEW_VERSION = (
    "INSERT INTO media_version (resource_id, version, duration_ms, url)"
    " SELECT r.id, 2, $2, 'https://media.example/2' FROM resource r WHERE r.slug = $1"
)
SECOND_TOPIC = (
    'WITH t AS (INSERT INTO topic SELECT (jsonb_populate_record(t, \'{"id": 900, "slug": "second"}\')).*'
    "   FROM topic t WHERE t.slug = 'summer-2024' RETURNING id),"
    ' c AS (INSERT INTO course SELECT (jsonb_populate_record(c, \'{"id": 900, "topic_id": 900}\')).*'
    "   FROM course c, t WHERE c.slug = 'whole-person' RETURNING id)"
    ' INSERT INTO section SELECT (jsonb_populate_record(s, \'{"id": 900, "course_id": 900}\')).*'
    "   FROM section s, c JOIN course o ON o.slug = 'whole-person' AND o.id <> c.id"
    "  WHERE s.course_id = o.id ORDER BY s.id LIMIT 1"
)
GROWN = "UPDATE revision SET value = value + 1 WHERE name = 'catalogue'"


async def test_sessions_opened_before_the_windows_end_earn_no_media_of_after_it(gateway: Gateway) -> None:
    who = await player(gateway)
    await gateway.set_time(END - timedelta(seconds=60))
    began = gateway.resources.clock.now()
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT slug FROM resource WHERE kind = 'VIDEO' ORDER BY id LIMIT 20")
    flood = [await who.open(row["slug"], "OFFLINE") for row in rows]
    await gateway.set_time(END + timedelta(hours=40))
    for session in flood:
        for start in range(0, 60_000, 10_000):
            await session.say((start, start + 10_000), rate=2.0)
    assert await accepted(gateway, who.person) <= 2 * (END - began) / timedelta(milliseconds=1) + 5_000


async def test_a_bundle_watched_before_the_windows_end_still_earns_in_full_after_it(gateway: Gateway) -> None:
    who = await player(gateway)
    await gateway.set_time(END - timedelta(minutes=9))
    bundle = [await who.open(slug, "OFFLINE") for slug in (SHORT, MEDIUM)]
    for one in bundle:
        await one.play(0, one.duration, rate=2.0, send=False)
    await gateway.set_time(END + timedelta(hours=30))
    for one in reversed(bundle):
        assert set(await one.send()) == {"ACCEPTED"}
    assert await who.learned() == SHORT_MS + MEDIUM_MS


async def test_coverage_of_ever_more_pieces_is_not_taken_in(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open("educator-spirit-video-01")
    await gateway.advance(hours=1)
    answers = [
        await session.say(*((ms * 20, ms * 20 + 1) for ms in range(start, start + 1_000)))
        for start in range(0, 24_000, 1_000)
    ]
    assert answers[0] == "ACCEPTED"
    assert answers[-1] == "DEFERRED"
    assert await value(gateway, "SELECT count(*) FROM coverage, unnest(spans)") <= 2_000
    began = perf_counter()
    assert await session.say((0, session.duration)) == "ACCEPTED"
    assert perf_counter() - began < 1.0
    assert await who.learned() == session.duration


async def test_spans_beyond_the_duration_are_clamped_and_bring_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    await gateway.advance(minutes=5)
    said = await session.record(
        beat(0, (30_000, 86_400_000)), beat(1, (29_000, 40_000)), beat(2, (5, 5)), beat(3)
    )
    assert [r["answer"] for r in said["results"]] == ["ACCEPTED"] * 4
    assert await accepted(gateway, who.person) == 1_000


@pytest.mark.parametrize(
    "wrong",
    [
        beat(0, (-1, 5)),
        beat(0, (9, 5)),
        beat(0, (0, 86_400_001)),
        beat(-1, (0, 5)),
        beat(0, (0, 5), rate=0.0),
        beat(0, (0, 5), rate=-2.0),
        beat(0, (0, 5), rate=100.1),
        beat(0, *[(0, 1)] * 1_001),
    ],
)
async def test_malformed_beats_are_refused_with_the_whole_call(
    gateway: Gateway, wrong: dict[str, object]
) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    assert codes(await session.record(beat(1, (0, 100)), wrong)) == ["BAD_USER_INPUT"]
    assert await value(gateway, "SELECT count(*) FROM beat") == 0


async def test_a_call_holds_1_to_50_beats(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    assert codes(await session.record()) == ["BAD_USER_INPUT"]
    assert codes(await session.record(*(beat(n) for n in range(51)))) == ["BAD_USER_INPUT"]
    assert codes(await session.record(*(beat(n) for n in range(50)))) == []


async def test_coverage_of_an_older_media_version_does_not_serve_the_newer(gateway: Gateway) -> None:
    who = await player(gateway)
    old = await who.open(SHORT)
    await old.play(0, 400_000, rate=2.0)
    await run(gateway, NEW_VERSION, SHORT, 500_001)
    await run(gateway, GROWN)
    await gateway.resources.follow_once()
    new = await who.open(SHORT)
    assert new.duration == 500_001
    assert (await who.entry(SHORT))["state"] == "IN_PROGRESS"
    await new.play(400_000, 500_001, rate=2.0)
    assert await who.learned() == 0
    await new.play(0, 400_000, rate=2.0)
    assert await who.learned() == 500_001
    await gateway.advance(minutes=1)
    assert await old.say((400_000, SHORT_MS)) == "ACCEPTED"
    assert await who.learned() == 500_001


async def test_what_was_earned_is_frozen_when_the_media_is_replaced(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(SHORT)
    await gateway.sweep()
    await run(gateway, NEW_VERSION, SHORT, 900_000)
    await run(gateway, GROWN)
    await gateway.resources.follow_once()
    assert (await who.entry(SHORT))["state"] == "COMPLETED"
    await (await who.open(SHORT)).play(0, 900_000, rate=2.0)
    assert await who.learned() == SHORT_MS


async def test_a_resource_taken_out_before_the_verdict_keeps_what_it_earned(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(SHORT)
    await gateway.advance(seconds=1)
    await run(
        gateway,
        "UPDATE listing SET removed_at = domain_now()"
        " WHERE resource_id = (SELECT id FROM resource WHERE slug = $1)",
        SHORT,
    )
    assert await who.learned() == SHORT_MS
    assert (await who.page())["progress"]["recognisedMs"] == SHORT_MS


async def test_two_topics_share_one_budget(gateway: Gateway) -> None:
    who = await player(gateway)
    await run(gateway, SECOND_TOPIC)
    await run(
        gateway,
        "INSERT INTO listing (section_id, resource_id, position)"
        " SELECT 900, id, 1 FROM resource WHERE slug = $1",
        SHORT,
    )
    other = Player(gateway, who.token, who.person, str(global_id("Topic", 900)))
    await run(
        gateway,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at) VALUES ($1, 900, now())",
        who.person,
    )
    here, there = await who.open(SHORT, "OFFLINE"), await other.open(SHORT, "OFFLINE")
    await gateway.advance(seconds=240)
    assert await here.say((0, SHORT_MS)) == "ACCEPTED"
    assert await there.say((0, SHORT_MS)) == "DEFERRED"
    await gateway.advance(seconds=240)
    assert await there.say((0, SHORT_MS)) == "ACCEPTED"


async def test_coverage_of_an_older_epoch_neither_serves_nor_hinders_the_newer(gateway: Gateway) -> None:
    who = await player(gateway)
    await (await who.open(GUIDE)).play(0, 20_000)
    await run(gateway, "UPDATE person SET wipe_epoch = wipe_epoch + 1 WHERE id = $1", who.person)
    fresh = Player(gateway, await gateway.token(), who.person, who.topic)
    session = await fresh.open(GUIDE)
    await session.play(20_000, 30_000)
    assert await fresh.learned() == 0
    await session.play(0, 20_000)
    assert await fresh.learned() == 30_000


async def test_a_queued_verdict_of_an_older_epoch_does_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(GUIDE)
    await run(gateway, "UPDATE person SET wipe_epoch = wipe_epoch + 1 WHERE id = $1", who.person)
    await gateway.sweep()
    for table in ("completion", "credit_entry", "inbox_item"):
        assert await value(gateway, f"SELECT count(*) FROM {table}") == 0


async def test_the_same_video_counts_in_both_courses_and_is_learned_once(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(SHARED)
    assert await who.learned() == SHARED_MS
    page = await who.page()
    learned = [course["progress"]["learnedMs"] for course in page["courses"]]
    assert sorted(learned) == [0, 0, 0, 0, 0, SHARED_MS, SHARED_MS]
    assert page["progress"]["recognisedMs"] == 2 * SHARED_MS


async def test_an_ended_sign_in_records_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert await session.say((0, 1_000)) == "SESSION_INVALID"


async def test_covered_videos_of_an_older_epoch_do_not_stand_before_the_others(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(GUIDE)
    await run(
        gateway,
        "INSERT INTO coverage (person_id, topic_id, media_version_id, spans, wipe_epoch, covered_at)"
        " SELECT p.id, c.topic_id, m.id, c.spans, 7, c.covered_at - interval '1 day'"
        "   FROM coverage c, (SELECT id FROM person WHERE id <> $1 ORDER BY id LIMIT 20) p,"
        "        (SELECT id FROM media_version ORDER BY id LIMIT 25) m",
        who.person,
    )
    assert await who.learned() == 30_000
