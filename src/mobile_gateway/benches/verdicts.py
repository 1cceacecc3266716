"""`verdicts`: from covered to credited with an inbox row, by one worker process, against a naive worker.

Rows are covered and nudges queued before the worker starts; the rate is told by the rows' own `verdict_at`, first to
last, so that starting a process counts for nobody. Each verdict completes a video and brings a course to its cap.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from subprocess import Popen

from mobile_gateway import jobs
from mobile_gateway.benches.ground import NOW, Ground, Video
from mobile_gateway.benches.measuring import ROUNDS, BenchWrong, Result, Target, in_turn
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database

NAME = "verdicts"
VIDEO = "whole-person-video-03"
PEOPLE = 2000
PATIENCE_SECONDS = 25

A_SECOND = Target(2000)
NAIVE = Target(5)


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when a verdict brought no completion, credit and inbox row."""
    video = ground.video(VIDEO)
    result = Result(NAME)
    found = in_turn(
        {"product": partial(_product, ground, video), "naive": partial(_naive, ground, video)}, ROUNDS
    )
    result.figure("product verdicts/s", found["product"], A_SECOND)
    result.figure("naive verdicts/s", found["naive"])
    result.ratio("× naive", found["product"], found["naive"], NAIVE)
    return result


def _product(ground: Ground, video: Video) -> float:
    people = _covered(ground, video)
    asyncio.run(_nudge(ground, video, people))
    with ground.product("work") as (process, _):
        return _rate(ground, people, process)


def _naive(ground: Ground, video: Video) -> float:
    people = _covered(ground, video)
    with ground.peer("verdicts", [video.topic_id, video.media_version_id, *people]) as (process, _):
        return _rate(ground, people, process)


def _covered(ground: Ground, video: Video) -> list[int]:
    people = [one.person_id for one in ground.learners(PEOPLE, video.topic_id)]

    async def cover(database: Database) -> None:
        async with database.transaction() as connection:
            await connection.execute(_NEARLY, people, video.topic_id, video.resource_id, NOW)
            await connection.execute(
                _COVERED, people, video.topic_id, video.media_version_id, video.duration_ms, NOW
            )

    ground.run(cover)
    ground.settle()
    return people


async def _nudge(ground: Ground, video: Video, people: list[int]) -> None:
    queue = jobs.open_queue(ground.variables["REDIS_URL"])
    nudges = Jobs(queue)
    for person in people:
        await nudges.verify_watch(person, video.topic_id, video.media_version_id)
    await queue.aclose(close_connection_pool=True)


def _rate(ground: Ground, people: list[int], process: Popen[bytes]) -> float:
    """Wait until everybody is judged; verdicts a second between the first and the last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    left, seconds = len(people), 0.0
    while left and time.monotonic() < deadline:
        time.sleep(0.2)
        left, seconds = ground.run(partial(_progress, people))
        if left and process.poll() not in {None, 0}:
            raise BenchWrong(f"a worker ended with {process.returncode}")
    judged = len(people) - left
    if judged < len(people) // 10:
        raise BenchWrong(f"only {judged} of {len(people)} verdicts were given in {PATIENCE_SECONDS} s")
    if ground.run(partial(_credited, people)) != judged:
        raise BenchWrong("a verdict without its completion, credit entry or inbox row")
    return (judged - 1) / seconds


async def _progress(people: list[int], database: Database) -> tuple[int, float]:
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT count(*) FILTER (WHERE verdict_at IS NULL) AS left_over,"
            " coalesce(extract(epoch FROM max(verdict_at) - min(verdict_at)), 0)::float8 AS seconds"
            " FROM coverage WHERE person_id = ANY($1)",
            people,
        )
    return row["left_over"], row["seconds"]


async def _credited(people: list[int], database: Database) -> int:
    async with database.connection() as connection:
        found: int = await connection.fetchval(
            "SELECT count(DISTINCT c.person_id) FROM coverage v"
            " JOIN completion c ON c.person_id = v.person_id AND c.media_version_id = v.media_version_id"
            " JOIN credit_entry e ON e.person_id = c.person_id AND e.resource_id = c.resource_id"
            " JOIN inbox_item i ON i.person_id = c.person_id"
            " WHERE v.person_id = ANY($1) AND v.verdict_at IS NOT NULL",
            people,
        )
    return found


# Each course that lists the video lacks a millisecond: the verdict brings it to its cap.
_NEARLY = """
WITH filler AS (
  SELECT DISTINCT ON (c.id) c.id AS course_id, l.resource_id, c.required_credits * t.ms_per_credit - 1 AS ms
    FROM course c JOIN topic t ON t.id = c.topic_id JOIN section s ON s.course_id = c.id
    JOIN listing l ON l.section_id = s.id JOIN resource r ON r.id = l.resource_id
   WHERE c.topic_id = $2 AND r.kind = 'VIDEO' AND r.id <> $3
     AND EXISTS (SELECT FROM listing o JOIN section os ON os.id = o.section_id
                  WHERE os.course_id = c.id AND o.resource_id = $3)
   ORDER BY c.id, l.resource_id
)
INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)
SELECT p, $2, f.course_id, f.resource_id, f.ms, $4 FROM unnest($1::bigint[]) AS p, filler f
"""

_COVERED = """
INSERT INTO coverage (person_id, topic_id, media_version_id, spans, wipe_epoch, covered_at)
SELECT p, $2, $3, int4multirange(int4range(0, $4)), 0, $5 FROM unnest($1::bigint[]) AS p
"""
