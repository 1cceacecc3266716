"""Workers killed in the middle of 2,000 deliveries: none is lost, and what came twice was in flight (TRUST.md)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults.faults_running import PROGRAM, environment
from gateway import Gateway
from mobile_gateway.push.pacer import HANDS
from mobile_gateway.workers.pushes import BATCH
from pushing import READY, only
from standing_in import PROJECT, ServedStandIn, served

pytestmark = pytest.mark.timeout(200)

DELIVERIES = 2_000
KILLS = (300, 900)
"""The worker is killed when so many have been accepted."""

QUEUED = """
WITH item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT $1, 'TOPIC_COMPLETED', 'topic:' || n, 'SERVICE',
         '{"topic": "专题", "topic_en": "Topic", "topic_id": "1", "credits": "10.00"}', now()
    FROM generate_series(1, $2::int) AS n
  RETURNING id
)
INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
SELECT $1, i.id, d.id, 'SERVICE', 'DUE', now() FROM item i, device d
 WHERE d.person_id = $1 AND d.state = 'ACTIVE'
"""


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[ServedStandIn]:
    with served(tmp_path, "--latency-ms", "100") as found:
        yield found


@contextmanager
def working(gateway: Gateway, standin: ServedStandIn, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process that sends to the stand-in; killed at the end."""
    settings = gateway.resources.settings
    variables = {
        **environment(),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "FCM_ENDPOINT": standin.url,
        "MOBILE_GATEWAY_ENVIRONMENT": "local",
        "MOBILE_GATEWAY_KEYS": settings.keys,
        "MOBILE_GATEWAY_DATA": str(log.parent),
        "MOBILE_GATEWAY_PUSH_PROVIDER": "fcm",
        "MOBILE_GATEWAY_FCM_PROJECT": PROJECT,
        "MOBILE_GATEWAY_PUSH_AUTHORITY": str(standin.authority),
    }
    with log.open("ab") as output:
        process = subprocess.Popen([*PROGRAM, "work"], env=variables, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


async def accepted(standin: ServedStandIn, least: int) -> None:
    for _ in range(1_200):
        if (await asyncio.to_thread(standin.get, "/counters"))["accepted"] >= least:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{least} were not accepted within a minute")


async def counted(gateway: Gateway, condition: str) -> int:
    async with gateway.database.connection() as connection:
        found: int = await connection.fetchval(f"SELECT count(*) FROM delivery WHERE {condition}")
    return found


async def a_minute_passes(gateway: Gateway) -> None:
    """The leases of who was killed run out."""
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "UPDATE delivery SET lease_until = now() - interval '1 s' WHERE state = 'LEASED'"
        )


async def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_only_what_was_in_flight(
    gateway: Gateway, standin: ServedStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await only(gateway, "ok-phone")
    async with gateway.database.transaction() as connection:
        await connection.execute(QUEUED, await gateway.person(READY), DELIVERIES)
    in_flight = 0
    for least in KILLS:
        with working(gateway, standin, tmp_path / "worker.log") as worker:
            await accepted(standin, least)
            os.kill(worker.pid, 9)
            worker.wait(10)
        leased = await counted(gateway, "state = 'LEASED'")
        assert 0 < leased <= HANDS * BATCH, "it was killed in the middle, and its memory is bounded"
        in_flight += leased
        await a_minute_passes(gateway)
    with working(gateway, standin, tmp_path / "worker.log"):
        for _ in range(1_200):
            if not await counted(gateway, "settled_at IS NULL"):
                break
            await asyncio.sleep(0.05)
    counters = standin.get("/counters")
    with capsys.disabled():
        sys.stdout.write(f" [{counters['duplicates']} came twice of {in_flight} in flight]")
    assert await counted(gateway, "state IN ('SENT', 'UNKNOWN')") == DELIVERIES
    assert await counted(gateway, "state = 'UNKNOWN'") <= in_flight, "killed twice over the same ones"
    assert counters["accepted"] - counters["duplicates"] == DELIVERIES, "each arrived"
    assert counters["duplicates"] <= in_flight
    shown = standin.get("/shown", token="ok-phone")
    assert len(shown) == len({one["tag"] for one in shown}) == DELIVERIES, "and each device shows each once"
