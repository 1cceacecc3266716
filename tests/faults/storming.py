"""A storm: a campaign and milestones on their way while workers are killed, PostgreSQL is stopped and Redis emptied.

What is done, and when, is drawn from a seed; how much is on its way by then is the machine's affair.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import redis

from campaigning import Desk, at_school, desks
from faults.storm_ground import Ground, Learner, Worker, prepared
from faults.storm_seen import Storm, look
from mobile_gateway.actions import moving_time
from mobile_gateway.actions.fanning import STRETCH
from mobile_gateway.clock import real
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import number_of
from player import GUIDE_MS, beat

SPEED = 2
"""Of the training's clock, so that the pushes of a stretch are spread over half a minute."""

STORM_SECONDS = 42.0
"""How long workers are killed: shorter than a lease, so that none is killed over what another was killed over."""

BETWEEN_KILLS = (2.5, 8.0)
"""Seconds that a worker is at work before it is killed, as soon as something is on its way then.

The first are killed in the middle of the walk over the audience, when a stretch of it is told.
"""

LEARNING_SECONDS = 36.0
STREAMS = 16
"""Learners who send at a time."""

EMPTIED = (31.0, 38.0)
STOPPED = (11.0, 17.0)
AWAY_SECONDS = 2.0
PAUSED = (23.0, 28.0)
UNDER_WAY = 500
STILL_SECONDS = 6.0
"""When Redis is emptied, PostgreSQL stopped and the campaign paused, in seconds of the storm; for how long.

The campaign is not paused before so many of its pushes are sent, nor while nobody is sending.
"""

PATIENCE_SECONDS = 60.0
CALM_SECONDS = 180.0
"""Until everything is settled after the storm: a lease of 60 s, and what was put off."""


async def storm(folder: Path, seed: int) -> Storm:
    """Make a storm, wait until it is over, and tell what was seen."""
    async with prepared(folder) as ground:
        return await _Storming(ground, random.Random(seed)).rage()


