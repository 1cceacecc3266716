"""Repeats and races, on real PostgreSQL: the same call at once, many sessions at once, two verdict jobs at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from gateway import Gateway
from mobile_gateway.actions import completing
from mobile_gateway.actions.completing import Verdict
from mobile_gateway.workers import watching
from player import GUIDE, SHARED, SHORT, Player, accepted, beat, inbox, player, reach, run, value


async def counts(gateway: Gateway, *tables: str) -> list[int]:
    return [await value(gateway, f"SELECT count(*) FROM {table}") for table in tables]


async def covered(gateway: Gateway, who: Player, slug: str = GUIDE) -> tuple[int, int, int]:
    """The verdict that is due once a person has watched a video in full."""
    await who.watch(slug)
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT person_id, topic_id, media_version_id FROM coverage WHERE verdict_at IS NULL"
        )
    assert row is not None
    return row["person_id"], row["topic_id"], row["media_version_id"]


async def judge(gateway: Gateway, due: tuple[int, int, int]) -> Verdict:
    return await completing.give_verdict(
        gateway.database,
        person_id=due[0],
        topic_id=due[1],
        media_version_id=due[2],
        now=gateway.resources.clock.now(),
    )


async def test_the_same_beats_sent_ten_times_at_once_are_stored_once(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(SHORT)
    await gateway.advance(seconds=30)
    said = await asyncio.gather(
        *(session.record(beat(0, (0, 30_000)), beat(1, (30_000, 40_000))) for _ in range(10))
    )
    assert {r["answer"] for one in said for r in one["results"]} == {"ACCEPTED"}
    assert await counts(gateway, "beat", "coverage") == [2, 1]
    assert await accepted(gateway, who.person) == 40_000


async def test_one_number_with_ten_payloads_at_once_is_accepted_once(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(SHORT)
    await gateway.advance(seconds=30)
    said = await asyncio.gather(*(session.record(beat(0, (n * 1_000, n * 1_000 + 500))) for n in range(10)))
    answers = [one["results"][0]["answer"] for one in said]
    assert sorted(answers) == ["ACCEPTED"] + ["CONFLICT"] * 9
    assert await accepted(gateway, who.person) == 500


async def test_beats_of_twenty_sessions_at_once_stay_within_the_budget(gateway: Gateway) -> None:
    who = await player(gateway)
    began = gateway.resources.clock.now()
    sessions = [await who.open("educator-spirit-video-01", "OFFLINE") for _ in range(20)]
    await gateway.advance(seconds=60)
    said = await asyncio.gather(
        *(
            session.record(
                *(
                    beat(part, (n * 45_000 + part * 9_000, n * 45_000 + part * 9_000 + 9_000))
                    for part in range(5)
                )
            )
            for n, session in enumerate(sessions)
        )
    )
    took = await accepted(gateway, who.person)
    elapsed = (gateway.resources.clock.now() - began) / timedelta(milliseconds=1)
    assert 116_000 < took <= 2 * elapsed + 5_000
    assert took == 9_000 * sum(r["answer"] == "ACCEPTED" for one in said for r in one["results"])


async def test_two_verdicts_at_once_write_one_completion_and_one_inbox_row(gateway: Gateway) -> None:
    who = await player(gateway)
    await reach(gateway, who.person, left_out=GUIDE)
    due = await covered(gateway, who)
    given = await asyncio.gather(*(judge(gateway, due) for _ in range(5)))
    assert [one.given for one in given].count(True) == 1
    assert await counts(gateway, "completion") == [1]
    # Every other course was at its cap already: told now, each once, then the topic.
    assert await inbox(gateway, who.person) == ["COURSE_CREDIT_REACHED"] * 7 + ["TOPIC_COMPLETED"]


async def test_each_job_run_twice_writes_once(gateway: Gateway) -> None:
    who = await player(gateway)
    due = await covered(gateway, who)
    for _ in range(2):
        await watching.verify_watch(gateway.resources, *due)
    first = await counts(gateway, "completion", "credit_entry", "inbox_item", "delivery")
    for _ in range(2):
        await gateway.sweep()
        await watching.verify_watch(gateway.resources, *due)
    assert await counts(gateway, "completion", "credit_entry", "inbox_item", "delivery") == first
    assert first[:2] == [1, 1]


async def test_a_job_about_nothing_that_is_due_does_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(GUIDE)
    await session.play(0, 20_000)
    topic, version = (
        await value(gateway, "SELECT topic_id FROM coverage"),
        await value(gateway, "SELECT media_version_id FROM coverage"),
    )
    assert await judge(gateway, (who.person, topic, version)) == completing.NOTHING
    assert await judge(gateway, (10**12, topic, version)) == completing.NOTHING
    assert await counts(gateway, "completion") == [0]


async def test_enrolling_ten_times_at_once_makes_one_row(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    said = await asyncio.gather(*(who.enrol() for _ in range(10)))
    assert [one["userErrors"] for one in said] == [[]] * 10
    assert len({one["topic"]["enrolment"]["enrolledAt"] for one in said}) == 1
    assert await counts(gateway, "enrolment") == [1]


async def test_a_verdict_while_beats_arrive_loses_none_and_counts_once(gateway: Gateway) -> None:
    who = await player(gateway)
    due = await covered(gateway, who)
    session = await who.open(GUIDE)
    await gateway.advance(minutes=1)
    calls = [session.record(beat(n, (n * 100, n * 100 + 300))) for n in range(20)]
    answers, *verdicts = await asyncio.gather(
        asyncio.gather(*calls), *(judge(gateway, due) for _ in range(3))
    )
    assert {one["results"][0]["answer"] for one in answers} == {"ACCEPTED"}
    assert [one.given for one in verdicts].count(True) == 1
    assert (
        await value(
            gateway, "SELECT count(*) FROM beat WHERE session_id = (SELECT max(id) FROM playback_session)"
        )
        == 20
    )
    assert await counts(gateway, "completion", "credit_entry") == [1, 1]


async def test_sweeps_at_once_judge_everything_once(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(GUIDE)
    await who.watch(SHORT)
    await asyncio.gather(gateway.sweep(), gateway.sweep(), gateway.sweep())
    assert await counts(gateway, "completion", "credit_entry") == [2, 2]


async def test_one_verdict_that_reaches_several_tells_each_once_in_order(gateway: Gateway) -> None:
    await gateway.advance(days=20)
    who = await player(gateway)
    await reach(gateway, who.person, left_out=SHARED)
    await run(
        gateway,
        "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
        " SELECT $1, 'COURSE_CREDIT_REACHED', 'course:' || c.id, 'SERVICE', '{}', now() FROM course c"
        "  WHERE NOT EXISTS (SELECT FROM section s JOIN listing l ON l.section_id = s.id"
        "    JOIN resource r ON r.id = l.resource_id WHERE s.course_id = c.id AND r.slug = $2)",
        who.person,
        SHARED,
    )
    told = len(await inbox(gateway, who.person))
    assert told == 5
    due = await covered(gateway, who, SHARED)
    assert (await judge(gateway, due)).notifications == 4
    assert (await inbox(gateway, who.person))[told:] == [
        "COURSE_CREDIT_REACHED",
        "COURSE_CREDIT_REACHED",
        "TOPIC_COMPLETED",
        "CERTIFICATE_READY",
    ]
    page = await who.page()
    assert page["progress"]["recognised"] == "10.00"
    assert page["enrolment"]["completedAt"] is not None
    assert page["nextStep"] == "CLAIM_CERTIFICATE"


async def test_before_the_opening_date_a_completed_topic_is_not_ready(gateway: Gateway) -> None:
    who = await player(gateway)
    await reach(gateway, who.person, left_out=SHARED)
    await covered(gateway, who, SHARED)
    await gateway.sweep()
    assert "CERTIFICATE_READY" not in await inbox(gateway, who.person)
    assert (await who.page())["nextStep"] == "WAIT_FOR_OPENING"
