"""`campaign`: the fan-out to very many devices by one worker process, against plain INSERTs of the same rows.

First it is night, so that expanding alone is measured; the floor writes the same rows by one statement for each table,
without a segment, a cursor or a crash to survive. Then it is day for a part of them, pushes are recorded, and the
campaign is paused in full flight: what counts is when the last push was settled after the pause. Memory is the
worker's peak: after its start, and after everything.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

from mobile_gateway import jobs
from mobile_gateway.actions import moving_time
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong, Result, Target
from mobile_gateway.clock import real
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database

NAME = "campaign"
POLL_SECONDS: Final = 0.25
REST_SECONDS: Final = 5.0
CHAINS: Final = 2
DUE: Final = 200_000
NIGHT = datetime.fromisoformat("2024-08-20T22:30:00+08:00")
MORNING = datetime.fromisoformat("2024-08-21T09:00:00+08:00")
SENDING_SECONDS: Final = 8.0
STILL_SECONDS: Final = 5.0
A_SECOND_SLOWEST: Final = 2_000
"""An expansion slower than this is given up."""

MEGABYTES = Target(200, at_least=False)
PAUSE = Target(2, at_least=False)
QUOTA = Target(10_000)
"""Devices a second of Firebase's quota of 600,000 a minute: expanding must not be what holds a campaign up."""


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when somebody was told twice, or not at all."""
    ground.run(partial(_people, ground.people))
    ground.settle()
    result = Result(NAME)
    floor = ground.people / ground.run(partial(_floor, ground.people))
    campaign = ground.run(_campaign)
    ground.run(partial(_show, NIGHT))
    with ground.product("work") as (process, _):
        time.sleep(REST_SECONDS)
        resting = _peak_megabytes(process)
        expanded = ground.people / _expand(ground, campaign, process)
        _check(ground, campaign)
        ground.run(_let_go)
        ground.run(partial(_show, MORNING))
        asyncio.run(_nudge(ground))
        time.sleep(SENDING_SECONDS)
        paused_at = time.monotonic()
        ground.run(partial(_pause, campaign))
        acted = time.monotonic() - paused_at
        time.sleep(STILL_SECONDS)
        sent, late = ground.run(partial(_sent, campaign))
        peak = _peak_megabytes(process)
    result.figure("expanded devices/s", [expanded], QUOTA)
    result.figure("floor devices/s", [floor])
    result.ratio("expanded × floor", [expanded], [floor])
    result.figure("sent devices/s", [sent / SENDING_SECONDS])
    result.figure("pause acted after s", [acted], PAUSE)
    result.figure("last push settled after the pause s", [late], PAUSE)
    result.figure("worker at rest MB", [resting])
    result.figure("worker's peak MB", [peak], MEGABYTES)
    return result


def _expand(ground: Ground, campaign: int, process: Popen[bytes]) -> float:
    """Let the worker expand the campaign; seconds from its beginning to its end, by the database's clock."""
    ground.run(partial(_begin, campaign))
    deadline = time.monotonic() + 30 + ground.people / A_SECOND_SLOWEST
    while True:
        time.sleep(POLL_SECONDS)
        if seconds := ground.run(partial(_expanded, campaign)):
            return seconds
        if process.poll() is not None:
            raise BenchWrong(f"the worker ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise BenchWrong(f"{ground.people} people were not expanded within {deadline:.0f} s")


def _check(ground: Ground, campaign: int) -> None:
    rows, people, deliveries = ground.run(partial(_counted, campaign))
    if rows != people or min(rows, deliveries) < ground.people:  # the demo has some parents too
        raise BenchWrong(f"{rows} inbox rows of {people} people, {deliveries} deliveries")


def _peak_megabytes(process: Popen[bytes]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _one(database: Database, statement: str, *given: Any) -> Any:
    async with database.transaction() as connection:
        return await connection.fetchrow(statement, *given, timeout=1800)


async def _people(count: int, database: Database) -> None:
    for first in range(1, count + 1, 100_000):
        await _one(database, _PEOPLE, first, min(first + 99_999, count))


async def _floor(count: int, database: Database) -> float:
    """The same rows in two statements, in a transaction that is rolled back; seconds."""
    rolled_back = RuntimeError("measured")
    began = time.perf_counter()
    seconds = 0.0
    try:
        async with database.transaction() as connection:
            await connection.execute(_FLOOR_ITEMS, _DATA, timeout=1800)
            done = await connection.execute(_FLOOR_DELIVERIES, timeout=1800)
            seconds = time.perf_counter() - began
            if int(done.rsplit(maxsplit=1)[-1]) != count:
                raise BenchWrong(f"the floor wrote {done}")
            raise rolled_back
    except RuntimeError as why:
        if why is not rolled_back:
            raise
    return seconds


async def _campaign(database: Database) -> int:
    """A campaign that is approved and proven."""
    number: int = (await _one(database, _CAMPAIGN))["id"]
    return number


async def _begin(campaign: int, database: Database) -> None:
    await _one(
        database,
        "UPDATE campaign SET state = 'SENDING', begun_at = clock_timestamp(), sending_since = clock_timestamp()"
        " WHERE id = $1",
        campaign,
    )


async def _expanded(campaign: int, database: Database) -> float:
    """Seconds from the beginning to the last row written; 0 while there is more to do."""
    row = await _one(
        database,
        "SELECT CASE WHEN expanded_at IS NOT NULL THEN extract(epoch FROM clock_timestamp() - begun_at)::float8 END"
        " AS seconds FROM campaign WHERE id = $1",
        campaign,
    )
    return row["seconds"] or 0.0


async def _counted(campaign: int, database: Database) -> tuple[int, int, int]:
    row = await _one(
        database,
        "SELECT (SELECT count(*) FROM inbox_item WHERE kind = 'CAMPAIGN') AS rows,"
        " (SELECT count(DISTINCT person_id) FROM inbox_item WHERE kind = 'CAMPAIGN') AS people,"
        " (SELECT count(*) FROM delivery WHERE campaign_id = $1) AS deliveries",
        campaign,
    )
    return row["rows"], row["people"], row["deliveries"]


async def _show(moment: datetime, database: Database) -> None:
    await moving_time.set_clock(database, real_now=real(), domain_now=moment, speed=1)


async def _let_go(database: Database) -> None:
    """Some deliveries are due; all of a million would take longer to touch than to send."""
    await _one(
        database,
        "UPDATE delivery SET due_at = now() WHERE (person_id, id) IN (SELECT person_id, id FROM delivery"
        " WHERE campaign_id IS NOT NULL AND state = 'DUE' LIMIT $1)",
        DUE,
    )


async def _nudge(ground: Ground) -> None:
    """Start as many chains of delivering as a walk would have by then."""
    queue = jobs.open_queue(ground.variables["REDIS_URL"])
    for _ in range(CHAINS):
        await Jobs(queue).deliver()
    await queue.aclose(close_connection_pool=True)


async def _pause(campaign: int, database: Database) -> None:
    await _one(
        database, "UPDATE campaign SET state = 'PAUSED', pause_reason = $2 WHERE id = $1", campaign, "bench"
    )
    await _one(database, "UPDATE campaign SET tested_at = clock_timestamp() WHERE id = $1", campaign)


async def _sent(campaign: int, database: Database) -> tuple[int, float]:
    """Deliveries settled before the pause, and seconds from it to the last one settled."""
    row = await _one(
        database,
        "SELECT count(*) FILTER (WHERE d.settled_at <= c.tested_at) AS sent,"
        " greatest(extract(epoch FROM max(d.settled_at) - min(c.tested_at)), 0)::float8 AS late"
        " FROM delivery d JOIN campaign c ON c.id = d.campaign_id WHERE c.id = $1",
        campaign,
    )
    return row["sent"], row["late"] or 0.0


_DATA: Final = {
    "title": "证书可以领取了",
    "title_en": "Claim your certificate",
    "body": "请在专题页核对个人信息后领取证书。",
    "body_en": "Check your details on the topic page, then claim it.",
    "deep_link": "smartedu://topic/1",
    "campaign_id": "1",
}

_PEOPLE = """
WITH made AS (
  INSERT INTO person (identity, phone, name)
  SELECT 'PARENT', '+86197' || lpad(n::text, 8, '0'), '测评家长' FROM generate_series($1::int, $2::int) AS n
  RETURNING id
)
INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
SELECT id, 'FCM', CASE WHEN id % 3 = 0 THEN 'IOS' ELSE 'ANDROID' END, 'bench-' || id, sha256(('bench-' || id)::bytea),
       'zh-CN', 'ACTIVE' FROM made
"""

_FLOOR_ITEMS = """
INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
SELECT id, 'CAMPAIGN', 'campaign:0', 'MARKETING', $1::jsonb, now() FROM person WHERE name = '测评家长'
"""
_FLOOR_DELIVERIES = """
INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
SELECT i.person_id, i.id, d.id, 'MARKETING', 'DUE', now()
  FROM inbox_item i JOIN device d ON d.person_id = i.person_id WHERE i.subject = 'campaign:0'
"""

_CAMPAIGN = """
WITH admins AS (
  SELECT min(person_id) AS one, max(person_id) AS other FROM staff_grant WHERE role = 'PLATFORM_ADMIN'
)
INSERT INTO campaign (state, title, title_en, body, body_en, deep_link, segment, created_by_id, approved_by_id,
                      approved_at, starts_at, proven_at)
SELECT 'APPROVED', '证书可以领取了', 'Claim your certificate', '请在专题页核对个人信息后领取证书。',
       'Check your details on the topic page, then claim it.', 'smartedu://topic/1',
       '{"identities": ["PARENT"], "last_seen": {"days": 30, "within": false}}', one, other, now(), now(), now()
  FROM admins
RETURNING id
"""
