"""Messages of `graphql-transport-ws`: what a client may send, and with which code a socket is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

import msgspec
from graphql import GraphQLError

from mobile_gateway.web import bodies
from mobile_gateway.web.bodies import BodyRefused, GraphQLParams

LONGEST_MESSAGE: Final = 64 * 1024
"""Bytes of one message, as of a request's body."""

LONGEST_ID: Final = 128
LONGEST_REASON: Final = 123
"""Bytes that a close frame has room for (RFC 6455 §5.5)."""

_encode = msgspec.json.Encoder().encode

_TYPES: Final = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})


class CloseCode(IntEnum):
    """Why a socket is closed: RFC 6455's codes, and those of the subprotocol."""

    GOING_AWAY = 1001
    TRY_AGAIN = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429
    FAULT = 4500


@dataclass(frozen=True, slots=True)
class Close:
    """A code and its reason, which is cut to what a frame can carry."""

    code: CloseCode
    text: str

    @property
    def reason(self) -> str:
        """At most 123 bytes."""
        return self.text.encode()[:LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Received:
    """A message that is well formed. `params` are a `subscribe`'s payload, read as a request's body is."""

    type: str
    id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    params: GraphQLParams | BodyRefused | None = None


def read(message: Mapping[str, Any]) -> Received | Close:
    """What an ASGI message of a socket holds; a Close with 4400 for what no client of the subprotocol sends.

    Raises:
        OSError: the client has left.
    """
    if message["type"] != "websocket.receive":
        raise ConnectionError("the client has left")
    text = message.get("text")
    if text is None:
        return _bad("A message is JSON in a text frame")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > LONGEST_MESSAGE:
        return _bad(f"A message has at most {LONGEST_MESSAGE} bytes")
    value = bodies.parse_json(data)
    if isinstance(value, BodyRefused) or not isinstance(value, dict):
        return _bad("Invalid message received")
    return _message(value)


def _message(value: dict[str, Any]) -> Received | Close:
    kind, name, payload = value.get("type"), value.get("id"), value.get("payload")
    if not isinstance(kind, str) or kind not in _TYPES:
        return _bad("Invalid message type")
    if kind in {"subscribe", "complete"} and not (isinstance(name, str) and 0 < len(name) <= LONGEST_ID):
        return _bad(f"`id` has 1 to {LONGEST_ID} characters")
    if not isinstance(payload, dict | None):
        return _bad("`payload` must be an object")
    if kind != "subscribe":
        return Received(kind, name, payload or {})
    if payload is None:
        return _bad("`payload` is missing")
    return Received(kind, name, payload, bodies.parse_request(payload))


def _bad(reason: str) -> Close:
    return Close(CloseCode.BAD_REQUEST, reason)


def text_of(kind: str, name: str | None = None, payload: bytes | None = None) -> str:
    """A message of ours; `payload` is JSON already."""
    message: dict[str, Any] = {"type": kind} if name is None else {"id": name, "type": kind}
    if payload is not None:
        message["payload"] = msgspec.Raw(payload)
    return _encode(message).decode()


def said(code: str, message: str) -> bytes:
    """The payload of an `error` of the door's own."""
    return _encode([{"message": message, "extensions": {"code": code}}])


def errors_of(errors: Sequence[GraphQLError]) -> bytes:
    """The payload of an `error`."""
    return _encode([error.formatted for error in errors])
