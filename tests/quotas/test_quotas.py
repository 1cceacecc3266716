"""Quotas of lookups: counted in Redis, and never in the way when it is not there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from arq.connections import ArqRedis
from structlog.testing import capture_logs

from faults.faults_running import free_port
from forwarding import forwarding
from mobile_gateway import metrics, quotas
from mobile_gateway.quotas import Quotas
from mobile_gateway.rules.quotas import Quota
from servers import Servers

FEW = Quota("few", 5, 60)
BRIEF = Quota("brief", 5, 1)
HERE, THERE = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture
async def counting(servers: Servers, queue: ArqRedis) -> AsyncIterator[Quotas]:
    """Quotas on an emptied Redis."""
    opened = Quotas(servers.redis_url)
    yield opened
    await opened.close()


@pytest.fixture
async def away() -> AsyncIterator[Quotas]:
    """Quotas on a port where nobody listens."""
    opened = Quotas(f"redis://127.0.0.1:{free_port()}/0")
    yield opened
    await opened.close()


@pytest.fixture
async def silent() -> AsyncIterator[tuple[Quotas, list[object]]]:
    """Quotas on a server that accepts and never answers, and its connections."""
    met: list[object] = []
    writers: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)
        writers.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    opened = Quotas(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", again_seconds=0.2)
    yield opened, met
    await opened.close()
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


def counted(quota: Quota, outcome: str) -> float:
    value = metrics.quotas.labels(quota.name, outcome)._value.get()
    return float(value)


async def test_as_many_as_the_quota_are_allowed_and_each_key_has_its_own(counting: Quotas) -> None:
    allowed = [await counting.allow(FEW, HERE) for _ in range(8)]
    assert allowed == [True] * 5 + [False] * 3
    assert await counting.allow(FEW, THERE)
    assert await counting.allow(Quota("other", 1, 60), HERE)


async def test_lookups_at_once_do_not_pass_the_quota_together(counting: Quotas) -> None:
    for round_ in range(5):
        answers = await asyncio.gather(*(counting.allow(FEW, f"network {round_}") for _ in range(20)))
        assert sum(answers) == 5


async def test_several_processes_count_in_one_place(counting: Quotas, servers: Servers) -> None:
    other = Quotas(servers.redis_url)
    allowed = [await which.allow(FEW, HERE) for which in (counting, other) * 4]
    await other.close()
    assert sum(allowed) == 5


async def test_a_quota_comes_back_with_its_window_and_leaves_nothing_behind(
    counting: Quotas, queue: ArqRedis
) -> None:
    assert [await counting.allow(BRIEF, HERE) for _ in range(6)].count(True) == 5
    keys = await queue.keys("mobile_gateway:quota*")
    assert keys
    for key in keys:
        assert 0 < await queue.pttl(key) <= 2000
    await asyncio.sleep(2.1)
    assert await queue.keys("mobile_gateway:quota*") == []
    assert await counting.allow(BRIEF, HERE)


async def test_emptying_redis_forgets_the_counts_and_counting_goes_on(
    counting: Quotas, queue: ArqRedis
) -> None:
    assert not all([await counting.allow(FEW, HERE) for _ in range(6)])
    await queue.flushall()
    await queue.script_flush()
    assert [await counting.allow(FEW, HERE) for _ in range(6)] == [True] * 5 + [False]


async def test_outcomes_are_counted_without_naming_whose(counting: Quotas) -> None:
    before = [counted(FEW, outcome) for outcome in ("allowed", "refused")]
    for _ in range(7):
        await counting.allow(FEW, HERE)
    assert [counted(FEW, outcome) for outcome in ("allowed", "refused")] == [before[0] + 5, before[1] + 2]
    assert metrics.quotas._labelnames == ("quota", "outcome")


async def test_without_redis_everything_is_allowed_at_once_and_it_is_told_once(away: Quotas) -> None:
    before, started = counted(FEW, "away"), time.monotonic()
    with capture_logs() as lines:
        assert all([await away.allow(FEW, HERE) for _ in range(1000)])
    assert time.monotonic() - started < 0.5
    assert counted(FEW, "away") == before + 1000
    assert [line["event"] for line in lines] == ["quotas_away"]


async def test_a_redis_that_hangs_costs_fifty_milliseconds_once_in_seconds(
    silent: tuple[Quotas, list[object]],
) -> None:
    hanging, met = silent
    spent = []
    for _ in range(50):
        started = time.monotonic()
        assert await hanging.allow(FEW, HERE)
        spent.append(time.monotonic() - started)
    assert 0.04 < spent[0] < 0.5
    assert sum(spent[1:]) < 0.05
    assert len(met) == 1


async def test_of_many_callers_one_asks_again_whether_redis_is_back(
    silent: tuple[Quotas, list[object]],
) -> None:
    hanging, met = silent
    await hanging.allow(FEW, HERE)
    await asyncio.sleep(0.25)
    started = time.monotonic()
    waiting = asyncio.create_task(hanging.allow(FEW, HERE))
    await asyncio.sleep(0)
    assert all(await asyncio.gather(*(hanging.allow(FEW, HERE) for _ in range(100))))
    assert time.monotonic() - started < 0.04
    assert await waiting
    assert len(met) == 2


async def test_a_redis_that_is_back_is_counted_in_again(servers: Servers, queue: ArqRedis) -> None:
    real = urlsplit(servers.redis_url)
    port = free_port()
    returning = Quotas(servers.redis_url.replace(f":{real.port}", f":{port}"), again_seconds=0.1)
    with capture_logs() as lines:
        assert all([await returning.allow(FEW, HERE) for _ in range(20)])
        async with forwarding(port, real.hostname or "", real.port or 0):
            await asyncio.sleep(0.15)
            assert [await returning.allow(FEW, HERE) for _ in range(6)] == [True] * 5 + [False]
            await returning.close()
    assert [line["event"] for line in lines] == ["quotas_away", "quotas_back"]


async def test_without_an_address_nothing_is_counted() -> None:
    nothing = Quotas()
    assert all([await nothing.allow(FEW, HERE) for _ in range(20)])
    await nothing.close()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://:p%40ss@h:1/2", "async+redis://:p%40ss@h:1/2"),
        ("rediss://h:1", "async+rediss://h:1"),
        ("unix:///run/redis.sock", "async+redis+unix:///run/redis.sock"),
    ],
)
async def test_each_kind_of_address_of_redis_is_understood(url: str, address: str) -> None:
    assert quotas._address(url) == address
    opened = Quotas(url)
    assert await opened.allow(FEW, HERE)
    await opened.close()