class _Storming:
    def __init__(self, ground: Ground, rng: random.Random) -> None:
        self._ground, self._rng, self._seen = ground, rng, Storm()
        self._began = 0.0

    async def rage(self) -> Storm:
        ground, rng = self._ground, self._rng
        both = await desks(ground.gateway)
        campaign = await both.scheduled(segment=await at_school(ground.gateway))
        await self._let_it_begin()
        rngs = [random.Random(rng.random()) for _ in ground.workers]
        await _until(lambda: self._holds(_WALKED, STRETCH))
        self._began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._learn(rng.sample(ground.learners, len(ground.learners))))
            for worker, its in zip(ground.workers, rngs, strict=True):
                group.create_task(self._kill(worker, its))
            group.create_task(self._empty(rng.uniform(*EMPTIED)))
            group.create_task(self._stop(rng.uniform(*STOPPED)))
            group.create_task(self._pause(both.first, campaign, rng.uniform(*PAUSED)))
        number = number_of(campaign, "Campaign")
        await _until(lambda: self._holds(_SETTLED, number), CALM_SECONDS)
        for worker in ground.workers:
            worker.kill()
        await look(self._seen, ground, both.first, campaign)
        return self._seen

    async def _let_it_begin(self) -> None:
        """From now on the campaign is a worker's to begin."""
        now = real()
        begun = self._ground.gateway.resources.clock.at(now) + timedelta(minutes=6)
        await moving_time.set_clock(
            self._ground.gateway.database, real_now=now, domain_now=begun, speed=SPEED
        )

    async def _kill(self, worker: Worker, rng: random.Random) -> None:
        async def at_work() -> bool:
            return worker.is_at_work() or worker.has_ended

        while time.monotonic() - self._began < STORM_SECONDS:
            worker.kill()
            self._seen.kills += 1
            worker.start()
            await self._count_in_flight()
            await _until(at_work)
            await asyncio.sleep(rng.uniform(*BETWEEN_KILLS))
            await _until(self._on_its_way, self._began + STORM_SECONDS - time.monotonic())

    async def _count_in_flight(self) -> None:
        """What whoever is dead held is LEASED until its minute is over, so it may be looked at a little later."""
        await asyncio.sleep(0.5)  # the last statements of the dead may still be running
        for _ in range(round(PATIENCE_SECONDS / 0.2)):
            try:
                rows = await self._rows("SELECT id FROM delivery WHERE state = 'LEASED'")
            except DatabaseAway:
                await asyncio.sleep(0.2)
                continue
            self._seen.in_flight |= {row["id"] for row in rows}
            return

    async def _empty(self, second: float) -> None:
        await self._second(second)
        with redis.Redis.from_url(self._ground.parts.redis_url) as emptied:
            emptied.flushall()
        self._seen.emptied += 1

    async def _stop(self, second: float) -> None:
        await self._second(second)
        postgres = self._ground.parts.postgres
        assert postgres is not None
        await asyncio.to_thread(postgres.stop, immediate=True)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(postgres.start)
        self._seen.stops += 1
        await self._count_in_flight()

    async def _pause(self, desk: Desk, campaign: str, second: float) -> None:
        await self._second(second)
        await _until(lambda: self._holds(_UNDER_WAY, UNDER_WAY), CALM_SECONDS)
        paused = await desk.done("campaign_pause", campaignId=campaign, reason="storm")
        self._seen.paused_at = time.time()
        assert paused["state"] == "PAUSED"
        await asyncio.sleep(STILL_SECONDS)
        progress = (await desk.read(campaign))["progress"]
        self._seen.waiting = progress["queued"] + progress["onTheirWay"]
        self._seen.resumed_at = time.time()
        await desk.done("campaign_resume", campaignId=campaign)

    async def _learn(self, learners: Sequence[Learner]) -> None:
        """Each sends what completes a course, until it is acknowledged."""

        async def stream(first: int) -> None:
            for number in range(first, len(learners), STREAMS):
                await self._second(LEARNING_SECONDS * number / len(learners))
                await self._record(learners[number])

        await asyncio.gather(*(stream(first) for first in range(STREAMS)))

    async def _record(self, learner: Learner) -> None:
        given = {"sessionToken": learner.session, "beats": [beat(0, (0, GUIDE_MS))]}
        document = operations.by_file()["watch_record"]
        for tries in itertools.count(1):
            self._seen.calls += 1
            try:
                answer = await self._ground.gateway.execute(document, {"input": given}, learner.bearer)
            except httpx.TransportError:
                answer = {"errors": []}
            if payload := (answer.get("data") or {}).get("watchRecord"):
                assert [one["answer"] for one in payload["results"]] == ["ACCEPTED"], payload
                return
            away = {error["extensions"]["code"] for error in answer["errors"]}
            assert away <= {"SERVICE_UNAVAILABLE"}, answer
            await asyncio.sleep(min(tries * 0.2, 2.0))

    async def _second(self, second: float) -> None:
        await asyncio.sleep(self._began + second - time.monotonic())

    async def _on_its_way(self) -> bool:
        return await self._holds(_ON_ITS_WAY)

    async def _holds(self, statement: str, *given: object) -> bool:
        try:
            (row,) = await self._rows(statement, *given)
        except DatabaseAway:
            return False
        return bool(row[0])

    async def _rows(self, statement: str, *given: object) -> list[Any]:
        async with self._ground.gateway.database.connection() as connection:
            return list(await connection.fetch(statement, *given))


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds, and no longer than some seconds: whether it came to hold, the facts tell."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if await holds():
            return
        await asyncio.sleep(0.1)


_WALKED = "SELECT looked_at >= $1 FROM campaign"

# Claimed within the last two seconds.
_ON_ITS_WAY = (
    "SELECT EXISTS (SELECT FROM delivery WHERE state = 'LEASED' AND lease_until > now() + interval '58 s')"
)

_UNDER_WAY = """
SELECT count(*) FILTER (WHERE state = 'SENT') >= $1
   AND count(*) FILTER (WHERE state = 'LEASED' AND lease_until > now() + interval '58 s') > 0
  FROM delivery WHERE message_class = 'MARKETING'
"""

_SETTLED = """
SELECT NOT EXISTS (SELECT FROM delivery WHERE settled_at IS NULL)
   AND NOT EXISTS (SELECT FROM coverage WHERE covered_at IS NOT NULL AND verdict_at IS NULL)
   AND NOT EXISTS (SELECT FROM campaign WHERE id = $1 AND finished_at IS NULL)
"""
