"""Server-sent events over the real server, in distinct connections mode."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway import Gateway
from mobile_gateway.schema import operations
from player import run
from pushing import READY, tell
from served import PATIENCE, Served
from staffing import strong

EVENTS = {"accept": "text/event-stream"}
INBOX = operations.by_file()["inbox_changed"]


class Stream:
    """The events of one response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self) -> tuple[str, Any]:
        """The next event: its name and what it holds; an empty name at the end."""
        name = ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:"):
                    text = line.removeprefix("data:").strip()
                    return name, json.loads(text) if text else None
        return "", None

    async def unread(self) -> int:
        name, payload = await self.event()
        assert name == "next", (name, payload)
        found: int = payload["data"]["inboxChanged"]["inboxUnread"]
        return found


@contextlib.asynccontextmanager
async def stream(
    server: Served, token: str | None, query: str = INBOX, method: str = "POST"
) -> AsyncIterator[Stream]:
    headers = {**EVENTS, **({"authorization": f"Bearer {token}"} if token else {})}
    given: dict[str, Any] = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=None) as client,
        client.stream(method, server.url, headers=headers, **given) as response,
    ):
        yield Stream(response)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_inbox_is_told_as_events(server: Served, method: str) -> None:
    token = await server.gateway.token(READY)
    async with stream(server, token, method=method) as found:
        assert found.response.status_code == 200
        assert found.response.headers["content-type"].startswith("text/event-stream")
        assert found.response.headers["cache-control"] == "private, no-store"
        before = await found.unread()
        await tell(server.gateway, READY, "topic:live-1")
        assert await found.unread() == before + 1


async def test_what_is_no_subscription_is_one_event(server: Served) -> None:
    for query, wanted in (
        ("{ __typename }", {"data": {"__typename": "Query"}}),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (INBOX, "UNAUTHENTICATED"),
    ):
        async with stream(server, None, query) as found:
            name, payload = await found.event()
            assert name == "next"
            said = payload if "data" in payload else payload["errors"][0]["extensions"]["code"]
            assert said == wanted
            assert await found.event() == ("complete", None)
            assert await found.event() == ("", None)


async def test_a_subscription_needs_a_stream(gateway: Gateway) -> None:
    answer = await gateway.post({"query": INBOX}, await gateway.token(READY))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "NEEDS_A_STREAM")


async def test_a_wrong_token_is_refused_before_the_stream(server: Served) -> None:
    async with stream(server, "x.y.z") as found:
        assert found.response.status_code == 401


async def test_a_dead_sign_in_is_told_as_the_last_answer(server: Served) -> None:
    async with stream(server, await server.gateway.token(READY)) as found:
        await found.unread()
        await run(server.gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
        await tell(server.gateway, READY, "topic:live-1")
        _, payload = await found.event()
        assert payload["errors"][0]["extensions"]["code"] == "SESSION_INVALID"
        assert await found.event() == ("complete", None)


async def test_a_stream_ends_without_complete_when_the_process_ends(server: Served) -> None:
    async with stream(server, await server.gateway.token(READY)) as found:
        await found.unread()
        started = time.monotonic()
        server.terminate()
        assert await found.event() == ("", None)
        await asyncio.wait_for(server.process.wait(), 15)
        assert time.monotonic() - started < 10


async def test_a_person_has_ten_streams_and_the_newest_are_kept(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with contextlib.AsyncExitStack() as open_ones:
        held = [await open_ones.enter_async_context(stream(server, token)) for _ in range(10)]
        for one in held:
            await one.unread()
        other = await open_ones.enter_async_context(
            stream(server, await strong(server.gateway, "+8619900000012", ago=timedelta(0)))
        )
        await other.unread()
        async with server.socket(token) as newest:
            await newest.unread(await newest.subscribe("inbox_changed"))
            name, payload = await held[0].event()
            assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", "RATE_LIMITED")
            assert await held[0].event() == ("complete", None)
            await tell(server.gateway, READY, "topic:live-1")
            await held[1].unread()


async def test_who_leaves_makes_room(server: Served) -> None:
    token = await server.gateway.token(READY)
    for _ in range(15):
        async with stream(server, token) as found:
            await found.unread()
