"""The sweeper: every 2 s it picks up whatever is due by its state, so that a lost nudge is harmless (TRUST.md)."""

from __future__ import annotations

import asyncio
import contextlib

from mobile_gateway import metrics
from mobile_gateway.actions import changing_phone, delivering, uploading
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.push.provider import PushProvider
from mobile_gateway.reads import due
from mobile_gateway.sms import SmsProvider
from mobile_gateway.workers import campaigns, certificates, pushes, spelling, texting, watching

SWEEP_SECONDS = 2.0
VERDICTS_A_SWEEP = 500


async def sweep_once(resources: Resources, push: PushProvider, sms: SmsProvider) -> bool:
    """Do whatever is due; answers whether there is more of it to be done at once.

    Verdicts, expired leases, deliveries, texts, spellings, photos and proofs to be forgotten, certificates to be made
    anew and drawn, openings, campaigns. One bad item is one bad item.
    """
    now = real()
    async with resources.database.connection() as connection:
        verdicts = await due.verdicts(connection, VERDICTS_A_SWEEP)
        deliveries = await due.has_deliveries(connection, now)
        texts = await due.has_texts(connection, now)
    for person_id, topic_id, media_version_id in verdicts:
        metrics.swept.labels("verdict").inc()
        try:
            await watching.verify_watch(resources, person_id, topic_id, media_version_id)
        except DatabaseAway:
            raise
        except Exception:  # noqa: BLE001 - one bad item is one bad item; the next sweep sees it again
            logger.exception(
                "verdict_failed", person=person_id, topic=topic_id, media_version=media_version_id
            )
    freed = await delivering.free_expired(resources.database, now)
    metrics.swept.labels("lease").inc(freed)
    if texts:
        await texting.send_due(resources.database, resources.keyring, sms, now)
    await uploading.forget_loose(resources.database, now)
    await changing_phone.forget_unfinished(resources.database, now)
    if deliveries or freed or verdicts:
        await pushes.deliver(resources.database, push, batches=1)
    metrics.swept.labels("spelling").inc(await spelling.spell_due(resources.database))
    metrics.swept.labels("reissue").inc(await certificates.reissue(resources))
    await certificates.render(resources)
    opening = await certificates.open_claims(resources)
    return await campaigns.go_on(resources) or opening


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
