"""A gateway served by the real server in a process of its own, beside the one of the test, on the same rows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.schema import operations

PROTOCOL = Subprotocol("graphql-transport-ws")
START_SECONDS = 30
PATIENCE = 10.0
"""How long a test waits for what must come."""
SILENCE = 0.6
"""How long it waits for what must not."""

Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    """The served gateway; `gateway` is the test's own, which acts and signs in."""

    gateway: Gateway
    port: int
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @contextlib.asynccontextmanager
    async def socket(self, token: str | None = None, **headers: str) -> AsyncIterator[Socket]:
        """A socket; with a token it is acknowledged already."""
        address = self.url.replace("http", "ws", 1)
        async with connect(
            address, subprotocols=[PROTOCOL], additional_headers=headers, proxy=None
        ) as opened:
            found = Socket(opened)
            if token is not None:
                await found.enter(token)
            yield found

    async def streams(self, kind: str) -> int:
        """How many streams of a kind it counts as open."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        name = f'gateway_streams{{kind="{kind}"}} '
        return sum(int(float(line.removeprefix(name))) for line in text.splitlines() if line.startswith(name))

    async def fewer_streams(self, kind: str, most: int, seconds: float = PATIENCE) -> None:
        """Wait until there are so many of a kind at most."""
        async with asyncio.timeout(seconds):
            while await self.streams(kind) > most:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)

    def terminate(self) -> None:
        os.kill(self.process.pid, signal.SIGTERM)


@dataclass
class Socket:
    """A client of the subprotocol. Pings of the server are answered and not shown."""

    connection: ClientConnection
    _last: int = field(default=0)

    async def send(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self, seconds: float = PATIENCE) -> Json:
        while True:
            async with asyncio.timeout(seconds):
                message: Json = json.loads(await self.connection.recv())
            if message["type"] != "ping":
                return message
            await self.send({"type": "pong"})

    async def enter(self, token: str, **more: str) -> None:
        await self.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}", **more}})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, document: str, **variables: Any) -> str:
        """Ask for one of the app's own subscriptions; its id."""
        return await self.ask(operations.by_file()[document], **variables)

    async def ask(self, query: str, **variables: Any) -> str:
        self._last += 1
        name = str(self._last)
        payload = {"query": query, "variables": variables}
        await self.send({"id": name, "type": "subscribe", "payload": payload})
        return name

    async def next(self, name: str, seconds: float = PATIENCE) -> Json:
        """The data of the next event of a subscription."""
        message = await self.receive(seconds)
        assert (message["type"], message["id"]) == ("next", name), message
        assert "errors" not in message["payload"], message
        data: Json = message["payload"]["data"]
        return data

    async def unread(self, name: str, seconds: float = PATIENCE) -> int:
        found: int = (await self.next(name, seconds))["inboxChanged"]["inboxUnread"]
        return found

    async def silent(self) -> None:
        with contextlib.suppress(TimeoutError):
            raise AssertionError(await self.receive(SILENCE))

    async def closed(self, seconds: float = PATIENCE) -> tuple[int, str]:
        """With which code and reason the server closes; what it sends before is passed over."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as why:
                return (why.rcvd.code, why.rcvd.reason) if why.rcvd else (0, "not told")


@contextlib.asynccontextmanager
async def served(
    gateway: Gateway, database_url: str, redis_url: str, log: Path, **more: str
) -> AsyncIterator[Served]:
    """`mobile-gateway serve` on the gateway's own rows, ready."""
    port = free_port()
    settings = gateway.resources.settings
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOBILE_GATEWAY_")},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MOBILE_GATEWAY_ENVIRONMENT": "local",
        "MOBILE_GATEWAY_KEYS": settings.keys,
        "MOBILE_GATEWAY_DATA": str(settings.data),
        "MOBILE_GATEWAY_PORT": str(port),
        **more,
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mobile_gateway", "serve", env=environment, stdout=out, stderr=out
        )
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while True:
                assert process.returncode is None, log.read_text()  # noqa: ASYNC240 - a file of the test's own
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        yield Served(gateway, port, process)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 40)
            except TimeoutError:
                process.kill()
                await process.wait()


async def issued_at(server: Served, phone: str, moment: datetime) -> str:
    """An access token of a demo person that was issued at a moment."""
    keyring = server.gateway.resources.keyring
    claims = seals.read_access(keyring, await server.gateway.token(phone), real())
    assert isinstance(claims, seals.AccessClaims)
    return seals.issue_access(
        keyring,
        session_id=claims.session_id,
        person_id=claims.person_id,
        identity=claims.identity,
        wipe_epoch=claims.wipe_epoch,
        client_kind=claims.client_kind,
        now=moment,
    )


def family(server: Served) -> list[int]:
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def resident(server: Served) -> int:
    """KiB of memory of the server's processes."""
    return sum(
        int(line.split()[1])
        for pid in family(server)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
