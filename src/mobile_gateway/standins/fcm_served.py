"""The stand-in for FCM as a server of its own: TLS, HTTP/2, counters, scripted answers, and what phones would show.

| address | what |
|---|---|
| `POST /v1/projects/{project}/messages:send` | FCM's HTTP v1 API |
| `GET /` | the page: notifications by device, newest first; `?device=` shows one |
| `GET /counters` | counters as JSON |
| `GET /shown` | what is kept to be shown, as JSON; `?token=` of one device, `?times=2` what came twice or more |
| `GET /attempts?token=` | how often something was sent to one device, as JSON |
| `POST /script` | `{"latency_ms": 200, "slow_ms": 5000}` changes how it answers from now on |
| `POST /reset` | forgets all that came |

Who is asked to drop a connection finds its socket among the process's own and shuts it down: the server has no
way to do so, and all streams of the connection end with it, as they do in life.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from mobile_gateway.standins.fcm_page import ICON, page
from mobile_gateway.standins.fcm_project import FcmProject

Asked = Mapping[str, str]
Beside = tuple[int, list[tuple[str, str]], bytes]
Handler = Callable[[Asked, bytes], Beside]

JSON = [("content-type", "application/json; charset=UTF-8")]
HTML = [
    ("content-type", "text/html; charset=UTF-8"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"),
]


class Script(msgspec.Struct, forbid_unknown_fields=True):
    """How answers are given from now on; what is left out stays as it is."""

    latency_ms: float | None = None
    slow_ms: float | None = None


class Served:
    """An application of the RSGI interface over one project."""

    def __init__(self, project: FcmProject) -> None:
        self._project = project
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/"): self._page,
            ("GET", "/icon.svg"): self._icon,
            ("GET", "/counters"): self._counters,
            ("GET", "/shown"): self._shown,
            ("GET", "/attempts"): self._attempts,
            ("POST", "/script"): self._scripted,
            ("POST", "/reset"): self._reset,
        }

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.path.startswith("/v1/"):
            await self._send(scope, protocol)
            return
        handler = self._handlers.get((scope.method, scope.path))
        body = await protocol()
        asked = {name: values[0] for name, values in parse_qs(scope.query_string).items()}
        status, headers, answer = handler(asked, body) if handler else (404, JSON, b"{}")
        protocol.response_bytes(status, headers, answer)

    async def _send(self, scope: Any, protocol: Any) -> None:
        body = await protocol()
        authorization = scope.headers.get("authorization") or ""
        path = scope.path if scope.method == "POST" else scope.method
        name, answer = self._project.judge(path, authorization, body)
        if seconds := self._project.waits(name):
            await asyncio.sleep(seconds)
        if answer is None:
            cut(scope.client)
        else:
            protocol.response_bytes(answer.status, [*JSON, *answer.headers.items()], answer.body)

    def _page(self, asked: Asked, _: bytes) -> Beside:
        return 200, HTML, page(self._project, asked.get("device", "")).encode()

    def _icon(self, _: Asked, __: bytes) -> Beside:
        return 200, [("content-type", "image/svg+xml")], ICON.read_bytes()

    def _counters(self, _: Asked, __: bytes) -> Beside:
        return 200, JSON, msgspec.json.encode(self._project.counters())

    def _shown(self, asked: Asked, _: bytes) -> Beside:
        token, times = asked.get("token"), asked.get("times", "1")
        if not times.isdecimal():
            return 400, JSON, msgspec.json.encode({"error": "times is a whole number"})
        found = [
            one
            for one in self._project.shown.values()
            if token in {None, one.token} and one.times >= int(times)
        ]
        return 200, JSON, msgspec.json.encode(found)

    def _attempts(self, asked: Asked, _: bytes) -> Beside:
        return 200, JSON, msgspec.json.encode({"attempts": self._project.per_token[asked.get("token", "")]})

    def _reset(self, _: Asked, __: bytes) -> Beside:
        self._project.reset()
        return 204, [], b""

    def _scripted(self, _: Asked, body: bytes) -> Beside:
        try:
            script = msgspec.json.decode(body, type=Script)
        except msgspec.DecodeError as why:
            return 400, JSON, msgspec.json.encode({"error": str(why)})
        if script.latency_ms is not None:
            self._project.latency_seconds = script.latency_ms / 1000
        if script.slow_ms is not None:
            self._project.slow_seconds = script.slow_ms / 1000
        return 204, [], b""


def cut(client: str) -> None:
    """Shut down the connection of a client of this process, named `host:port`."""
    host, _, port = client.rpartition(":")
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - numbers, not paths
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as found:
            if found.getpeername()[:2] == (host, int(port)):
                found.shutdown(socket.SHUT_RDWR)
                return


async def serve(project: FcmProject, port: int, *, certificate: Path | None, key: Path | None) -> None:
    """Serve on the loopback until SIGTERM or SIGINT; with a certificate over TLS, HTTP/2 for who asks for it."""
    server = Server(
        Served(project),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.auto,
        websockets=False,
        backlog=2048,
        log_level="warning",  # type: ignore[arg-type]  # its own enum takes the word
        ssl_cert=certificate,
        ssl_key=key,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve()
