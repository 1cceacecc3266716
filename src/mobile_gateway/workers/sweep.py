"""The sweeper: every 2 s it picks up whatever is due by its state, so that a lost nudge is harmless (TRUST.md)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

from mobile_gateway import metrics
from mobile_gateway.actions import changing_phone, delivering, delivery_expiry, uploading
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.push.provider import PushProvider
from mobile_gateway.reads import due
from mobile_gateway.rules import quiet_hours
from mobile_gateway.sms import SmsProvider
from mobile_gateway.workers import backlog, campaigns, certificates, pushes, spelling, texting, watching

T = TypeVar("T")

SWEEP_SECONDS = 2.0
VERDICTS_A_SWEEP = 500
BATCHES = 4
"""Batches of pushes a sweep, of each provider: while Redis is away the sweeper is the one who sends."""


async def sweep_once(resources: Resources, push: PushProvider, sms: SmsProvider) -> bool:
    """Do whatever is due; answers whether there is more of it to be done at once.

    Verdicts, expired leases and deliveries, texts, photos and proofs to be forgotten, spellings, certificates to be
    made anew, openings, campaigns. One bad item is one bad item, and one bad kind is one bad kind.
    """
    database, now = resources.database, real()
    told = await _guarded("verdict", _verdicts(resources), 0)
    more = await _guarded("delivery", _deliveries(resources, push, now, told=told), otherwise=False)
    await _guarded("text", _texts(resources, sms, now), None)
    await _guarded("photo", uploading.forget_loose(database, now), 0)
    await _guarded("proof", changing_phone.forget_unfinished(database, now), 0)
    metrics.swept.labels("spelling").inc(await _guarded("spelling", spelling.spell_due(database), 0))
    metrics.swept.labels("reissue").inc(await _guarded("reissue", certificates.reissue(resources), 0))
    await _guarded("backlog", backlog.certificates(database, real()), None)
    more |= await _guarded("opening", certificates.open_claims(resources), otherwise=False)
    return await _guarded("campaign", campaigns.go_on(resources, push.carries), otherwise=False) or more


async def _guarded(what: str, work: Awaitable[T], otherwise: T) -> T:
    """What the work answers; a fault is logged, and the next kind of work goes on."""
    try:
        return await work
    except DatabaseAway:
        raise
    except Exception:  # noqa: BLE001 - one bad kind is one bad kind; the next sweep sees it again
        logger.exception("sweep_failed", what=what)
        return otherwise


async def _verdicts(resources: Resources) -> int:
    """Give the verdicts that are due; answers how many were."""
    async with resources.database.connection() as connection:
        found = await due.verdicts(connection, VERDICTS_A_SWEEP)
    for person_id, topic_id, media_version_id in found:
        metrics.swept.labels("verdict").inc()
        try:
            await watching.verify_watch(resources, person_id, topic_id, media_version_id)
        except DatabaseAway:
            raise
        except Exception:  # noqa: BLE001 - one bad item is one bad item; the next sweep sees it again
            logger.exception(
                "verdict_failed", person=person_id, topic=topic_id, media_version=media_version_id
            )
    return len(found)


async def _deliveries(resources: Resources, push: PushProvider, now: datetime, *, told: int) -> bool:
    """Send what is due; whether more may be."""
    expired = await delivery_expiry.expire(resources.database, now)
    if expired:
        metrics.swept.labels("expired_push").inc(expired)
        logger.warning("pushes_expired", deliveries=expired)
    freed = await delivering.free_expired(resources.database, now)
    metrics.swept.labels("lease").inc(freed.again + freed.unknown)
    metrics.push_ambiguous.labels("AGAIN").inc(freed.again)
    metrics.push_ambiguous.labels("UNKNOWN").inc(freed.unknown)
    if not (await _pushes_due(resources, push, now) or freed.again or told):
        return False
    more = await pushes.deliver(
        resources.database, push, batches=BATCHES, pacer=resources.pacer, marks=resources.marks
    )
    if more:
        await resources.jobs.deliver()  # goes on beside the other work; it ends where all hands are busy
    return more


async def _pushes_due(resources: Resources, push: PushProvider, now: datetime) -> bool:
    """Whether a push is due now. Those of campaigns are not in quiet hours."""
    async with resources.database.connection() as connection:
        waiting = await due.pushes(connection, now, push.carries)
    is_open = quiet_hours.is_open(resources.clock.at(now))
    campaigns_of = waiting.campaigns if is_open else None
    marketing = min((when for when in (waiting.marketing, campaigns_of) if when), default=None)
    service_due = backlog.shown("service_push", waiting.service, now)
    return backlog.shown("marketing_push", marketing, now) or service_due


async def _texts(resources: Resources, sms: SmsProvider, now: datetime) -> None:
    async with resources.database.connection() as connection:
        waiting = await due.text(connection)
    if backlog.shown("text", waiting, now):
        await texting.send_due(resources.database, resources.keyring, sms, now)


async def sweep(resources: Resources, push: PushProvider, sms: SmsProvider, stop: asyncio.Event) -> None:
    """Sweep until told to stop; what is being done then is finished. A database that is away is tried again."""
    while not stop.is_set():
        more = False
        try:
            more = await sweep_once(resources, push, sms)
        except DatabaseAway:
            logger.warning("database_away")
        except Exception:  # noqa: BLE001 - the sweeper outlives every fault; it is logged and the next tick comes
            logger.exception("sweep_failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.0 if more else SWEEP_SECONDS)
