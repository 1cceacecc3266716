"""A port that hands on to another one: a server that comes, goes and comes back, and connections that freeze."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Forwarder:
    """Listens on a port and hands on to another one; `cut` as if the server went, `freeze` as if the network did."""

    def __init__(self, port: int, host: str, to: int) -> None:
        self.port, self.accepted = port, 0
        self._there = host, to
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._frozen: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Take connections, from the first time or again."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End what is open and refuse what is new, until it listens again."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()

    def freeze(self) -> None:
        """What is open stays open and carries nothing any more; new connections do."""
        self._frozen |= set(self._writers)

    async def close(self) -> None:
        """End all, once what is on its way has arrived."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        await self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._writers.append(writer)
        try:
            back, onward = await asyncio.open_connection(*self._there)
        except OSError:
            writer.transport.abort()
            return
        self._writers.append(onward)
        pairs = (reader, onward), (back, writer)
        self._tasks |= {asyncio.create_task(self._pump(*pair)) for pair in pairs}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if writer not in self._frozen:
                    writer.write(data)
        if writer not in self._frozen:
            writer.close()


@asynccontextmanager
async def forwarding(port: int, host: str, to: int) -> AsyncIterator[Forwarder]:
    """Something that listens on a port (any for 0) and hands on to another one."""
    forwarder = Forwarder(port, host, to)
    await forwarder.listen()
    try:
        yield forwarder
    finally:
        await forwarder.close()
