"""How fast and how much at once a process may send: permits and breakers in Redis, shared by all workers.

`limits` cannot say this: it neither gives a part of what was asked, nor takes back what was not used, nor warms up,
nor keeps a part for SERVICE (docs/decisions/0015-sending-pushes.md). The rules are `rules.pacing`; here they are run
under WATCH, on Redis's clock.

While Redis is away each worker has its share of the quota, quota / workers, and a breaker of its own; both begin
cold. Emptying Redis makes every provider cold and closes its breaker, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError, WatchError

from mobile_gateway import metrics
from mobile_gateway.logs import logger
from mobile_gateway.rules import pacing
from mobile_gateway.rules.pacing import Grant, Pace
from mobile_gateway.rules.words import MessageClass, PushProviderName

T = TypeVar("T")
Lanes = Mapping[PushProviderName, str]

HANDS = 4
"""Batches in flight at a time, of each provider and process."""
ASK_SECONDS = 0.25
AGAIN_SECONDS = 5.0
"""How long Redis is left alone after it did not answer."""
TRIES = 50
KEPT_SECONDS = 3600
PREFIX = "mobile_gateway:pace"


class Pacer:
    """The pace of each provider that is in `projects`; the others (the recorder) are sent to without limit."""

    def __init__(
        self,
        redis_url: str = "",
        projects: Lanes | None = None,
        *,
        a_minute: int = 600_000,
        workers: int = 10,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._projects = dict(projects or {})
        self._a_minute = a_minute
        self._share = max(a_minute // workers, 1)
        self._again_seconds = again_seconds
        self._again_at = 0.0
        self._is_away = False
        self._alone: dict[str, Pace] = {}
        self._hands = {name: asyncio.Semaphore(HANDS) for name in PushProviderName}
        self._pool: BlockingConnectionPool | None = None
        self._redis: Redis | None = None
        if redis_url:
            # Limits of the sockets' own: a connection whose answer did not come in time is dropped, never read on.
            self._pool = BlockingConnectionPool.from_url(
                redis_url,
                max_connections=10,
                timeout=ASK_SECONDS,
                socket_timeout=ASK_SECONDS,
                socket_connect_timeout=ASK_SECONDS,
            )
            self._redis = Redis(connection_pool=self._pool)

    def hands(self, provider: PushProviderName) -> asyncio.Semaphore:
        """The batches that may be in flight to a provider."""
        return self._hands[provider]

    async def take(self, provider: PushProviderName, wanted: int, message_class: MessageClass) -> Grant:
        """Permits to send now, at most `wanted`."""
        key = self._key(provider)
        if key is None or wanted < 1:
            return Grant(max(wanted, 0))

        def one(pace: Pace, a_minute: int, now: float) -> tuple[Pace, Grant]:
            return pacing.take(pace, a_minute, wanted, message_class, now)

        grant = await self._run(key, one, Grant(0, pacing.PATIENCE_SECONDS))
        metrics.push_breaker.labels(provider).set(grant.is_open)
        return grant

    async def claimed(
        self, provider: PushProviderName, message_class: MessageClass, *, used: int, unused: int
    ) -> None:
        """Tell what was found for permits; what found nothing to send is given back."""
        key = self._key(provider)
        if key is None:
            return

        def one(pace: Pace, _: int, now: float) -> tuple[Pace, None]:
            return pacing.claimed(pace, message_class, used=used, unused=unused, now=now), None

        await self._run(key, one, otherwise=None)

    async def report(self, provider: PushProviderName, *, good: int, bad: int) -> None:
        """Tell how the provider answered."""
        key = self._key(provider)
        if key is None or not good + bad:
            return

        def one(pace: Pace, _: int, now: float) -> tuple[Pace, bool]:
            after = pacing.report(pace, good=good, bad=bad, now=now)
            return after, after.open_until is not None and pace.open_until != after.open_until

        if await self._run(key, one, otherwise=False):
            metrics.push_breaker.labels(provider).set(1)
            metrics.push_breaker_opened.labels(provider).inc()
            logger.error("push_breaker_opened", provider=provider, good=good, bad=bad)

    def _key(self, provider: PushProviderName) -> str | None:
        project = self._projects.get(provider)
        return None if project is None else f"{PREFIX}:{provider}:{project}"

    async def _run(self, key: str, one: Callable[[Pace, int, float], tuple[Pace, T]], otherwise: T) -> T:
        """Run a rule on a pace in Redis; on one of this process's own while Redis is away."""
        now = asyncio.get_running_loop().time()
        if self._redis is not None and now >= self._again_at:
            try:
                answer = await self._shared(self._redis, key, one, otherwise)
            except (RedisError, OSError, TimeoutError) as why:
                if not self._is_away:
                    logger.warning("pacer_away", why=type(why).__name__)
                self._is_away, self._again_at = True, now + self._again_seconds
            else:
                if self._is_away:
                    logger.info("pacer_back")
                self._is_away = False
                self._alone.clear()
                return answer
        pace = self._alone.get(key) or pacing.fresh(now, self._share)
        self._alone[key], answer = one(pace, self._share, now)
        return answer

    async def _shared(
        self, redis: Redis, key: str, one: Callable[[Pace, int, float], tuple[Pace, T]], otherwise: T
    ) -> T:
        for _ in range(TRIES):
            async with redis.pipeline(transaction=True) as pipe:
                await pipe.watch(key)
                seconds, micros = await pipe.time()
                now = seconds + micros / 1e6
                after, answer = one(self._read(await pipe.get(key), now), self._a_minute, now)
                pipe.multi()  # type: ignore[no-untyped-call]  # redis has half of its types
                pipe.set(key, msgspec.json.encode(after), ex=KEPT_SECONDS)
                try:
                    await pipe.execute()
                except WatchError:
                    continue  # another worker was quicker
                return answer
        return otherwise

    def _read(self, kept: Any, now: float) -> Pace:
        """A pace as it is kept; a cold one when there is none, or of another release, or of a time to come."""
        try:
            pace = msgspec.json.decode(kept or b"", type=Pace)
        except msgspec.DecodeError:
            return pacing.fresh(now, self._a_minute)
        return pacing.by_now(pace, self._a_minute, now)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()
