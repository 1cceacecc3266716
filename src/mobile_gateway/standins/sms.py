"""A stand-in for Alibaba Cloud's Short Message Service (`SendSms`, 2017-05-25, signature version 3).

It checks a request the way the cloud's gateway documents it, from the bytes on the wire and with no line
shared with our provider: the signed headers, the canonical query, the body's hash, the date within 15
minutes, a nonce used once. What it took it records; `answers` scripts what it says next. Plain HTTP/1.1 on
the loopback, in the event loop that starts it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

_SKEW = timedelta(minutes=15)
_LONGEST_HEAD = 64 * 1024
_NEEDED = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say to the next good request, in place of OK.

    `code` is a code of the API; `body` in its place is sent as it stands. `delay_seconds` is waited before;
    `drop` closes the connection unanswered.
    """

    code: str = "OK"
    status: int = 200
    body: bytes | None = None
    delay_seconds: float = 0.0
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was signed well and answered OK."""

    phone: str
    sign_name: str
    template: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class SmsStandIn:
    """The service: an async context manager; inside it `address` is where it listens.

    `taken` lists the messages, `refused` the codes of requests that failed the checks, in order.
    """

    def __init__(
        self, access_key_id: str, access_key_secret: str, *, clock: Callable[[], datetime], port: int = 0
    ) -> None:
        self.answers: deque[Answer] = deque()
        self.taken: list[Taken] = []
        self.refused: list[str] = []
        self.address = ""
        self._key_id = access_key_id
        self._secret = access_key_secret
        self._clock = clock
        self._port = port
        self._nonces: set[str] = set()
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=_LONGEST_HEAD)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in tuple(self._connections):
            connection.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                if not await self._answer(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, request: _Request, writer: asyncio.StreamWriter) -> bool:
        fault = self._fault(request)
        if fault is not None:
            self.refused.append(fault)
            status = 404 if fault.startswith("InvalidAccessKeyId") else 400
            return await _write(writer, status, self._body(fault))
        answer = self.answers.popleft() if self.answers else Answer()
        await asyncio.sleep(answer.delay_seconds)
        if answer.drop:
            return False
        if answer.body is None and answer.code == "OK":
            self.taken.append(_taken(request.query))
        return await _write(
            writer, answer.status, self._body(answer.code) if answer.body is None else answer.body
        )

    def _body(self, code: str) -> bytes:
        number = next(self._numbers)
        answer = {"Code": code, "Message": code, "RequestId": f"STANDIN-{number}"}
        if code == "OK":
            answer["BizId"] = f"{number}^0"
        return json.dumps(answer).encode()

    def _fault(self, request: _Request) -> str | None:
        """The code that the gateway would refuse the request with, or None."""
        if (request.method, request.path) != ("POST", "/"):
            return "InvalidAction.NotFound"
        algorithm, _, rest = request.headers.get("authorization", "").partition(" ")
        stated = dict(part.partition("=")[::2] for part in rest.split(","))
        if algorithm != "ACS3-HMAC-SHA256" or set(stated) != {"Credential", "SignedHeaders", "Signature"}:
            return "IncompleteSignature"
        if stated["Credential"] != self._key_id:
            return "InvalidAccessKeyId.NotFound"
        names = stated["SignedHeaders"].split(";")
        must_sign = {name for name in request.headers if name.startswith("x-acs-")} | set(_NEEDED)
        if names != sorted(names) or not must_sign <= set(names) or not set(names) <= set(request.headers):
            return "IncompleteSignature"
        if not hmac.compare_digest(self._signature(request, names), stated["Signature"]):
            return "SignatureDoesNotMatch"
        return self._stale(request.headers) or _misfit(request)

    def _signature(self, request: _Request, names: list[str]) -> str:
        pairs = sorted(_pairs(request.query).items())
        text = "\n".join(
            [
                request.method,
                request.path,
                "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs),
                *(f"{name}:{request.headers[name]}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(request.body).hexdigest(),
            ]
        )
        hashed = hashlib.sha256(text.encode()).hexdigest()
        return hmac.new(
            self._secret.encode(), b"ACS3-HMAC-SHA256\n" + hashed.encode(), hashlib.sha256
        ).hexdigest()

    def _stale(self, headers: Mapping[str, str]) -> str | None:
        try:
            signed_at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return "InvalidTimeStamp.Format"
        if abs(self._clock() - signed_at) > _SKEW:
            return "InvalidTimeStamp.Expired"
        nonce = headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            return "SignatureNonceUsed"
        self._nonces.add(nonce)
        return None


def _misfit(request: _Request) -> str | None:
    headers, params = request.headers, _pairs(request.query)
    if headers["x-acs-content-sha256"] != hashlib.sha256(request.body).hexdigest():
        return "SignatureDoesNotMatch"
    if (headers["x-acs-action"], headers["x-acs-version"]) != ("SendSms", "2017-05-25"):
        return "InvalidAction.NotFound"
    for name in ("PhoneNumbers", "SignName", "TemplateCode"):
        if not params.get(name):
            return f"Missing{name}"
    try:
        texts = json.loads(params.get("TemplateParam", "{}"))
    except ValueError:
        return "isv.INVALID_JSON_PARAM"
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        return "isv.INVALID_JSON_PARAM"
    return None


def _taken(query: str) -> Taken:
    params = _pairs(query)
    texts = json.loads(params.get("TemplateParam", "{}"))
    return Taken(params["PhoneNumbers"], params["SignName"], params["TemplateCode"], texts)


def _pairs(query: str) -> dict[str, str]:
    # A plus sign stays a plus sign: the API encodes by RFC 3986, not as a form.
    parts = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in parts}


async def _read(reader: asyncio.StreamReader) -> _Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, _, target = first.rpartition(" ")[0].partition(" ")
    path, _, query = target.partition("?")
    headers = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if not separator:
            return None
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    body = await reader.readexactly(int(length)) if length.isdecimal() else b""
    return _Request(method, path, query, headers, body)


async def _write(writer: asyncio.StreamWriter, status: int, body: bytes) -> bool:
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    return True
