"""Changes, told from process to process through Redis, and fanned out in memory to who listens.

A nudge, not a promise: names of what has changed (`rules.changes`) go out behind the commit, in the background, within
0.3 s or not at all; what has changed is read from the rows by who hears of it. One connection a process listens,
however many sockets it serves. A listener remembers that something changed, not how often, so one that is slow holds
nothing up and finds the newest state when it looks.

While Redis is away nobody is told anything; when it is back, everybody looks once, one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from itertools import islice
from random import random, uniform
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from mobile_gateway import metrics
from mobile_gateway.logs import logger

CHANNEL: Final = "mobile_gateway:live"
TELL_SECONDS: Final = 0.3
NAMES_A_MESSAGE: Final = 500
MOST_WAITING: Final = 50_000
"""Names that wait to be told; more are dropped and counted."""

AGAIN_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 5.0
"""After this long without a word Redis is asked whether it is there, and after as long again taken for away."""

GAP_SECONDS: Final = 0.25
"""A listener hears four times a second at most; what happens in between it hears as one."""

SLOW_SECONDS: Final = 2.0
"""What is heard slowly gives a turn this long after the last one at the earliest."""

LOOKS_A_SECOND: Final = 400
"""So many listeners look in a second when Redis is back, each at a moment of its own."""

AGAIN_FIRST_SECONDS: Final = 2.0
AGAIN_MOST_SECONDS: Final = 60.0
"""When who could not look looks again: after about two seconds, twice as long each time, a minute at most."""

_AWAY = (RedisError, OSError, TimeoutError)


class Listener:
    """Somebody who listens: iterating gives a turn whenever something may have changed, until the process ends."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._turned_at = self._loop.time()
        self._later: asyncio.TimerHandle | None = None
        self._failed = 0

    def wake(self, *, over: bool = False) -> None:
        """Let it look; `over` for the last time."""
        self._over = self._over or over
        self._changed.set()

    def wake_slowly(self) -> None:
        """Let it look, but not before `SLOW_SECONDS` have passed since it looked last."""
        self._wake_at(self._turned_at + SLOW_SECONDS)

    def wake_within(self, seconds: float) -> None:
        """Let it look at some moment within so many seconds."""
        self._wake_at(self._loop.time() + random() * seconds)  # noqa: S311 - no secret

    def failed(self) -> None:
        """What it was to look at could not be read: let it look again, each time later than the last."""
        pause = min(AGAIN_FIRST_SECONDS * 2**self._failed, AGAIN_MOST_SECONDS)
        self._failed = min(self._failed + 1, 10)
        self._wake_at(self._loop.time() + pause * uniform(0.5, 1.5))  # noqa: S311 - no secret

    def succeeded(self) -> None:
        """It was read: a later failure is the first one."""
        self._failed = 0

    def _wake_at(self, moment: float) -> None:
        if self._later is not None:
            if self._later.when() <= moment:
                return
            self._later.cancel()
        self._later = self._loop.call_at(moment, self._changed.set)

    def rest(self) -> None:
        """Forget what it was to look at later."""
        if self._later is not None:
            self._later.cancel()
            self._later = None

    async def __aiter__(self) -> AsyncIterator[None]:
        """Wait for a change, then give a turn."""
        while True:
            await self._changed.wait()
            if self._over:
                return
            self._changed.clear()
            self.rest()
            self._turned_at = self._loop.time()
            yield
            if not self._over:
                await asyncio.sleep(GAP_SECONDS)


