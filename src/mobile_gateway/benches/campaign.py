"""`campaign`: one campaign to very many devices by one worker process, from the first row to the last push.

It begins at night, so that expanding alone is measured, against plain INSERTs of the same rows by one statement for
each table: without a segment, a cursor or a crash to survive. At 07:01 by the domain's clock, which runs faster so
that the wait is short, the pushes go out by themselves into the recorder: what a provider's wire costs is `push`'s to
say. In full flight the campaign is paused and resumed. In the end everybody must have one inbox row, every delivery
must be settled as sent, and the recorder must hold as many pushes as there are deliveries. Memory is the worker's.
"""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from functools import partial
from itertools import pairwise
from subprocess import Popen
from typing import Any, Final

from mobile_gateway.actions import moving_time
from mobile_gateway.benches import cores
from mobile_gateway.benches.campaign_sql import (
    BEGIN,
    CAMPAIGN,
    COUNTED,
    DATA,
    EXPANDED,
    FLOOR_DELIVERIES,
    FLOOR_ITEMS,
    LATE,
    PAUSE,
    PEOPLE,
    RESUME,
    SENT,
)
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong, Result, Target
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database

NAME = "campaign"
POLL_SECONDS: Final = 0.25
LOOK_SECONDS: Final = 2.0
REST_SECONDS: Final = 5.0
STILL_SECONDS: Final = 5.0
FLOOR_PEOPLE: Final = 1_000_000
"""The floor is one transaction; more people would not change what one costs."""

NIGHT = datetime.fromisoformat("2024-08-20T06:31:00+08:00")
MORNING = datetime.fromisoformat("2024-08-20T07:01:00+08:00")
EXPECTED_A_SECOND: Final = 9_000
"""So fast is the night: expanding is over when the morning comes, should it go at least like this."""
SLOWEST_A_SECOND: Final = 1_500
"""Expanding or sending slower than this is given up."""
PARTS: Final = 10

MEGABYTES = Target(200, at_least=False)
FLAT = Target(1.25, at_least=False)
PAUSE_SECONDS = Target(2, at_least=False)
QUOTA = Target(10_000)
"""Devices a second of Firebase's quota of 600,000 a minute: our side must not be what holds a campaign up."""


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when somebody was told twice, or not at all."""
    people = ground.people
    ground.run(partial(_people, people))
    ground.settle()
    result = Result(NAME)
    floor_people = min(people, FLOOR_PEOPLE)
    floor = floor_people / ground.run(partial(_floor, floor_people))
    campaign = int(_row(ground, CAMPAIGN)["id"])
    night = people / EXPECTED_A_SECOND + 30
    speed = (MORNING - NIGHT).total_seconds() / night
    ground.run(partial(_show, NIGHT, min(max(speed, 1.0), 3600.0)))
    with ground.product("work") as (process, _):
        time.sleep(REST_SECONDS)
        resting = cores.resident_mb(process.pid)
        expanded = people / _expand(ground, campaign, process)
        deliveries = _check(ground, campaign)
        sending = _Sending(ground, process, deliveries)
        sending.watch(until=deliveries // 2)
        acted, late = _pause(ground, campaign)
        sending.watch(until=deliveries)
        peak = cores.peak_mb(process.pid)
    _check_sent(ground, campaign, deliveries, sending.recorded)
    result.figure("expanded devices/s", [expanded], QUOTA)
    result.figure("floor devices/s", [floor])
    result.ratio("expanded × floor", [expanded], [floor])
    result.figure("sent devices/s", sending.rates(), QUOTA)
    result.figure("pause acted after s", [acted], PAUSE_SECONDS)
    result.figure("last push settled after the pause s", [late], PAUSE_SECONDS)
    result.figure("worker at rest MB", [resting])
    result.figure("worker sending MB", sending.resident)
    result.figure("worker's peak MB", [peak], MEGABYTES)
    tenth = max(len(sending.resident) // PARTS, 1)
    ends = max(sending.resident[-tenth:]), max(sending.resident[:tenth])
    result.ratio("memory, end to beginning", [ends[0]], [ends[1]], FLAT)
    return result


class _Sending:
    """Pushes on their way: how many were recorded when, and how much the worker held."""

    def __init__(self, ground: Ground, process: Popen[bytes], deliveries: int) -> None:
        self._file, self._position = ground.recorded_pushes, 0
        self._process, self._deliveries = process, deliveries
        self._spells: list[list[tuple[float, int]]] = []
        self.recorded = 0
        self.resident: list[float] = []

    def watch(self, until: int) -> None:
        """Look on until so many are settled; raises BenchWrong when that takes too long, or the worker ends."""
        deadline = time.monotonic() + 600 + self._deliveries / SLOWEST_A_SECOND
        spell: list[tuple[float, int]] = []
        self._spells.append(spell)
        while self.recorded < until:
            time.sleep(LOOK_SECONDS)
            self._read()
            if self.recorded:
                spell.append((time.monotonic(), self.recorded))
                self.resident.append(cores.resident_mb(self._process.pid))
            _alive(self._process)
            if time.monotonic() > deadline:
                raise BenchWrong(f"{self.recorded} of {self._deliveries} pushes were sent in time")

    def _read(self) -> None:
        """Count the lines that came since the last look."""
        with contextlib.suppress(FileNotFoundError), self._file.open("rb") as file:
            file.seek(self._position)
            while block := file.read(1 << 20):
                self._position += len(block)
                self.recorded += block.count(b"\n")

    def rates(self) -> list[float]:
        """Pushes a second, by tenths of the time; the pause is in none of them."""
        found: list[float] = []
        for spell in self._spells:
            part = max(len(spell) // (PARTS // len(self._spells)), 1)
            for (began, first), (ended, last) in pairwise(spell[::part]):
                found.append((last - first) / (ended - began))
        return found


def _alive(process: Popen[bytes]) -> None:
    if process.poll() is not None:
        raise BenchWrong(f"the worker ended with {process.returncode}")


def _expand(ground: Ground, campaign: int, process: Popen[bytes]) -> float:
    """Let the worker expand the campaign; seconds from its beginning to its end, by the database's clock."""
    _row(ground, BEGIN, campaign)
    deadline = time.monotonic() + 60 + ground.people / SLOWEST_A_SECOND
    while True:
        time.sleep(POLL_SECONDS)
        row = _row(ground, EXPANDED, campaign)
        if row["seconds"]:
            return float(row["seconds"])
        _alive(process)
        if time.monotonic() > deadline:
            raise BenchWrong(f"{ground.people} people were not expanded within {deadline:.0f} s")


