"""The catalogue of jobs: one typed method each, and the only place that enqueues.

A job is a nudge: the row it is about is already committed, and the sweeper finds it when the nudge is lost.
So a nudge takes 0.3 s at most, and its failure is counted and ignored (TRUST.md).
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import msgspec
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from mobile_gateway import metrics, transactions
from mobile_gateway.logs import logger

NUDGE_SECONDS = 0.3
QUEUE = "mobile_gateway:jobs"


def serialise(job: dict[str, Any]) -> bytes:
    """A job as MessagePack: whoever writes Redis must not be able to run code (no pickle)."""
    return msgspec.msgpack.encode(job, enc_hook=repr)


def deserialise(data: bytes) -> dict[str, Any]:
    """A job from MessagePack."""
    return msgspec.msgpack.decode(data, type=dict[str, Any])


class Queue(Protocol):
    """What jobs are put into."""

    async def enqueue_job(self, function: str, *args: Any, **kwargs: Any) -> object:
        """Put one job into the queue; None when the same job id waits already."""


class Jobs:
    """Nudges, one method a job. `queue` is None when a process runs without Redis: then the sweeper does it all."""

    def __init__(self, queue: Queue | None) -> None:
        self._queue = queue

    async def verify_watch(self, person_id: int, topic_id: int, media_version_id: int) -> None:
        """Give the verdict on a covered video."""
        await self._nudge(
            "verify_watch",
            person_id,
            topic_id,
            media_version_id,
            _job_id=f"verify:{person_id}:{topic_id}:{media_version_id}",
        )

    async def deliver(self) -> None:
        """Send the pushes that are due."""
        await self._nudge("deliver")

    async def send_sms(self) -> None:
        """Send the text messages that are due."""
        await self._nudge("send_sms")

    async def spell_schools(self) -> None:
        """Spell the schools that are new or called otherwise."""
        await self._nudge("spell_schools")

    async def render_certificates(self) -> None:
        """Draw the certificates and previews that are due."""
        await self._nudge("render_certificates")

    async def reissue_certificates(self) -> None:
        """Make the certificates anew that may be."""
        await self._nudge("reissue_certificates")

    async def expand_campaigns(self) -> None:
        """Go on with the campaigns that are under way."""
        await self._nudge("expand_campaigns", _job_id="campaigns")

    async def _nudge(self, name: str, *args: int, _job_id: str | None = None) -> None:
        if transactions.held.get():
            raise RuntimeError(f"{name} was nudged inside a transaction: commit, then nudge")
        if self._queue is None:
            return
        try:
            async with asyncio.timeout(NUDGE_SECONDS):
                await self._queue.enqueue_job(name, *args, _job_id=_job_id, _queue_name=QUEUE)
        except (RedisError, OSError, TimeoutError) as why:
            metrics.nudges.labels(name, "lost").inc()
            logger.warning("nudge_lost", job=name, why=type(why).__name__)
        else:
            metrics.nudges.labels(name, "sent").inc()


def open_queue(url: str) -> ArqRedis:
    """The queue at `url`; it connects when it is first used, and again after Redis was away."""
    pool = ConnectionPool.from_url(url, socket_connect_timeout=1, max_connections=50)
    return ArqRedis(pool, job_serializer=serialise, job_deserializer=deserialise, default_queue_name=QUEUE)