class Live:
    """What one process tells and hears. Without a URL nothing is told, and nothing heard.

    `over` is set when the process is about to end.
    """

    def __init__(self, redis_url: str = "") -> None:
        # As long as a nudge may take: what listens waits by itself.
        self._redis = Redis.from_url(redis_url, socket_connect_timeout=1) if redis_url else None
        self._listeners: dict[str, dict[Listener, bool]] = {}
        self._waiting: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        self._is_away = False

    def tell(self, names: Collection[str]) -> None:
        """Let those who listen to these names know, here and in every other process. Never waits, never raises."""
        if self._redis is None:
            return
        room = MOST_WAITING - len(self._waiting)
        if len(names) > room:
            metrics.live.labels("dropped").inc(len(names) - room)
        self._waiting.update(dict.fromkeys(list(names)[:room]))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell(self._redis))

    @contextlib.contextmanager
    def listening(self, *names: str, slowly: Collection[str] = ()) -> Iterator[Listener]:
        """A listener to these names, from now until the block ends; `slowly` to what changes all the time."""
        listener = Listener()
        if self.over.is_set():
            listener.wake(over=True)
        paces = {**dict.fromkeys(names, False), **dict.fromkeys(slowly, True)}
        for name, is_slow in paces.items():
            self._listeners.setdefault(name, {})[listener] = is_slow
        try:
            yield listener
        finally:
            listener.rest()
            for name in paces:
                others = self._listeners[name]
                del others[listener]
                if not others:
                    del self._listeners[name]

    async def follow(self) -> None:
        """Hear what is told, until cancelled; a Redis that is away is tried again."""
        if self._redis is None:
            return
        while True:
            try:
                await self._hear(self._redis)
            except _AWAY as why:
                self._left_alone(why)
            except Exception:  # noqa: BLE001 - it outlives every fault; it is logged and listens anew
                logger.exception("live_failed")
            await asyncio.sleep(AGAIN_SECONDS)

    def leave(self) -> None:
        """End every listener, and those to come: the process is about to end."""
        self.over.set()
        for listener in self._everybody():
            listener.wake(over=True)

    async def close(self) -> None:
        """Tell what still waits, within 0.3 s, and close the connections."""
        self.leave()
        if self._telling is not None:
            await asyncio.wait([self._telling], timeout=TELL_SECONDS)
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    async def _tell(self, redis: Redis) -> None:
        while self._waiting:
            names = list(islice(self._waiting, NAMES_A_MESSAGE))
            for name in names:
                del self._waiting[name]
            try:
                async with asyncio.timeout(TELL_SECONDS):
                    await redis.publish(CHANNEL, msgspec.json.encode(names))
            except _AWAY as why:
                metrics.live.labels("lost").inc(len(names))
                logger.warning("changes_not_told", why=type(why).__name__)
            else:
                metrics.live.labels("sent").inc(len(names))

    async def _hear(self, redis: Redis) -> None:
        async with redis.pubsub() as heard:
            await heard.subscribe(CHANNEL)
            asked = False
            while True:
                message = await heard.get_message(timeout=SILENCE_SECONDS)
                if message is not None:
                    asked = False
                    self._take(message)
                elif asked:
                    raise TimeoutError
                else:
                    asked = True
                    await heard.ping()

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":  # anew too, after the connection was lost: what was told meanwhile nobody heard
                if self._is_away:
                    logger.info("live_back")
                self._is_away = False
                metrics.live_away.set(0)
                everybody = self._everybody()
                for listener in everybody:
                    listener.wake_within(len(everybody) / LOOKS_A_SECOND)
            case "message":
                self._wake(message["data"])
            case _:
                pass

    def _wake(self, data: bytes) -> None:
        try:
            names = msgspec.json.decode(data, type=list[str])
        except msgspec.MsgspecError:
            logger.warning("change_unreadable")
            return
        for name in names:
            for listener, is_slow in self._listeners.get(name, {}).items():
                if is_slow:
                    listener.wake_slowly()
                else:
                    listener.wake()

    def _everybody(self) -> set[Listener]:
        return {listener for listeners in self._listeners.values() for listener in listeners}

    def _left_alone(self, why: BaseException) -> None:
        if not self._is_away:
            logger.warning("live_away", why=type(why).__name__)
        self._is_away = True
        metrics.live_away.set(1)
