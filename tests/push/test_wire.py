"""What reached the other end and what did not: the difference between sending again and never sending twice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mobile_gateway.push.wire import NeverSent, Route, RouteWrong, Unanswered, Wire

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
ONE = Route(connections=1, timeout_seconds=2.0)


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(await reader.readuntil(b"\r\n\r\n"), writer)
        await writer.drain()
        writer.transport.abort()

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    listening.close()
    await listening.wait_closed()


async def nothing(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"")


async def half_a_head(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200")


async def half_a_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")


async def no_http(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x15\x03\x01\x00\x02\x02\x16")


@pytest.mark.parametrize("serve", [nothing, half_a_head, half_a_body, no_http])
async def test_a_connection_that_is_cut_behind_the_request_may_have_been_obeyed(serve: Serve) -> None:
    wire = Wire(ONE)
    async with server(serve) as address:
        with pytest.raises(Unanswered):
            await wire.post(address, {}, b"x")
    await wire.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_connection_that_was_never_made_has_sent_nothing(scheme: str) -> None:
    wire = Wire(ONE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        with pytest.raises(NeverSent):
            await wire.post(f"{scheme}://127.0.0.1:{taken.getsockname()[1]}/", {}, b"x")
    await wire.close()


async def test_a_tls_handshake_that_fails_has_sent_nothing() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.transport.abort()

    wire = Wire(ONE)
    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    with pytest.raises(NeverSent):
        await wire.post(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", {}, b"x")
    listening.close()
    await listening.wait_closed()
    await wire.close()


async def moved(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\nRetry-After: 7\r\nLocation: /x\r\n\r\nno")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    wire = Wire(ONE)
    async with server(moved) as address:
        reply = await wire.post(address, {}, b"x")
    await wire.close()
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (302, b"no", "7")


async def test_a_proxy_by_setting_carries_the_requests() -> None:
    heads: list[bytes] = []

    async def proxy(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        await moved(head, writer)

    async with server(proxy) as address:
        wire = Wire(Route(connections=1, proxy=address))
        reply = await wire.post("http://fcm.invalid/v1", {}, b"x")
        await wire.close()
    assert reply.status == 302
    assert heads[0].startswith(b"POST http://fcm.invalid/v1 HTTP/1.1")


@pytest.mark.parametrize(
    "route", [Route(proxy="::"), Route(authority=Path("/nowhere.pem")), Route(authority=Path(__file__))]
)
def test_a_route_that_cannot_be_used_stops_the_start(route: Route) -> None:
    with pytest.raises(RouteWrong, match="no way out"):
        Wire(route)
