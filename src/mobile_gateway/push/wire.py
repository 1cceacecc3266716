"""The HTTP client under the providers: knows HTTP, knows nothing of pushes; the sole importer of pyreqwest.

TLS and HTTP/2 run in Rust beside the event loop: a tenth of what httpx and h2 take for the same request
(docs/decisions/0015-sending-pushes.md).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.proxy import ProxyBuilder

STREAMS = 100
"""Requests at a time of one HTTP/2 connection: what FCM allows."""

PING_EVERY = timedelta(seconds=5)
PING_PATIENCE = timedelta(seconds=5)
"""A connection that carries nothing any more, though nobody closed it, is given up after these two."""

_IDLE = timedelta(seconds=60)
_CONNECTING = 1 / 3
"""The part of the time for a message that connecting may take."""

_NEVER_CONNECTED = "client error (Connect)"
"""The cause that hyper names when a connection was not made; tests/push/test_wire.py watches it."""


class RouteWrong(ValueError):
    """An authority or a proxy cannot be used."""


class NeverSent(Exception):
    """No connection was made, or no stream was free in time: whoever is at the other end has seen nothing."""


class Unanswered(Exception):
    """The request went out and no whole answer came back: it may have been obeyed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says that it was done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach a provider. `authority` is a PEM file trusted beside the public ones; `proxy` an address.

    Without `proxy` the environment's proxy variables hold.
    """

    connections: int = 4
    streams: int = STREAMS
    timeout_seconds: float = 10.0
    authority: Path | None = None
    proxy: str = ""


class Wire:
    """Connections to one server; each request goes out once, follows no redirect and keeps no cookie.

    HTTP/2 over TLS where the server speaks it: `connections` of `streams` requests at a time. Where it speaks
    HTTP/1.1 only, each request has a connection of its own. Raises RouteWrong for an authority or a proxy that
    cannot be used.
    """

    def __init__(self, route: Route) -> None:
        self._route = route
        self._lines = [(_client(route), asyncio.Semaphore(route.streams)) for _ in range(route.connections)]
        self._turns = itertools.cycle(self._lines)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer, within 1.5 times the route's seconds; raises NeverSent or Unanswered instead."""
        if not self._lines:
            raise NeverSent
        client, streams = next(self._turns)
        began = time.monotonic()
        # Whoever holds a stream lets go of it in time, so no timer is needed here.
        async with streams:
            if time.monotonic() - began > self._route.timeout_seconds / 2:
                raise NeverSent
            try:
                response = await client.post(url).headers(headers).body_bytes(body).build().send()
                content = await response.bytes()
            except DetailedPyreqwestError as why:
                raise (NeverSent if _never_connected(why) else Unanswered) from why
            except (PyreqwestError, OSError) as why:
                raise Unanswered from why
        return Reply(response.status, response.headers, content.to_bytes())

    async def close(self) -> None:
        """Close the connections. A second time it does nothing."""
        lines, self._lines = self._lines, []
        for client, _ in lines:
            await client.close()


def _never_connected(why: DetailedPyreqwestError) -> bool:
    """Whether no connection was made.

    The class does not tell: a connection that is cut behind the request is a ConnectError too. The cause does.
    """
    return any(cause["message"] == _NEVER_CONNECTED for cause in why.details.get("causes") or ())


def _client(route: Route) -> Client:
    builder = (
        ClientBuilder()
        .http2(True)  # noqa: FBT003 - its only argument
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_PATIENCE)
        .follow_redirects(False)  # noqa: FBT003 - as above
        .referer(False)  # noqa: FBT003 - as above
        .timeout(timedelta(seconds=route.timeout_seconds))
        .connect_timeout(timedelta(seconds=route.timeout_seconds * _CONNECTING))
        .pool_idle_timeout(_IDLE)
        .add_root_certificate_pem(Path(certifi.where()).read_bytes())
    )
    try:
        if route.authority is not None:
            builder = builder.add_root_certificate_pem(_pem(route.authority))
        if route.proxy:
            builder = builder.proxy(ProxyBuilder.all(route.proxy))
        return builder.build()
    except (PyreqwestError, OSError, ValueError) as why:
        raise RouteWrong(f"no way out: {why}") from None


def _pem(path: Path) -> bytes:
    content = path.read_bytes()
    if b"BEGIN CERTIFICATE" not in content:
        raise OSError(f"{path} holds no certificate")
    return content
