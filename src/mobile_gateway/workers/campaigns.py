"""Campaigns: begun, walked, judged, finished and dropped, by their state alone (PRODUCT.md §11)."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import datetime, timedelta

import asyncpg

from mobile_gateway import metrics
from mobile_gateway.actions import campaign_expiry, fanning
from mobile_gateway.actions.fanning import Moment, UnderWay
from mobile_gateway.boot import Resources
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules import quiet_hours
from mobile_gateway.rules.words import CampaignState, MessageClass, PushProviderName

STRETCHES = 10
"""So many stretches of a campaign are walked, then other work is looked at."""

SAID_EVERY = 100_000


async def go_on(
    resources: Resources, carries: Collection[PushProviderName] = tuple(PushProviderName)
) -> bool:
    """Go on with every campaign that is under way; whether there is more to do at once. One bad one is one bad one.

    Devices of a provider that is not among `carries` are as none: their holders have it in the inbox.
    """
    real_now = real()
    now = resources.clock.at(real_now)
    more, written = False, 0
    for one in await fanning.begin(resources.database, now=now, real_now=real_now):
        try:
            if one.state is CampaignState.CANCELLED:
                more |= await fanning.drop(resources.database, one.id, now=now, real_now=real_now) > 0
                continue
            expired = await _expire(resources, one, real_now)
            new, on = await _walk(resources, one, carries)
            more, written = more or on or expired, written + new
        except DatabaseAway:
            raise
        except asyncpg.ForeignKeyViolationError:
            logger.info("campaign_stretch_again", campaign=one.id)  # a device went while it was told
        except Exception:  # noqa: BLE001 - the next sweep comes to it again
            logger.exception("campaign_failed", campaign=one.id)
    if written:
        await resources.jobs.deliver()
    return more


async def _expire(resources: Resources, one: UnderWay, real_now: datetime) -> bool:
    """Give up what could not be sent for a day, of a campaign that is SENDING as long; whether anything was."""
    if one.sending_since is None or real_now - one.sending_since < rules.WORTH_SENDING:
        return False
    dropped = await campaign_expiry.expire(resources.database, one.id, real_now=real_now)
    if dropped:
        logger.warning("campaign_pushes_expired", campaign=one.id, deliveries=dropped)
    return dropped > 0


async def _walk(
    resources: Resources, one: UnderWay, carries: Collection[PushProviderName]
) -> tuple[int, bool]:
    """Some stretches of a campaign between two looks at it: deliveries written, and whether to go on at once."""
    written, walked = 0, None
    state = await _judge(resources, one)
    for _ in range(STRETCHES if state is CampaignState.SENDING else 0):
        walked = await fanning.walk(resources.database, one.id, moment(resources.clock, real()), carries)
        if walked is None:
            return written, False
        written += walked.written
        metrics.campaign_deliveries.inc(walked.written)
        if walked.whole or walked.looked_at % SAID_EVERY < fanning.STRETCH:
            logger.info(
                "campaign_expands",
                campaign=one.id,
                looked_at=walked.looked_at,
                people=walked.people,
                deliveries=walked.deliveries,
                whole=walked.whole,
            )
        if walked.whole:
            await _judge(resources, one)
            return written, False
    return written, walked is not None


async def _judge(resources: Resources, one: UnderWay) -> CampaignState:
    real_now = real()
    now = resources.clock.at(real_now)
    state = await fanning.judge(resources.database, one.id, now=now, real_now=real_now)
    if state is CampaignState.PAUSED:
        logger.error("campaign_paused_itself", campaign=one.id)
        metrics.campaigns_paused.inc()
    elif state is CampaignState.SENT:
        logger.info("campaign_sent", campaign=one.id)
    return state


def moment(clock: DomainClock, real_now: datetime) -> Moment:
    """Now by both clocks, and when by the real one a stretch's pushes go out: over a minute, after quiet hours."""
    now = clock.at(real_now)
    wait = quiet_hours.due(now, MessageClass.MARKETING, 0.0) - now
    if wait:  # each stretch has a minute of the morning: people side by side are sent to side by side
        late = random.random() * (quiet_hours.SPREAD.total_seconds() - rules.RAMP_SECONDS)  # noqa: S311 - spreads, guards nothing
        wait += timedelta(seconds=late)
    return Moment(now, real_now, real_now + wait / clock.speed, rules.RAMP_SECONDS / clock.speed)
