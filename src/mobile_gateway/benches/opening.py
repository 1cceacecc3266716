"""`opening`: the night on which certificates open, over a million teachers, with a worker killed halfway.

The worker is the real one, so a chunk's time is from its beginning to the next one's, with all that a sweep does in
between. What it left is asked of the rows afterwards. Shares of the crowd are walked before, in turn with the writing
alone and with a transaction a person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from statistics import quantiles
from typing import Final

from mobile_gateway.actions import opening as walking
from mobile_gateway.benches import opening_check, opening_crowd, opening_night, opening_peers
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import ROUNDS, Result, Target, in_turn
from mobile_gateway.benches.opening_night import MIDNIGHT
from mobile_gateway.benches.opening_peers import Share
from mobile_gateway.benches.stage import CONNECTIONS
from mobile_gateway.models.database import Database
from mobile_gateway.workers import spelling

NAME: Final = "opening"
PEOPLE: Final = 1_000_000
LEAST: Final = 20_000
CHUNKS: Final = 5
"""Chunks of a share, where the crowd is large enough."""

NAIVE_PEOPLE: Final = 2_000
PARTS: Final = 10
VIDEO: Final = "whole-person-video-03"

FLOOR = Target(0.5)
NAIVE = Target(5)
MEMORY = Target(200, at_least=False)
FLAT = Target(1.25, at_least=False)
LOOK = Target(20, at_least=False)

Way = Callable[[Database, Share], Awaitable[float]]


def bench(ground: Ground, people: int = PEOPLE) -> Result:
    """Measure; raises BenchWrong when somebody was left out, told twice or told without cause."""
    result = Result(NAME)
    topic_id = ground.video(VIDEO).topic_id
    ground.run(_spell)
    ground.run(partial(opening_crowd.make, topic_id=topic_id, people=people), as_owner=True)
    ground.run(opening_crowd.settle, as_owner=True)
    _shares(ground, result, topic_id, people)
    ground.run(opening_crowd.settle, as_owner=True)
    night = opening_night.live(ground, topic_id, people)
    deliveries = ground.run(
        partial(opening_check.check, topic_id=topic_id, midnight=MIDNIGHT, people=people, late=True)
    )
    result.figure("people/s", opening_night.rates(night, PARTS))
    result.figure("round 1 s", [night.first_round])
    result.figure("round 2 s", [night.second_round])
    result.figure("killed to going on s", [night.stood_still])
    _times(result, "chunk", night.chunks)
    result.figure("worker resident MB", [one for watched in night.resident for one in watched] or night.peaks)
    end, beginning = opening_night.grown(night)
    result.ratio("memory, end to beginning", [end], [beginning], FLAT)
    result.figure("worker peak MB", night.peaks, MEMORY)
    _times(result, "look for due pushes", night.looks, LOOK)
    result.figure("deliveries for the morning", [deliveries])
    _times(result, "claim of 500 due pushes", ground.run(opening_night.claims))
    return result


async def _spell(database: Database) -> None:
    """The demo's schools, so that no worker loads pypinyin in the night: its memory is the walk's alone."""
    while await spelling.spell_due(database):
        pass


def _times(result: Result, key: str, times: list[float], target: Target | None = None) -> None:
    result.figure(f"{key} ms", times, target)
    result.figure(f"{key} p99 ms", [quantiles(times, n=100, method="inclusive")[98]])


def _shares(ground: Ground, result: Result, topic_id: int, people: int) -> None:
    """The same work in three ways, in turn, each over people of its own."""
    count = walking.CHUNK * max(1, min(CHUNKS, people // (2 * ROUNDS + 1) // walking.CHUNK))
    taken = [0]

    def measure(way: Way, many: int) -> float:
        first = taken[0] + 1
        taken[0] += many

        async def one(database: Database) -> float:
            share = await opening_peers.share(database, topic_id, f"share-{first}", first, many)
            rate = await way(database, share)
            await opening_peers.forget(database, share)
            return rate

        return ground.run(one, connections=CONNECTIONS)

    found = in_turn(
        {
            "walk": partial(measure, opening_peers.walk, count),
            "writing": partial(measure, opening_peers.write, count),
            "naive": partial(measure, opening_peers.one_by_one, min(NAIVE_PEOPLE, people // 10)),
        },
        ROUNDS,
    )
    for key, values in found.items():
        result.figure(f"a share, {key} people/s", values)
    result.ratio("walk to writing alone", found["walk"], found["writing"], FLOOR)
    result.ratio("× naive", found["walk"], found["naive"], NAIVE)
