"""The first event of a subscription, asked for as server-sent events of a gateway in the test's own loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import httpx

from gateway import Gateway

PATIENCE = 10.0

Json = dict[str, Any]


async def first_event(
    gateway: Gateway, query: str, variables: dict[str, Any] | None = None, token: str | None = None
) -> Json:
    """What it answers first; then the client leaves."""
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    asked = asyncio.Queue[dict[str, Any]]()
    asked.put_nowait({"type": "http.request", "body": body, "more_body": False})
    came, lines = asyncio.Event(), bytearray()

    async def send(message: MutableMapping[str, Any]) -> None:
        lines.extend(message.get("body", b""))
        if b"event: next" in lines:
            came.set()

    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    transport = gateway.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    serving = asyncio.ensure_future(transport.app(scope, asked.get, send))
    waiting = asyncio.ensure_future(came.wait())
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        asked.put_nowait({"type": "http.disconnect"})
        await serving
    (data,) = [line for line in bytes(lines).splitlines() if line.startswith(b"data: ")][:1]
    found: Json = json.loads(data.removeprefix(b"data: "))
    return found
