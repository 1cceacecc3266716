"""A stand-in for Firebase Cloud Messaging's HTTP v1 API, whose answers are written in the token.

The part of a token before its first colon names the answer (`ANSWERS`, `slow`, `drop`); other tokens are
accepted. `unavailable*2:abc` is unavailable twice and accepted from then on, counted for each token.
Plain HTTP/1.1 on the loopback, in the event loop that starts it.

The bodies follow Firebase's "FCM error codes"; a wrong project, a missing access token and a message over
4096 bytes are refused as Google refuses them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_PAYLOAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status, a body and headers beside the usual ones."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(
    http_status: int, status: str, text: str, *, code: str | None = None, retry_after: str | None = None
) -> Answer:
    """An error as Google writes it; `code` is FCM's own detail, without which it is the platform's error."""
    details = [{"@type": _FCM_ERROR, "errorCode": code}] if code else []
    error = {"code": http_status, "message": text, "status": status, "details": details}
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return Answer(http_status, json.dumps({"error": error}).encode(), headers)


_NOT_FOUND = refusal(404, "NOT_FOUND", "Requested entity was not found.")
_NO_TOKEN = refusal(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
_BAD_TOKEN_TEXT = "The registration token is not a valid FCM registration token"  # noqa: S105 - FCM's own words

ANSWERS: dict[str, Answer] = {
    "unregistered": refusal(404, "NOT_FOUND", "Requested entity was not found.", code="UNREGISTERED"),
    "notfound": _NOT_FOUND,
    "invalid_token": refusal(400, "INVALID_ARGUMENT", _BAD_TOKEN_TEXT, code="INVALID_ARGUMENT"),
    "invalid_payload": refusal(400, "INVALID_ARGUMENT", "Invalid value at 'message.data'"),
    "sender_mismatch": refusal(403, "PERMISSION_DENIED", "SenderId mismatch", code="SENDER_ID_MISMATCH"),
    "forbidden": refusal(403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied"),
    "third_party_auth": refusal(
        401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", code="THIRD_PARTY_AUTH_ERROR"
    ),
    "unauthenticated": _NO_TOKEN,
    "quota": refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", code="QUOTA_EXCEEDED", retry_after="30"),
    "quota_silent": refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", code="QUOTA_EXCEEDED"),
    "unavailable": refusal(
        503, "UNAVAILABLE", "The service is currently unavailable.", code="UNAVAILABLE", retry_after="7"
    ),
    "unavailable_silent": refusal(503, "UNAVAILABLE", "The service is currently unavailable."),
    "internal": refusal(500, "INTERNAL", "Internal error encountered.", code="INTERNAL"),
    "bad_gateway": Answer(502, "<title>网关错误</title>".encode("gb18030"), {"Content-Type": "text/html"}),
    "busy_page": Answer(503, "<title>服务繁忙</title>".encode("gb18030"), {"Content-Type": "text/html"}),
    "moved": Answer(302, b"", {"Location": "/elsewhere"}),
    "no_json": Answer(200, b"accepted"),
    "no_name": Answer(200, b"{}"),
}
"""Answers by the name that a token begins with; a test may add its own."""


class FcmStandIn:
    """A server of one project. `async with FcmStandIn() as fcm:` starts and stops it.

    `latency_seconds` passes before each answer; a `slow` one takes `slow_seconds` longer. `requests` counts
    all that arrived, `answers` by name, `per_token` by token, and `received` keeps the last 10,000 messages
    as they came.
    """

    def __init__(
        self,
        project_id: str = "stand-in",
        *,
        latency_seconds: float = 0.0,
        slow_seconds: float = 5.0,
        access_token: str | None = None,
    ) -> None:
        self.project_id = project_id
        self.latency_seconds = latency_seconds
        self.slow_seconds = slow_seconds
        self.access_token = access_token
        self.requests = 0
        self.answers: Counter[str] = Counter()
        self.per_token: Counter[str] = Counter()
        self.received: deque[dict[str, Any]] = deque(maxlen=10_000)
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

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
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)

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

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
        self.requests += 1
        name, answer = self._judge(head[0], headers, body)
        self.answers[name] += 1
        await asyncio.sleep(self.latency_seconds + (self.slow_seconds if name == "slow" else 0.0))
        return answer

    def _judge(self, request_line: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Answer | None]:
        if request_line.split(" ")[:2] != ["POST", f"/v1/projects/{self.project_id}/messages:send"]:
            return "wrong_address", _NOT_FOUND
        scheme, _, access_token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self.access_token not in {None, access_token}:
            return "no_access_token", _NO_TOKEN
        try:
            message = json.loads(body)["message"]
            token = str(message["token"])
        except (ValueError, KeyError, TypeError):
            return "no_message", refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        self.received.append(message)
        self.per_token[token] += 1
        if _payload_bytes(message) > _PAYLOAD_BYTES:
            return "too_big", refusal(400, "INVALID_ARGUMENT", "Message is too big", code="INVALID_ARGUMENT")
        name = self._scripted(token)
        if name == "drop":
            return name, None
        return name, ANSWERS.get(name) or self._accepted()

    def _scripted(self, token: str) -> str:
        name, _, times = token.partition(":")[0].partition("*")
        if name not in ANSWERS and name not in {"slow", "drop"}:
            return "ok"
        return "ok" if times.isdecimal() and self.per_token[token] > int(times) else name

    def _accepted(self) -> Answer:
        name = f"projects/{self.project_id}/messages/{next(self._numbers)}"
        return Answer(200, json.dumps({"name": name}).encode())


def _payload_bytes(message: Mapping[str, Any]) -> int:
    payload = [message.get("notification", {}), message.get("data", {})]
    return sum(len(str(text).encode()) for part in payload for pair in part.items() for text in pair)


def _wire_form(answer: Answer) -> bytes:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "Content-Length": str(len(answer.body)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
