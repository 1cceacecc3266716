"""`mobile-gateway campaign …` as a process of its own, against a served gateway, both administrators signed in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigning import CAMPAIGN, Desk, Desks, at_school
from faults.faults_running import PROGRAM, environment
from gateway import Gateway
from mobile_gateway.cli import runs
from platforming import OTHER_PLATFORM
from served import Served
from staffing import PLATFORM, strong

SECONDS = 60.0
TEXTS = [
    *("--title", CAMPAIGN["title"], "--title-en", CAMPAIGN["titleEn"]),
    *("--body", CAMPAIGN["body"], "--body-en", CAMPAIGN["bodyEn"], "--link", CAMPAIGN["deepLink"]),
]


@dataclass(frozen=True)
class Came:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object that stdout is."""
        return json.loads(self.out)


class Running:
    """A command that goes on; its stderr is kept as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.err = bytearray()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while piece := await self.process.stderr.read(1024):
            self.err += piece

    async def until(self, text: str) -> None:
        """Wait for a text on stderr."""
        async with asyncio.timeout(SECONDS):
            while text.encode() not in self.err:
                assert self.process.returncode is None, (text, bytes(self.err).decode())
                await asyncio.sleep(0.05)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    async def came(self) -> Came:
        """What it came to, once it ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SECONDS):
            out = await self.process.stdout.read()
            code = await self.process.wait()
            await self.reading
        return Came(code, out.decode(), bytes(self.err).decode())


@dataclass
class Commands:
    """A served gateway's own commands; `desks` are the administrators over HTTP."""

    server: Served
    desks: Desks

    @property
    def gateway(self) -> Gateway:
        return self.server.gateway

    @property
    def data(self) -> Path:
        return self.gateway.data

    @property
    def kept(self) -> Path:
        """Where sign-ins are kept."""
        return self.data / "signed-in.json"

    async def __call__(self, *given: str) -> Came:
        """Run a command to its end."""
        async with self.running(*given) as one:
            return await one.came()

    async def done(self, *given: str) -> str:
        """Run a command that succeeds; its stdout, and nothing on stderr."""
        came = await self(*given)
        assert (came.code, came.err) == (0, ""), came
        return came.out

    def running(self, *given: str) -> contextlib.AbstractAsyncContextManager[Running]:
        """A command while it runs."""
        return started(self.data, *given)

    async def draft(self) -> str:
        """A campaign to one school, drafted by the command."""
        whom = json.dumps(await at_school(self.gateway))
        made = await self.done("create", *TEXTS, "--segment", whom)
        return made.split()[0]


@contextlib.asynccontextmanager
async def started(data: Path, *given: str) -> AsyncIterator[Running]:
    """A command about the run of a data directory, while it runs."""
    process = await asyncio.create_subprocess_exec(
        *(*PROGRAM, "campaign", *given, "--data", str(data)),
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    found = Running(process)
    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await found.reading


async def commands(server: Served) -> Commands:
    """The commands of a run whose gateway this is."""
    gateway = server.gateway
    settings = gateway.resources.settings
    first, second = await strong(gateway, PLATFORM), await strong(gateway, OTHER_PLATFORM)
    runs.keep(
        gateway.data,
        {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "MOBILE_GATEWAY_ENVIRONMENT": "local",
            "MOBILE_GATEWAY_KEYS": settings.keys,
            "MOBILE_GATEWAY_DATA": str(gateway.data),
            "MOBILE_GATEWAY_PORT": str(server.port),
        },
    )
    found = Commands(server, Desks(Desk(gateway, first), Desk(gateway, second)))
    found.kept.write_text(json.dumps({PLATFORM: [first, ""], OTHER_PLATFORM: [second, ""]}))
    return found


@contextlib.asynccontextmanager
async def working(gateway: Gateway) -> AsyncIterator[None]:
    """A worker beside the test: texts, pushes and campaigns."""

    async def work() -> None:
        while True:
            await gateway.sweep()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
