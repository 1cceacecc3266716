"""Redis away, emptied and back; a client that reads nothing; production's documents; ten idle sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway import Gateway
from mobile_gateway import transactions
from mobile_gateway.live import Live
from mobile_gateway.local import Parts
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes
from mobile_gateway.schema import operations
from pushing import READY, tell
from rawsocket import RawSocket, frame, raw_socket
from served import SILENCE, Served, family, resident, served
from servers import Servers

PGSTAT_SECONDS = 11.0
"""After which an idle backend of PostgreSQL has reported what it did."""


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[Parts]:
    with Parts.start(tmp_path / "own", postgres=False, redis=True, durable=False) as parts:
        yield parts


async def test_without_redis_sockets_stay_open_and_look_once_when_it_is_back(
    gateway: Gateway, own_redis: Parts, tmp_path: Path
) -> None:
    settings = gateway.resources.settings
    redis, told = own_redis.redis, Live(own_redis.redis_url)
    assert redis is not None
    gateway.database.on_commit = told.tell
    log = tmp_path / "serve.log"
    async with (
        served(gateway, settings.database_url, own_redis.redis_url, log) as server,
        server.socket(await gateway.token(READY)) as socket,
    ):
        name = await socket.subscribe("inbox_changed")
        before = await socket.unread(name)
        redis.stop(immediate=True)
        started = time.monotonic()
        await tell(gateway, READY, "topic:live-1")
        assert time.monotonic() - started < 1  # a commit waits for nobody
        await socket.silent()
        redis.start()
        assert await socket.unread(name) == before + 1
        await tell(gateway, READY, "topic:live-2")
        assert await socket.unread(name) == before + 2
        redis.stop(immediate=True)
        async with server.socket(await gateway.token(READY)) as later:  # what is there needs no Redis
            assert await later.unread(await later.subscribe("inbox_changed")) == before + 2
        redis.start()
    await told.close()


async def test_what_is_told_arrives_in_every_process_and_a_rollback_tells_nothing(
    gateway: Gateway, servers: Servers
) -> None:
    others = [Live(servers.redis_url) for _ in range(2)]
    following = [asyncio.create_task(one.follow()) for one in others]
    with others[0].listening(changes.inbox(7)) as first, others[1].listening(changes.inbox(7)) as second:
        turns = [aiter(first), aiter(second)]
        for one in turns:
            await asyncio.wait_for(anext(one), 5)  # listening: it looks once
        waiting = [asyncio.ensure_future(anext(one)) for one in turns]
        with contextlib.suppress(ZeroDivisionError):
            async with gateway.database.transaction():
                transactions.tell(changes.inbox(7))
                raise ZeroDivisionError
        await asyncio.sleep(SILENCE)
        assert not any(one.done() for one in waiting)
        gateway.resources.live.tell([changes.inbox(7), changes.inbox(8)])
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        for live, one in zip(others, turns, strict=True):
            live.leave()
            with pytest.raises(StopAsyncIteration):
                await asyncio.wait_for(anext(one), 5)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, *(live.close() for live in others), return_exceptions=True)


async def test_a_write_outside_a_transaction_cannot_be_told(database: Database) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        transactions.tell(changes.inbox(7))
    told: list[set[str]] = []
    database.on_commit = lambda names: told.append(set(names))
    async with database.transaction():
        transactions.tell(changes.inbox(7), changes.inbox(7))
        transactions.tell(changes.progress(7, 1))
        assert told == []
    assert told == [{"inbox:7", "progress:7:1"}]


async def test_production_runs_the_apps_own_subscriptions_alone(
    gateway: Gateway, servers: Servers, tmp_path: Path
) -> None:
    settings = gateway.resources.settings
    async with gateway.database.transaction() as connection:
        await connection.execute("DELETE FROM domain_clock")
    more = {
        "MOBILE_GATEWAY_ENVIRONMENT": "production",
        "MOBILE_GATEWAY_PUSH_PROVIDER": "fcm",
        "MOBILE_GATEWAY_FCM_PROJECT": "p",
        "MOBILE_GATEWAY_SMS_PROVIDER": "aliyun",
        **{
            f"MOBILE_GATEWAY_ALIYUN_{name}": "x"
            for name in (
                "ACCESS_KEY_ID",
                "ACCESS_KEY_SECRET",
                "SIGN_NAME",
                "TEMPLATE_SIGN_IN",
                "TEMPLATE_PHONE_CHANGED",
                "TEMPLATE_REBIND_REJECTED",
            )
        },
    }
    log = tmp_path / "serve.log"
    async with (
        served(gateway, settings.database_url, servers.redis_url, log, **more) as server,
        server.socket(await gateway.token(READY)) as socket,
    ):
        await socket.ask("subscription { inboxChanged { inboxUnread } }")
        message = await socket.receive()
        assert message["payload"][0]["extensions"]["code"] == "REQUEST_INVALID"
        payload = {"documentId": operations.document_id(operations.by_file()["inbox_changed"])}
        await socket.send({"id": "by-hash", "type": "subscribe", "payload": payload})
        await socket.unread("by-hash")


async def test_a_client_that_never_reads_loses_its_place_and_costs_little(server: Served) -> None:
    token = await server.gateway.token(READY)
    before = resident(server)
    async with raw_socket(server.port, token, limit=1024) as deaf:
        payload = {"query": operations.by_file()["inbox_changed"]}
        await deaf.send({"id": "1", "type": "subscribe", "payload": payload})
        assert await server.streams("socket") == 1
        flooding = asyncio.create_task(_flood(deaf))
        await server.fewer_streams("socket", 0, 90)  # its buffers are full, and 15 s are over
        assert resident(server) - before < 64 * 1024
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
        async with server.socket(token) as socket:  # the others are served
            await socket.unread(await socket.subscribe("inbox_changed"))


async def _flood(socket: RawSocket) -> None:
    """Ask and ask, without reading an answer."""
    pings = frame(b'{"type":"ping"}') * 1000
    while True:
        socket.writer.write(pings)
        await socket.writer.drain()


async def test_a_hundred_idle_sockets_cost_nothing(server: Served) -> None:
    gateway = server.gateway
    tokens = [await gateway.token(f"+861990000000{number}") for number in (1, 2, 3, 4, 5, 7, 8)]
    async with asyncio.TaskGroup() as group:
        held = [asyncio.Event() for _ in range(70)]
        free = asyncio.Event()

        async def hold(number: int) -> None:
            async with server.socket(tokens[number % 7]) as socket:
                await socket.next(await socket.subscribe("inbox_changed"))
                held[number].set()
                await free.wait()

        for number in range(70):
            group.create_task(hold(number))
        await asyncio.gather(*(one.wait() for one in held))
        await _started(server)
        await asyncio.sleep(PGSTAT_SECONDS)
        statements = await _statements(gateway)
        busy = _busy(server)
        await asyncio.sleep(3)
        assert _busy(server) - busy < 0.5
        assert await _statements(gateway) - statements < 40  # the catalogue is followed, and that is all
        free.set()


async def _started(server: Served) -> None:
    """Wait until a gateway has compiled what it compiles beside the first requests."""
    async with asyncio.timeout(30):
        while True:
            busy = _busy(server)
            await asyncio.sleep(1)
            if _busy(server) - busy < 0.15:
                return


def _busy(server: Served) -> float:
    """Seconds of the CPU that the server's processes took."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in family(server)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / ticks


async def _statements(gateway: Gateway) -> int:
    async with gateway.database.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        found: int = await connection.fetchval(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
    return found
