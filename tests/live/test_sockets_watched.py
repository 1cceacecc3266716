"""`graphql-transport-ws` over the real server: sockets whose client is gone, and tokens whose time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from mobile_gateway.clock import real
from mobile_gateway.web.subscribing import KEEP_SECONDS
from pushing import READY, tell
from rawsocket import frame, raw_socket
from served import Served, issued_at, resident

pytestmark = pytest.mark.anyio

WATCHED = 45.0
"""Longer than a socket without a word may live: `connection_init`'s 3 s and two pings."""

MIB = 1 << 20


async def test_who_answers_no_ping_is_closed_even_in_the_middle_of_a_message(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with (
        raw_socket(server.port, token) as dead,
        raw_socket(server.port, token) as half,
        server.socket(token) as alive,
    ):
        name = await alive.subscribe("inbox_changed")
        await alive.unread(name)
        before = resident(server)
        half.writer.write(frame(b'{"type":"', final=False))
        for _ in range(40):
            half.writer.write(frame(b"a" * MIB, opcode=0, final=False))
            await half.writer.drain()
        assert await _until(lambda: resident(server) - before > 30 * 1024), "it is held"
        answering = asyncio.create_task(alive.receive(2 * WATCHED))
        assert tuple(await asyncio.gather(dead.closed(WATCHED), half.closed(WATCHED))) == (1013, 1013)
        assert await _until(lambda: resident(server) - before < 20 * 1024), "it is let go"
        await asyncio.sleep(KEEP_SECONDS)
        await tell(server.gateway, READY, "topic:live-1")
        assert (await answering)["type"] == "next"


async def _until(held: Callable[[], bool]) -> bool:
    """Whether it holds within some seconds."""
    for _ in range(100):
        if held():
            return True
        await asyncio.sleep(0.1)
    return False


async def test_a_socket_does_not_outlive_a_token_that_ends_within_its_first_seconds(server: Served) -> None:
    token = await issued_at(server, READY, real() - timedelta(minutes=9, seconds=59))
    ends = real() + timedelta(seconds=1)
    async with server.socket(token) as socket:
        assert await socket.closed() == (4403, "UNAUTHENTICATED")
        assert (real() - ends).total_seconds() < 1
