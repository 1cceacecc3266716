"""A port that hands on to another one: a server that comes, goes and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def forwarding(port: int, host: str, to: int) -> AsyncIterator[None]:
    """Something that listens on a port and hands on to another one."""
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, onward = await asyncio.open_connection(host, to)
        tasks.update(asyncio.create_task(pump(*pair)) for pair in ((reader, onward), (back, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield
    finally:
        await asyncio.wait(tasks, timeout=1)
        server.close()
        await server.wait_closed()