def _check(ground: Ground, campaign: int) -> int:
    """How many deliveries there are; raises BenchWrong when they, or the inbox rows, are not as many as they should."""
    row = _row(ground, COUNTED, campaign)
    if row["rows"] != row["people"] or min(row["rows"], row["deliveries"]) < ground.people:
        raise BenchWrong(
            f"{row['rows']} inbox rows of {row['people']} people, {row['deliveries']} deliveries"
        )
    return int(row["deliveries"])


def _check_sent(ground: Ground, campaign: int, deliveries: int, recorded: int) -> None:
    """Each is settled as sent, and was recorded once: none is left out or doubled."""
    sent = int(_row(ground, SENT, campaign)["sent"])
    if not sent == recorded == deliveries:
        raise BenchWrong(f"of {deliveries} deliveries {sent} are settled as sent, {recorded} were recorded")


def _pause(ground: Ground, campaign: int) -> tuple[float, float]:
    """Pause in full flight and resume; seconds until the pause was written, and from it to the last one settled."""
    began = time.monotonic()
    at: datetime = _row(ground, PAUSE, campaign)["at"]
    acted = time.monotonic() - began
    time.sleep(STILL_SECONDS)
    late = _row(ground, LATE, campaign, at)["seconds"]
    _row(ground, RESUME, campaign)
    return acted, float(late)


def _row(ground: Ground, statement: str, *given: Any) -> Any:
    return ground.run(lambda database: _one(database, statement, *given))


async def _one(database: Database, statement: str, *given: Any) -> Any:
    async with database.transaction() as connection:
        return await connection.fetchrow(statement, *given, timeout=1800)


async def _people(count: int, database: Database) -> None:
    for first in range(1, count + 1, 100_000):
        await _one(database, PEOPLE, first, min(first + 99_999, count))


async def _floor(count: int, database: Database) -> float:
    """The same rows in two statements, in a transaction that is rolled back; seconds."""
    rolled_back = RuntimeError("measured")
    began = time.perf_counter()
    seconds = 0.0
    try:
        async with database.transaction() as connection:
            await connection.execute(FLOOR_ITEMS, DATA, count, timeout=1800)
            done = await connection.execute(FLOOR_DELIVERIES, timeout=1800)
            seconds = time.perf_counter() - began
            if int(done.rsplit(maxsplit=1)[-1]) != count:
                raise BenchWrong(f"the floor wrote {done}")
            raise rolled_back
    except RuntimeError as why:
        if why is not rolled_back:
            raise
    return seconds


async def _show(moment: datetime, speed: float, database: Database) -> None:
    await moving_time.set_clock(database, real_now=real(), domain_now=moment, speed=speed)
