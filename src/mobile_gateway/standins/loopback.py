"""A small HTTP/1.1 server on the loopback, in the event loop that starts it: what stand-ins in tests answer through."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

from mobile_gateway.standins.fcm_answers import Answer


class Judge(Protocol):
    """What answers."""

    def judge(self, path: str, authorization: str, body: bytes) -> tuple[str, Answer | None]:
        """The answer to a POST and its name; None when the connection is to be cut instead."""

    def waits(self, name: str) -> float:
        """Seconds until an answer goes out."""


class Loopback(Judge):
    """A server of one judge. `async with` starts and stops it."""

    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def endpoint(self) -> str:
        """The address to give to a client. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the stand-in is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self, port: int = 0) -> None:
        """Listen on the loopback, on a free port unless one is named. Raises OSError when it is taken."""
        self._connections: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", port)

    async def stop(self) -> None:
        """Stop listening and cut every connection. Twice does no harm."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await server.wait_closed()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (answer := await self._next(reader)) is not None:
                writer.write(_wire_form(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            writer.transport.abort()

    async def _next(self, reader: asyncio.StreamReader) -> Answer | None:
        """The answer to the next request, or None to drop the connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path = head[0].split(" ")[:2]
        name, answer = self.judge(
            path if method == "POST" else method, headers.get("authorization", ""), body
        )
        await asyncio.sleep(self.waits(name))
        return answer


def _wire_form(answer: Answer) -> bytes:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "Content-Length": str(len(answer.body)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
