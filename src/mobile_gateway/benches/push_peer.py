"""The process that `bench push` watches: sends by the product, by firebase-admin as shipped, or delivers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import firebase_admin
import msgspec
import uvloop
from firebase_admin import messaging

from mobile_gateway.benches import cores
from mobile_gateway.benches.push import Asked, Told
from mobile_gateway.models import database as databases
from mobile_gateway.push import firebase
from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import FixedToken
from mobile_gateway.push.provider import Accepted, Message
from mobile_gateway.push.wire import Route
from mobile_gateway.rules.words import MessageClass, Platform
from mobile_gateway.workers import pushes

BATCH: Final = 500
IN_FLIGHT: Final = 6
CONNECTIONS: Final = 24
"""At 200 ms and 100 streams, 12,000 a second."""

Send = Callable[[Sequence[Message]], Awaitable[int]]


def _message(number: int) -> Message:
    return Message(
        notification_id=f"n{number}",
        token=f"bench-{number:0140d}",
        platform=Platform.ANDROID,
        title="学时已认定",
        body="《数字素养与技能提升》已达到认定学时。",
        deep_link="smartedu://topic/1",
        kind="COURSE_CREDIT_REACHED",
        message_class=MessageClass.SERVICE,
        ttl_seconds=86_400,
    )


def _batches(count: int) -> Iterator[list[Message]]:
    for first in range(0, count, BATCH):
        yield [_message(number) for number in range(first, min(first + BATCH, count))]


async def _pressed(send: Send, count: int) -> Told:
    """Send with so many batches in flight."""
    batches, accepted = _batches(count), 0
    began, used = time.perf_counter(), time.process_time()

    async def hand() -> None:
        nonlocal accepted
        for batch in batches:
            taken = await send(batch)
            accepted += taken

    await asyncio.gather(*(hand() for _ in range(IN_FLIGHT)))
    return _told(began, used, accepted)


def _told(began: float, used: float, accepted: int) -> Told:
    seconds = time.perf_counter() - began
    processor = (time.process_time() - used) / max(accepted, 1) * 1e6
    return Told(seconds, accepted, processor, cores.resident_mb(os.getpid()))


async def _product(asked: Asked) -> Told:
    provider = _provider(asked)

    async def send(batch: Sequence[Message]) -> int:
        return sum(isinstance(outcome, Accepted) for outcome in await provider.send(batch))

    told = await _pressed(send, asked.messages)
    await provider.close()
    return told


async def _shipped(asked: Asked) -> Told:
    """`send_each_async`, its address alone changed."""
    app: Any = firebase_admin.initialize_app(FixedToken("stand-in"), {"projectId": "stand-in"})
    service = firebase.service_of(app)
    service._fcm_url = service._fcm_url.replace(firebase.GOOGLE, asked.endpoint)  # noqa: SLF001 - there is no setting

    async def send(batch: Sequence[Message]) -> int:
        built = [firebase.encoded(message) for message in batch]
        answer = await messaging.send_each_async(built, dry_run=False, app=app)
        return int(answer.success_count)

    return await _pressed(send, asked.messages)


async def _deliver(asked: Asked) -> Told:
    database, provider = await databases.open_database(asked.database_url), _provider(asked)
    began, used = time.perf_counter(), time.process_time()
    while await pushes.deliver(database, provider):
        pass
    told = _told(began, used, asked.messages)
    await provider.close()
    await database.close()
    return told


def _provider(asked: Asked) -> FcmProvider:
    route = Route(connections=CONNECTIONS, authority=Path(asked.authority), timeout_seconds=30)
    return FcmProvider("stand-in", FixedToken("stand-in"), asked.endpoint, route)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    work = {"product": _product, "shipped": _shipped, "deliver": _deliver}[given.kind]
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(work(given))))
    sys.stdout.flush()
    os._exit(0)  # the SDK's own client has no way to be closed inside a loop
