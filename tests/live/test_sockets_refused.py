"""`graphql-transport-ws` over the real server: how a socket is refused, and how many there are."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.web.subscribing import MOST_WAITING_OF_A_NETWORK
from pushing import READY
from rawsocket import raw_socket
from served import SILENCE, Served, issued_at, served
from servers import Servers

pytestmark = pytest.mark.anyio


WRONG: list[tuple[Any, int]] = [
    ("", 4400),
    ("null", 4400),
    ("[]", 4400),
    ('{"type":3}', 4400),
    ('{"type":"start","id":"1","payload":{}}', 4400),
    ('{"type":"subscribe","payload":{"query":"subscription { inboxChanged { id } }"}}', 4400),
    ('{"type":"subscribe","id":"","payload":{"query":"x"}}', 4400),
    (json.dumps({"type": "subscribe", "id": "x" * 200, "payload": {"query": "x"}}), 4400),
    ('{"type":"subscribe","id":"1"}', 4400),
    ('{"type":"subscribe","id":"1","payload":[]}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":3}}', 4400),
    ('{"type":"next","id":"1","payload":{}}', 4400),
    ('{"type":"\\ud800"}', 4400),
    ("[" * 50_000, 4400),
    (json.dumps({"type": "ping", "payload": {"x": "y" * 70_000}}), 4400),
    (b'{"type":"ping"}', 4400),
    ('{"type":"connection_init"}', 4429),
]


async def test_what_no_client_of_the_subprotocol_sends_ends_the_socket(server: Served) -> None:
    token = await server.gateway.token(READY)
    for message, code in WRONG:
        async with server.socket(token) as socket:
            await socket.send(message)
            assert (await socket.closed())[0] == code, message


async def test_an_id_in_use_ends_the_socket_with_4409(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        payload = {"query": "subscription { inboxChanged { id } }"}
        for _ in range(2):
            await socket.send({"id": "教师", "type": "subscribe", "payload": payload})
        assert await socket.closed() == (4409, "Subscriber for 教师 already exists")


async def test_who_does_not_say_who_they_are_is_refused(server: Served) -> None:
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { inboxChanged { id } }"}}
    async with server.socket() as socket:
        await socket.send(subscribe)
        assert (await socket.closed())[0] == 4401
    expired = await issued_at(server, READY, real() - timedelta(minutes=11))
    for payload, reason in (
        ({}, "UNAUTHENTICATED"),
        (None, "UNAUTHENTICATED"),
        ({"authorization": "Basic x"}, "UNAUTHENTICATED"),
        ({"authorization": "Bearer x.y.z"}, "SESSION_INVALID"),
        ({"authorization": 3}, "UNAUTHENTICATED"),
        ({"authorization": f"Bearer {expired}"}, "UNAUTHENTICATED"),
    ):
        async with server.socket() as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.closed() == (4403, reason)


async def test_a_socket_without_a_word_is_closed_after_three_seconds(server: Served) -> None:
    async with server.socket() as socket:
        started = time.monotonic()
        await socket.send({"type": "ping"})  # answered, and no word about who asks
        assert await socket.receive() == {"type": "pong"}
        assert (await socket.closed())[0] == 4408
        assert 2.5 < time.monotonic() - started < 6


async def test_only_subscriptions_go_over_a_socket_and_an_error_ends_that_one_alone(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        for query, code in (
            ("{ __typename }", "NOT_A_SUBSCRIPTION"),
            ('mutation { deviceForget(input: {token: "x"}) { userErrors { code } } }', "NOT_A_SUBSCRIPTION"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { a: inboxChanged { id } b: inboxChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { inboxChanged { inbox(first: 500) { edges { cursor } } } }", "PAGE_TOO_LARGE"),
            ('subscription { progressChanged(topicId: "x") { id } }', "NOT_FOUND"),
            (
                "subscription ($x: Int!) { inboxChanged { inbox(first: $x) { edges { cursor } } } }",
                "BAD_USER_INPUT",
            ),
        ):
            name = await socket.ask(query)
            message = await socket.receive()
            assert (message["type"], message["id"]) == ("error", name), message
            assert message["payload"][0]["extensions"]["code"] == code, message
        await socket.unread(await socket.subscribe("inbox_changed"))


async def test_a_socket_has_ten_subscriptions_at_most(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        for _ in range(10):
            await socket.unread(await socket.subscribe("inbox_changed"))
        name = await socket.subscribe("inbox_changed")
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", name)
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await socket.send({"id": "1", "type": "complete"})
        await socket.unread(await socket.subscribe("inbox_changed"))


async def test_a_person_has_ten_sockets_and_the_newest_are_kept(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with contextlib.AsyncExitStack() as opened:
        first, second, *_ = [await opened.enter_async_context(server.socket(token)) for _ in range(10)]
        name = await second.subscribe("inbox_changed")
        await second.unread(name)
        newest = await opened.enter_async_context(server.socket(token))
        assert await first.closed() == (4429, "Too many sockets of this person")
        await newest.unread(await newest.subscribe("inbox_changed"))
        await second.silent()
        await newest.connection.close()
        await asyncio.sleep(SILENCE)
        await opened.enter_async_context(server.socket(token))  # who has left made room
        await second.silent()


async def test_what_a_client_that_is_gone_left_behind_keeps_nobody_out(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(10):
            await opened.enter_async_context(raw_socket(server.port, token))  # says nothing any more
        async with server.socket(token) as socket:
            await socket.unread(await socket.subscribe("inbox_changed"))


async def test_a_process_has_so_many_streams_and_more_are_told_in_place_of_the_handshake(
    gateway: Gateway, servers: Servers, tmp_path: Path
) -> None:
    settings, token = gateway.resources.settings, await gateway.token(READY)
    more = {"MOBILE_GATEWAY_MOST_STREAMS": "2"}
    async with (
        served(gateway, settings.database_url, servers.redis_url, tmp_path / "serve.log", **more) as server,
        server.socket() as waiting,
        server.socket(token),
    ):
        async with server.socket(token):
            with pytest.raises(InvalidStatus) as refused:
                async with server.socket(token):
                    pass
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "5"
            await waiting.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            assert await waiting.closed() == (1013, "Too many sockets")
        await server.fewer_streams("socket", 1)
        async with server.socket(token) as socket:  # who has left made room
            await socket.unread(await socket.subscribe("inbox_changed"))


async def test_sockets_that_have_not_said_who_they_are_have_places_of_their_own(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with contextlib.AsyncExitStack() as opened:
        with pytest.raises(InvalidStatus) as refused:
            await _wait_in_numbers(server, opened)
        assert refused.value.response.status_code == 503
        assert await server.streams("waiting") <= MOST_WAITING_OF_A_NETWORK
        assert await server.streams("socket") == 0
        await server.fewer_streams("waiting", 0)  # their three seconds
        async with server.socket(token) as socket:
            await socket.unread(await socket.subscribe("inbox_changed"))


async def _wait_in_numbers(server: Served, opened: contextlib.AsyncExitStack) -> None:
    """Open sockets without a word; more than may wait, as where it is slow the seconds of the first may be over."""
    for _ in range(3 * MOST_WAITING_OF_A_NETWORK):
        await opened.enter_async_context(server.socket())


async def test_sockets_count_as_requests_of_their_network(
    gateway: Gateway, servers: Servers, tmp_path: Path
) -> None:
    settings, token = gateway.resources.settings, await gateway.token(READY)
    more = {"MOBILE_GATEWAY_ANONYMOUS_PER_MINUTE": "3"}
    log = tmp_path / "serve.log"
    async with served(gateway, settings.database_url, servers.redis_url, log, **more) as server:
        for _ in range(3):
            async with server.socket(token) as socket:
                await socket.send({"type": "ping"})
                assert await socket.receive() == {"type": "pong"}
        with pytest.raises(InvalidStatus) as refused:
            async with server.socket(token):
                pass
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["retry-after"] == "60"


@pytest.mark.parametrize("spoken", [None, ["graphql-ws"], ["json"]])
async def test_the_legacy_subprotocol_and_none_at_all_are_refused(
    server: Served, spoken: list[str] | None
) -> None:
    offered = [Subprotocol(one) for one in spoken] if spoken else None
    async with connect(server.url.replace("http", "ws", 1), subprotocols=offered, proxy=None) as socket:
        assert socket.subprotocol is None
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4406
