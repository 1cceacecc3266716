"""Deleting what is no longer needed, every few minutes, beside the sweeper (docs/operations.md, "Retention").

Every worker does it; rows that another one holds are skipped. What is due is found by its state, so a pass that
was missed, cut off or doubled is harmless.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from mobile_gateway import metrics
from mobile_gateway.actions import devices, forgetting, rendering
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database, DatabaseAway

PASS_SECONDS: Final = 300.0
BATCH: Final = 1_000
BATCHES_A_PASS: Final = 50
"""50,000 rows of a kind in 5 minutes: 14 million a day and worker."""

SIGN_INS_A_PASS: Final = 1_000

DEVICES_A_BATCH: Final = 5_000
DEVICE_BATCHES_A_PASS: Final = 10
"""Looked at: 50,000 in 5 minutes, so ten million within a day."""

_KINDS: tuple[tuple[str, Callable[[Database, datetime, int], Awaitable[int]]], ...] = (
    ("code", forgetting.codes),
    ("text", forgetting.texts),
    ("try", forgetting.tries),
    ("refresh_token", forgetting.links),
    ("phone_change", forgetting.phone_changes),
    ("rebind_ticket", forgetting.tickets),
    ("certificate_preview", rendering.forget_pictures),
)


async def forget_once(database: Database, now: datetime, after: UUID) -> UUID:
    """One pass over everything that is kept for a time; answers behind which sign-in the next one goes on.

    Raises DatabaseAway; another fault of one kind does not hinder the others.
    """
    for kind, forget in _KINDS:
        try:
            await _until_none(kind, forget, database, now)
        except DatabaseAway:
            raise
        except Exception:  # noqa: BLE001 - one bad kind is one bad kind; the next pass tries it again
            logger.exception("forgetting_failed", kind=kind)
    forgotten, further = await forgetting.sign_ins(database, now, after, SIGN_INS_A_PASS)
    metrics.forgotten.labels("sign_in").inc(forgotten)
    return further


async def _until_none(
    kind: str, forget: Callable[[Database, datetime, int], Awaitable[int]], database: Database, now: datetime
) -> None:
    for _ in range(BATCHES_A_PASS):
        forgotten = await forget(database, now, BATCH)
        metrics.forgotten.labels(kind).inc(forgotten)
        if forgotten < BATCH:
            return


async def retire_once(database: Database, now: datetime, after: int) -> int:
    """Look for stale devices in the next stretch of them; answers behind which one the next pass goes on."""
    for _ in range(DEVICE_BATCHES_A_PASS):
        retired, after = await devices.retire_stale(database, now, after, DEVICES_A_BATCH)
        metrics.forgotten.labels("stale_device").inc(retired)
        if after == 0:
            break
    return after


async def keep_forgetting(database: Database) -> None:
    """A pass every five minutes until cancelled; a database that is away is tried again."""
    after, device = uuid4(), -1  # workers begin at different places
    while True:
        try:
            after = await forget_once(database, real(), after)
            if device < 0:
                device = random.randint(0, await devices.last_id(database))  # noqa: S311 - a place to begin at, no secret
            device = await retire_once(database, real(), device)
        except DatabaseAway:
            logger.warning("database_away")
        except Exception:  # noqa: BLE001 - it outlives every fault; it is logged and the next pass comes
            logger.exception("forgetting_failed", kind="sign_in")
        await asyncio.sleep(PASS_SECONDS)
