"""Quotas of lookups, counted in Redis; the one door to `limits`.

They fail open: reading never depends on Redis (TRUST.md), so a count that cannot be made within 50 ms lets the
lookup through, and while Redis is away it is tried once in 5 s, by one caller; the others do not wait. Emptying
Redis forgets these counts and nothing else. Where the count itself is the defence (codes, passwords, tickets),
it is rows, not here (docs/decisions/0010-limits.md).

Weak: a window slides by weighing the one before, so within it a caller may see up to a few per cent more or less
than the quota; and while Redis is away there is no quota at all.
"""

from __future__ import annotations

import asyncio
from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from mobile_gateway import metrics
from mobile_gateway.logs import logger
from mobile_gateway.rules.quotas import Quota

COUNT_SECONDS = 0.05
"""How long a count may take before it is let through."""

AGAIN_SECONDS = 5.0
"""How long Redis is left alone after it did not answer."""

CONNECTIONS = 20
PREFIX = "mobile_gateway:quota"


class Quotas:
    """Counts of one process; every process counts in the same place. Without a URL everything is allowed."""

    def __init__(self, redis_url: str = "", *, again_seconds: float = AGAIN_SECONDS) -> None:
        self._pool: BlockingConnectionPool | None = None
        self._limiter: SlidingWindowCounterRateLimiter | None = None
        self._again_seconds = again_seconds
        self._is_away = False
        self._again_at = 0.0
        if redis_url:
            # No time limit of the pool's own: ours is around the whole count.
            pool = BlockingConnectionPool.from_url(redis_url, max_connections=CONNECTIONS, timeout=None)
            more: dict[str, Any] = {"connection_pool": pool}  # of a type that its signature does not know
            storage = RedisStorage(_address(redis_url), implementation="redispy", key_prefix=PREFIX, **more)
            self._pool, self._limiter = pool, SlidingWindowCounterRateLimiter(storage)

    async def allow(self, quota: Quota, key: str) -> bool:
        """Count one for `key`; False when its quota is used up. What is refused is not counted.

        `key` says whose quota it is (a network, a person's id); never a phone or a name.
        """
        if self._limiter is None:
            return True
        now = asyncio.get_running_loop().time()
        if now < self._again_at:
            metrics.quotas.labels(quota.name, "away").inc()
            return True
        if self._is_away:
            self._again_at = now + self._again_seconds  # this caller asks; the others pass meanwhile
        item = RateLimitItemPerSecond(quota.amount, quota.seconds, namespace=quota.name)
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                allowed = await self._limiter.hit(item, key)
        except (RedisError, OSError, TimeoutError) as why:
            self._left_alone(now, why)
            metrics.quotas.labels(quota.name, "away").inc()
            return True
        if self._is_away:
            self._is_away, self._again_at = False, 0.0
            logger.info("quotas_back")
        metrics.quotas.labels(quota.name, "allowed" if allowed else "refused").inc()
        return allowed

    def _left_alone(self, now: float, why: Exception) -> None:
        if not self._is_away:
            logger.warning("quotas_away", why=type(why).__name__)
        self._is_away, self._again_at = True, now + self._again_seconds

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()


def _address(redis_url: str) -> str:
    """The address as `limits` spells it; the connections are the pool's."""
    return "async+" + redis_url.replace("unix://", "redis+unix://", 1)
