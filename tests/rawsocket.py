"""A WebSocket client of bare frames, for what no library's client would do: answer no pings, read nothing."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from served import PATIENCE

CLOSE = 8


def frame(data: bytes, *, opcode: int = 1, final: bool = True) -> bytes:
    """One frame of a client, masked with zeros."""
    size = len(data)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return bytes([(0x80 if final else 0) | opcode]) + length + b"\0\0\0\0" + data


@dataclass
class RawSocket:
    """A socket that does nothing by itself."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: dict[str, Any]) -> None:
        self.writer.write(frame(json.dumps(message).encode()))
        await self.writer.drain()

    async def read(self) -> tuple[int, bytes]:
        """The next frame: its opcode and what it holds."""
        first, size = await self.reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 15, await self.reader.readexactly(size)

    async def closed(self, seconds: float = PATIENCE) -> int:
        """With which code the server closes; what it sends before is passed over and not answered."""
        async with asyncio.timeout(seconds):
            while True:
                opcode, data = await self.read()
                if opcode == CLOSE:
                    return int.from_bytes(data[:2], "big")


@contextlib.asynccontextmanager
async def raw_socket(
    port: int, token: str | None = None, *, limit: int = 1 << 16, headers: str = ""
) -> AsyncIterator[RawSocket]:
    """A socket; with a token it is acknowledged already. `limit` is how much is read ahead; `headers` end in CRLF."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n{headers}\r\n".encode()
    )
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        found = RawSocket(reader, writer)
        if token is not None:
            await found.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            assert json.loads((await found.read())[1]) == {"type": "connection_ack"}
        yield found
    finally:
        writer.transport.abort()
