"""A stand-in for an S3-compatible store: PUT, GET and DELETE of objects in one bucket, named in the path.

It checks Signature Version 4 from the bytes on the wire and with no line shared with our store: the canonical
request of the signed headers, the scope, the date within 15 minutes, the body's hash. A session token is refused, for
its key has none. `answers` scripts what it says next. Plain HTTP/1.1 on the loopback, in the event loop that starts it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self

_SKEW = timedelta(minutes=15)
_ALGORITHM = "AWS4-HMAC-SHA256"
_STATED = {"Credential", "SignedHeaders", "Signature"}
_MUST_SIGN = {"host", "x-amz-content-sha256", "x-amz-date"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say to the next request, in place of the truth: a status and S3's code, late, or nothing at all."""

    status: int = 503
    code: str = "SlowDown"
    delay_seconds: float = 0.0
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """An object."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class S3StandIn:
    """The service: an async context manager; inside it `address` is where it listens.

    `objects` are what it keeps by key; `requests` what was asked, as method and path; `refused` the codes of requests
    that failed the checks.
    """

    def __init__(self, bucket: str, access_key_id: str, access_key_secret: str, *, region: str) -> None:
        self.answers: deque[Answer] = deque()
        self.objects: dict[str, Kept] = {}
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.address = ""
        self._bucket = bucket
        self._key_id = access_key_id
        self._secret = access_key_secret
        self._region = region
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while True:
                request = await _read(reader)
                self.requests.append(f"{request.method} {request.path}")
                scripted = self.answers.popleft() if self.answers else None
                if scripted is not None:
                    await asyncio.sleep(scripted.delay_seconds)
                    if scripted.drop:
                        return
                    answer = _said(scripted.status, _fault(scripted.code))
                else:
                    answer = self._answer(request)
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    def _answer(self, request: _Request) -> bytes:
        if code := self._wrong(request):
            self.refused.append(code)
            return _said(403, _fault(code))
        bucket, _, key = request.path.removeprefix("/").partition("/")
        if bucket != self._bucket:
            return _said(404, _fault("NoSuchBucket"))
        return self._done(request, key)

    def _done(self, request: _Request, key: str) -> bytes:
        if request.method == "PUT":
            self.objects[key] = Kept(request.body, request.headers.get("content-type", ""))
            return _said(200, b"", ETag=_etag(request.body))
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return _said(204, b"")
        if request.method != "GET":
            return _said(405, _fault("MethodNotAllowed"))
        kept = self.objects.get(key)
        if kept is None:
            return _said(404, _fault("NoSuchKey"))
        headers = {"Content-Type": kept.content_type, "ETag": _etag(kept.data)}
        return _said(200, kept.data, **headers, **{"Last-Modified": "Sun, 15 Sep 2024 00:00:00 GMT"})

    def _wrong(self, request: _Request) -> str | None:
        """The code that S3 would refuse the request with, or None."""
        algorithm, _, rest = request.headers.get("authorization", "").partition(" ")
        stated = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if algorithm != _ALGORITHM or set(stated) != _STATED or "x-amz-security-token" in request.headers:
            return "AccessDenied"
        names = stated["SignedHeaders"].split(";")
        must_sign = _MUST_SIGN | {name for name in request.headers if name.startswith("x-amz-")}
        if names != sorted(names) or not must_sign <= set(names) or not set(names) <= set(request.headers):
            return "AccessDenied"
        if request.headers["x-amz-content-sha256"] != hashlib.sha256(request.body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        stamp = request.headers["x-amz-date"]
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - signed_at) > _SKEW:
            return "RequestTimeTooSkewed"
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        if stated["Credential"] != f"{self._key_id}/{scope}":
            return "InvalidAccessKeyId"
        signature = self._signature(request, names, stamp, scope)
        return None if hmac.compare_digest(signature, stated["Signature"]) else "SignatureDoesNotMatch"

    def _signature(self, request: _Request, names: list[str], stamp: str, scope: str) -> str:
        lines = [
            request.method,
            request.path,
            "&".join(sorted(request.query.split("&"))),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
            "",
            ";".join(names),
            request.headers["x-amz-content-sha256"],
        ]
        hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = b"AWS4" + self._secret.encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashed}".encode(), "sha256").hex()


async def _read(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return _Request(method, path, query, headers, body)


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _fault(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


def _said(status: int, body: bytes, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
