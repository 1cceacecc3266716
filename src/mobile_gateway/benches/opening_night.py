"""The night itself: the real worker walks, is killed halfway, and another one goes on; and what is seen meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from subprocess import Popen
from typing import Final
from uuid import uuid4

import asyncpg

from mobile_gateway.actions import delivering, opening
from mobile_gateway.benches import cores, opening_crowd
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong
from mobile_gateway.benches.opening_crowd import SECONDS_A_STEP
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database
from mobile_gateway.reads import due

MIDNIGHT: Final = datetime.fromisoformat("2024-09-01T00:00:00+08:00")
PATIENCE_SECONDS: Final = 60
"""So long a worker may stand still: it has 15 s to start, and the sweeper sleeps two."""

POLL_SECONDS: Final = 0.05
LOOK_EVERY: Final = 4
BATCH: Final = 500
LOOKS: Final = 10


@dataclass(slots=True)
class Night:
    """What was seen: seconds, milliseconds of each chunk and each look for due work, megabytes of each worker."""

    first_round: float = 0.0
    second_round: float = 0.0
    stood_still: float = 0.0
    chunks: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    resident: list[list[float]] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


def live(ground: Ground, topic_id: int, people: int) -> Night:
    """One night of a topic whose crowd has so many people; BenchWrong when it stands still or a worker ends."""
    night = Night()
    ground.stop_the_clock(MIDNIGHT)
    with ground.product("work") as (process, _):
        _watch(ground, night, process, lambda row: row["looked_at"] >= people // 2)
        night.peaks.append(cores.peak_mb(process.pid))
        process.kill()
        process.wait()
        killed = real()
    with ground.product("work") as (process, _):
        over = _watch(ground, night, process, lambda row: row["round"] == 2)  # noqa: PLR2004 - the second
        night.first_round = (over["now"] - over["started_at"]).total_seconds()
        _chunks(night, ground.run(partial(_begun, topic_id)), killed)
        if not ground.run(partial(opening_crowd.complete_late, topic_id=topic_id)):
            raise BenchWrong("nobody completes behind the walk")
        ground.run(_hasten)
        began = time.perf_counter()
        _watch(ground, night, process, lambda row: row["finished_at"] is not None)
        night.second_round = time.perf_counter() - began
        night.peaks.append(cores.peak_mb(process.pid))
    return night


def _watch(
    ground: Ground, night: Night, process: Popen[bytes], enough: Callable[[asyncpg.Record], bool]
) -> asyncpg.Record:
    """Look on until it is enough; what is due is looked for meanwhile, as sweepers do."""
    resident: list[float] = []
    night.resident.append(resident)

    async def watch(database: Database) -> asyncpg.Record:
        moved, seen, turn, first = time.monotonic(), None, 0, True
        while True:
            async with database.connection() as connection:
                row = await connection.fetchrow(
                    "SELECT *, clock_timestamp() AS now FROM certificate_opening ORDER BY id DESC LIMIT 1"
                )
            if row is not None and enough(row):
                return row
            place = row and (row["round"], row["looked_at"])
            if place != seen:
                if not first:
                    resident.append(cores.resident_mb(process.pid))
                moved, seen, first = time.monotonic(), place, False
            if process.poll() is not None:
                raise BenchWrong(f"a worker ended with {process.returncode}")
            if time.monotonic() - moved > PATIENCE_SECONDS:
                raise BenchWrong(f"the walk stands still at {place}")
            turn += 1
            if turn % LOOK_EVERY == 0:
                night.looks.append(await look(database))
            await asyncio.sleep(POLL_SECONDS)

    return ground.run(watch)


async def look(database: Database) -> float:
    """Milliseconds of a look for deliveries that are due, as the sweeper and the job do, when none is."""
    now = real()
    began = time.perf_counter()
    async with database.connection() as connection:
        found = await due.pushes(connection, real())
    taken = await _claim(database, now)
    if (found.service and found.service <= now) or taken:
        raise BenchWrong("a push is due in the night")
    return (time.perf_counter() - began) * 1000


async def claims(database: Database) -> list[float]:
    """Milliseconds of claiming a batch that is due while all others are for later; to be done last."""
    times = []
    for _ in range(LOOKS):
        async with database.transaction() as connection:
            await connection.execute(
                "UPDATE delivery SET due_at = now() WHERE (person_id, id) IN"
                " (SELECT person_id, id FROM delivery WHERE state = 'DUE' AND due_at > now() LIMIT $1)",
                BATCH,
            )
        began = time.perf_counter()
        taken = await _claim(database, real())
        times.append((time.perf_counter() - began) * 1000)
        if taken != BATCH:
            raise BenchWrong(f"{taken} of {BATCH} due deliveries were claimed")
    return times


async def _claim(database: Database, now: datetime) -> int:
    """Claim as the worker does; how many."""
    claimed = await delivering.claim(database, uuid4(), now, BATCH)
    return len(claimed.due)


async def _begun(topic_id: int, database: Database) -> list[datetime]:
    """When each chunk's transaction began: its rows were made then."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT created_at FROM inbox_item WHERE kind = 'CERTIFICATE_READY' AND subject = $1 ORDER BY 1",
            f"topic:{topic_id}",
            timeout=SECONDS_A_STEP,
        )
    return [row["created_at"] for row in rows]


def _chunks(night: Night, begun: list[datetime], killed: datetime) -> None:
    for earlier, later in pairwise(begun):
        seconds = (later - earlier).total_seconds()
        if earlier <= killed <= later:
            night.stood_still = seconds
        else:
            night.chunks.append(seconds * 1000)
    if not night.stood_still:
        raise BenchWrong("the walk was over before its worker was killed")


async def _hasten(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("UPDATE certificate_opening SET due_at = now() WHERE finished_at IS NULL")


def grown(night: Night) -> tuple[float, float]:
    """Megabytes that the second worker held at the end and when it had begun to walk."""
    seen = [one for watched in night.resident[1:] for one in watched] or night.peaks[1:]
    return seen[-1], seen[0]


def rates(night: Night, parts: int) -> list[float]:
    """People a second of the first round in so many equal parts of it, in order."""
    size = max(1, len(night.chunks) // parts)
    pieces = [night.chunks[at : at + size] for at in range(0, len(night.chunks), size)]
    return [len(piece) * opening.CHUNK / (sum(piece) / 1000) for piece in pieces]
