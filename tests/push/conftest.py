from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import FixedToken
from mobile_gateway.push.provider import Message
from mobile_gateway.push.wire import Route
from mobile_gateway.rules.words import MessageClass, Platform
from mobile_gateway.standins.fcm import FcmStandIn

PROJECT = "training-demo"


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever leaves the loopback, on whatever thread, fails: Google's token endpoint is never asked."""
    resolve = socket.getaddrinfo
    strangers: list[Any] = []

    def guarded(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in {"127.0.0.1", "localhost"}:
            strangers.append(host)
            raise OSError(f"a test asked for {host}")
        return resolve(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", guarded)
    yield
    assert strangers == []


@pytest.fixture
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with FcmStandIn(PROJECT, slow_seconds=60.0, access_token="invented") as standin:
        yield standin


@pytest.fixture
async def provider(fcm: FcmStandIn) -> AsyncIterator[FcmProvider]:
    made = FcmProvider(
        PROJECT, FixedToken("invented"), fcm.endpoint, Route(connections=2, timeout_seconds=30.0)
    )
    yield made
    await made.close()


@pytest.fixture
def message() -> Callable[..., Message]:
    def make(token: str = "ok:1", **changes: Any) -> Message:
        fields: dict[str, Any] = {
            "notification_id": "0d4f6c1e-5d1c-4d0a-9d5e-2f1b6a7c8d90",
            "token": token,
            "platform": Platform.ANDROID,
            "title": "学时已认定",
            "body": "《数字素养与技能提升》已达到认定学时。",
            "deep_link": "training://topics/2024-summer/courses/3",
            "kind": "COURSE_CREDIT_REACHED",
            "message_class": MessageClass.SERVICE,
            "ttl_seconds": 86_400,
        }
        return Message(**{**fields, **changes})

    return make
