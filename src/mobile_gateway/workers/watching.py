"""Verdicts: the second half of beat → credit → push."""

from __future__ import annotations

from mobile_gateway import metrics
from mobile_gateway.actions import completing
from mobile_gateway.boot import Resources
from mobile_gateway.logs import logger


async def verify_watch(resources: Resources, person_id: int, topic_id: int, media_version_id: int) -> None:
    """Give the verdict on one covered video, then nudge the delivery of what it told the person."""
    verdict = await completing.give_verdict(
        resources.database,
        person_id=person_id,
        topic_id=topic_id,
        media_version_id=media_version_id,
        now=resources.clock.now(),
    )
    if not verdict.given:
        metrics.verdicts.labels("nothing_due").inc()
        return
    metrics.verdicts.labels("completed").inc()
    logger.info(
        "verdict_given",
        person=person_id,
        topic=topic_id,
        media_version=media_version_id,
        notifications=verdict.notifications,
    )
    if verdict.notifications:
        await resources.jobs.deliver()
