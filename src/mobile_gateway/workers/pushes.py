"""Deliveries: claim, send, settle, several batches in flight. The provider is called outside any transaction.

Each provider has its own batches, bucket and breaker, so one that is slow or away holds up no other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

import asyncpg

from mobile_gateway import metrics
from mobile_gateway.actions import delivering, settling_deliveries
from mobile_gateway.actions.delivering import Due
from mobile_gateway.actions.settling_deliveries import Settlement
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database, DatabaseAway
from mobile_gateway.push import provider as push
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.reads.push_lanes import Marks
from mobile_gateway.rules.pushes import LEASE
from mobile_gateway.rules.words import DeliveryState, MessageClass, PushProviderName
from mobile_gateway.workers.settling import Judged, believed, halts, message_of, settlement

BATCH = 500
BATCHES = 16
"""Batches of one call, of each provider."""
LONG_ENOUGH_SECONDS = 10.0
"""A call begins no batch after so long."""
MOST_SECONDS = LONG_ENOUGH_SECONDS + LEASE.total_seconds()
"""A call lasts no longer: what was sent is written down as long as its lease runs, also where the database is away."""
SEND_SECONDS = 20.0
"""The part of a lease in which nothing is sent any more: that long it may take until all is answered."""
WRITE_SECONDS = 5.0
"""The part of a lease in which no write is begun any more: that it takes without a connection."""
AGAIN_SECONDS = 1.0


async def deliver(
    database: Database,
    provider: push.PushProvider,
    *,
    batches: int = BATCHES,
    pacer: Pacer | None = None,
    marks: Marks | None = None,
) -> bool:
    """Send what is due, at most so many batches of each provider there is; answers whether more may be due at once.

    Bounded, so that a job ends within its time and a sweep goes on to other work. Of one process at most
    `pacer.HANDS` batches are in flight to a provider, however many calls there are. One message that cannot be made
    is one delivery that fails.
    """
    pacer = pacer or Pacer()
    marks = marks or Marks()
    calls = [_Call(database, provider, pacer, marks, name, batches) for name in provider.carries]
    found = await asyncio.gather(*(call.run() for call in calls), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return any(call.is_more for call in calls)


@dataclass
class _Batch:
    """Deliveries under one claim."""

    attempt: UUID = field(default_factory=uuid4)
    until: float = field(default_factory=lambda: time.monotonic() + LEASE.total_seconds())
    due: list[Due] = field(default_factory=list)
    is_full: bool = False
    is_more: bool = False

    @property
    def lease_seconds(self) -> float:
        """How long the claim holds at least."""
        return self.until - time.monotonic()


class _Call:
    """One call's work on one provider: hands that claim, send and settle side by side."""

    def __init__(
        self,
        database: Database,
        provider: push.PushProvider,
        pacer: Pacer,
        marks: Marks,
        name: PushProviderName,
        batches: int,
    ) -> None:
        self._database, self._provider, self._pacer, self._name = database, provider, pacer, name
        self._left, self._marks = batches, marks
        self._until = time.monotonic() + LONG_ENOUGH_SECONDS
        self._hands: list[asyncio.Task[None]] = []
        self.is_more = False

    async def run(self) -> None:
        """Work with one hand, and with another whenever a claim came back full; all end before this does."""
        self._hands.append(asyncio.create_task(self._hand()))
        try:
            for hand in self._hands:  # grows while it is walked
                await asyncio.wait([hand])
        except asyncio.CancelledError:
            for hand in self._hands:
                hand.cancel()
            await asyncio.gather(*self._hands, return_exceptions=True)
            raise
        for hand in self._hands:
            hand.result()

    async def _hand(self) -> None:
        permit = self._pacer.hands(self._name)
        # Where all hands of the process are busy, theirs is the claim that finds what this one would.
        while not permit.locked():
            async with permit:
                if self._left < 1 or time.monotonic() > self._until:
                    self.is_more = True
                    return
                self._left -= 1
                batch = await self._claim()
                self.is_more = batch.is_more
                if batch.is_full:
                    self._hands.append(asyncio.create_task(self._hand()))
                if batch.due and batch.lease_seconds < SEND_SECONDS:
                    await self._give_back(batch)
                elif batch.due:
                    await self._send(batch)
                elif not batch.is_more:
                    return

    async def _claim(self) -> _Batch:
        """A batch under the provider's permits: SERVICE first, then MARKETING as long as there is room.

        What is claimed already is sent, whatever becomes of looking for more.
        """
        batch = _Batch()
        for message_class in (MessageClass.SERVICE, MessageClass.MARKETING):
            wanted = BATCH - len(batch.due)
            grant = await self._pacer.take(self._name, wanted, message_class)
            if not grant.permits:
                if wanted == BATCH:
                    await self._wait(batch, grant.wait_seconds, is_open=grant.is_open)
                return batch
            try:
                unused = await self._fill(batch, message_class, grant.permits)
            except Exception as why:
                if not batch.due:
                    raise
                logger.warning("push_claim_failed", message_class=message_class, why=type(why).__name__)
                return batch
            if not unused:
                batch.is_full = len(batch.due) == BATCH
                return batch
        return batch

    async def _fill(self, batch: _Batch, message_class: MessageClass, permits: int) -> int:
        """Claim for so many permits; answers how many found nothing and were given back, as all are when it fails."""
        used = 0
        try:
            claimed = await delivering.claim(
                self._database,
                batch.attempt,
                real(),
                permits,
                provider=self._name,
                message_class=message_class,
                marks=self._marks,
            )
            used = len(claimed.due)
        finally:
            if used < permits or message_class is MessageClass.MARKETING:
                await self._pacer.claimed(self._name, message_class, used=used, unused=permits - used)
        batch.due += claimed.due
        batch.is_more = batch.is_more or bool(claimed.due or claimed.dropped)
        return permits - used

    async def _wait(self, batch: _Batch, seconds: float, *, is_open: bool) -> None:
        """Wait for permits; behind an open breaker nothing is to be done now, and the sweeper comes again."""
        if is_open:
            return
        metrics.push_waits.labels(self._name).inc()
        await asyncio.sleep(min(seconds, 1.0))
        batch.is_more = True

    async def _give_back(self, batch: _Batch) -> None:
        """The process stood still since it claimed: nothing is sent that may be another's by now."""
        logger.warning("push_claim_given_back", provider=self._name, deliveries=len(batch.due))
        await _written(batch, partial(delivering.give_back, self._database, batch.attempt, batch.due, real()))

    async def _send(self, batch: _Batch) -> None:
        made = [(item, _made(item)) for item in batch.due]
        messages = [message for _, message in made if message is not None]
        began = time.monotonic()
        outcomes = iter(await self._provider.send(messages))
        metrics.push_seconds.labels(self._name).observe(time.monotonic() - began)
        judged = believed(
            [
                (item, push.PayloadBad("UNRENDERABLE") if message is None else next(outcomes))
                for item, message in made
            ]
        )
        await self._settle(batch, judged)
        bad = sum(isinstance(outcome, push.Retry | push.Ambiguous) for _, outcome in judged)
        await self._pacer.report(self._name, good=len(judged) - bad, bad=bad)

    async def _settle(self, batch: _Batch, judged: Judged) -> None:
        now = real()
        settlements = [settlement(item, outcome, now) for item, outcome in judged]
        stopped = halts(judged, now)
        settle = partial(settling_deliveries.settle, self._database, batch.attempt, settlements, now, stopped)
        await _written(batch, settle)
        for one in settlements:
            _count(one)
        for reason in {halt.reason for halt in stopped}:
            metrics.push_halts.labels(self._name, reason).inc()
            logger.error("push_lane_halted", provider=self._name, reason=reason)


async def _written(batch: _Batch, write: Callable[[], Awaitable[None]]) -> None:
    """Write about a batch, again while the database is away or it stood in others' way, and its lease runs.

    What was sent is not sent twice, then.

    Twice is once, for who writes under the attempt's id.
    """
    while True:
        try:
            return await write()
        except (DatabaseAway, asyncpg.DeadlockDetectedError):
            if batch.lease_seconds < WRITE_SECONDS + AGAIN_SECONDS:
                raise
            logger.warning("push_settlement_waits", deliveries=len(batch.due))
        await asyncio.sleep(AGAIN_SECONDS)


def _count(one: Settlement) -> None:
    metrics.deliveries.labels(one.outcome.partition(":")[0]).inc()
    if one.outcome == "MAYBE_SENT":
        metrics.push_ambiguous.labels("AGAIN" if one.state is DeliveryState.DUE else "UNKNOWN").inc()


def _made(due: Due) -> push.Message | None:
    try:
        return message_of(due)
    except LookupError:
        logger.exception("push_unrenderable", delivery=due.delivery_id, kind=due.kind)
        return None
