"""The pace of a provider, shared through Redis: present, away, silent, emptied and back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from arq.connections import ArqRedis

from faults.faults_running import free_port
from forwarding import forwarding
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.rules.words import MessageClass, PushProviderName
from servers import Servers

FCM, HUAWEI = PushProviderName.FCM, PushProviderName.HUAWEI
SERVICE = MessageClass.SERVICE
PROJECTS = {FCM: "training", HUAWEI: "100001"}
MANY = 100_000
COLD = 158
"""A second of a sixtieth of the quota, with its margin."""


@pytest.fixture
async def pacers(servers: Servers, queue: ArqRedis) -> AsyncIterator[list[Pacer]]:
    """Two workers on an emptied Redis."""
    opened = [Pacer(servers.redis_url, PROJECTS) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


async def test_two_workers_share_one_bucket(pacers: list[Pacer]) -> None:
    one, other = pacers
    assert (await one.take(FCM, 100, SERVICE)).permits == 100
    left = (await other.take(FCM, MANY, SERVICE)).permits
    assert COLD - 100 <= left < COLD
    assert (await one.take(FCM, MANY, SERVICE)).permits < 20
    assert (await one.take(HUAWEI, MANY, SERVICE)).permits >= COLD, "each provider has its own"


async def test_many_who_take_at_once_never_get_more_than_there_is(pacers: list[Pacer]) -> None:
    began = time.monotonic()
    grants = await asyncio.gather(*(pacers[n % 2].take(FCM, 10, SERVICE) for n in range(60)))
    taken = sum(grant.permits for grant in grants)
    assert COLD - 10 <= taken <= COLD + (time.monotonic() - began) * COLD * 2


async def test_what_is_given_back_can_be_taken_by_another(pacers: list[Pacer]) -> None:
    one, other = pacers
    taken = (await one.take(FCM, MANY, SERVICE)).permits
    await one.claimed(FCM, SERVICE, used=0, unused=taken)
    assert (await other.take(FCM, MANY, SERVICE)).permits >= taken


async def test_a_breaker_that_one_worker_opens_holds_the_others_and_no_other_provider(
    pacers: list[Pacer],
) -> None:
    one, other = pacers
    await one.report(FCM, good=10, bad=90)
    grant = await other.take(FCM, 10, SERVICE)
    assert (grant.permits, grant.is_open) == (0, True)
    assert grant.wait_seconds > 4
    assert (await other.take(HUAWEI, 10, SERVICE)).permits == 10


async def test_an_emptied_redis_makes_it_cold_and_closes_its_breaker(
    pacers: list[Pacer], queue: ArqRedis
) -> None:
    one, other = pacers
    await one.report(FCM, good=10, bad=90)
    await queue.flushall()
    grant = await other.take(FCM, MANY, SERVICE)
    assert (grant.permits, grant.is_open) == (COLD, False)


async def test_what_another_release_left_in_redis_is_as_nothing(pacers: list[Pacer], queue: ArqRedis) -> None:
    await queue.set("mobile_gateway:pace:FCM:training", b'{"tokens": "many"}')
    assert (await pacers[0].take(FCM, MANY, SERVICE)).permits == COLD


async def ahead(queue: ArqRedis, seconds: float) -> None:
    """As if the clock of Redis had been set back by so many seconds."""
    key = "mobile_gateway:pace:FCM:training"
    kept = json.loads(await queue.get(key))
    times = ("at", "warming_since", "used_at", "window_since", "open_until")
    await queue.set(key, json.dumps(kept | {name: kept[name] + seconds for name in times if kept[name]}))


async def test_a_clock_of_redis_that_is_set_back_makes_it_cold_and_stops_nobody(
    pacers: list[Pacer], queue: ArqRedis
) -> None:
    one, other = pacers
    await one.take(FCM, MANY, SERVICE)
    await ahead(queue, 120.0)
    assert (await other.take(FCM, MANY, SERVICE)).permits == COLD
    assert (await one.take(FCM, MANY, SERVICE)).permits < COLD, "and goes on from there"
    await one.report(FCM, good=0, bad=100)
    await ahead(queue, 120.0)
    assert (await other.take(FCM, MANY, SERVICE)).permits == COLD


async def test_a_little_ahead_is_the_same_pace(pacers: list[Pacer], queue: ArqRedis) -> None:
    one, other = pacers
    await one.take(FCM, MANY, SERVICE)
    await ahead(queue, 4.0)
    assert (await other.take(FCM, MANY, SERVICE)).permits == 0


async def test_while_redis_is_away_a_worker_has_its_share_and_waits_for_nobody() -> None:
    pacer = Pacer(f"redis://127.0.0.1:{free_port()}/0", PROJECTS, workers=10)
    began = time.monotonic()
    grants = [(await pacer.take(FCM, MANY, SERVICE)).permits for _ in range(20)]
    assert time.monotonic() - began < 1.0
    assert 1 <= sum(grants) <= COLD / 10 + 10, "a tenth of what all may"
    await pacer.report(FCM, good=0, bad=100)
    assert (await pacer.take(FCM, 10, SERVICE)).is_open, "and a breaker of its own"
    await pacer.close()


async def test_a_redis_that_does_not_answer_costs_a_quarter_of_a_second_once() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    pacer = Pacer(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", PROJECTS)
    began = time.monotonic()
    for _ in range(20):
        await pacer.take(FCM, 1, SERVICE)
    assert time.monotonic() - began < 1.5
    await pacer.close()
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_when_redis_is_back_the_bucket_is_shared_again(servers: Servers, queue: ArqRedis) -> None:
    there = urlsplit(servers.redis_url)
    port = free_port()
    address = servers.redis_url.replace(f":{there.port}", f":{port}")
    pacer = Pacer(address, PROJECTS, again_seconds=0.1)
    await pacer.take(FCM, 1, SERVICE)
    async with forwarding(port, there.hostname or "", there.port or 0):
        await asyncio.sleep(0.15)
        assert (await pacer.take(FCM, 100, SERVICE)).permits == 100
        assert await queue.exists("mobile_gateway:pace:FCM:training")
        await pacer.close()


async def test_a_provider_without_a_project_has_no_limit() -> None:
    pacer = Pacer()
    assert (await pacer.take(FCM, MANY, SERVICE)).permits == MANY
    await pacer.report(FCM, good=0, bad=MANY)
    assert (await pacer.take(FCM, MANY, SERVICE)).permits == MANY
