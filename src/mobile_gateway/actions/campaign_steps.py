"""Campaigns scheduled, paused, resumed and cancelled (PRODUCT.md §11).

Each is a word in the campaign's row, which the next chunk of the fan-out and the next claim of deliveries read: what
was claimed before goes out, which is a batch for each worker. Cancelling drops nothing itself; workers do, in chunks.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions import campaign_rows
from mobile_gateway.actions.campaign_rows import Written
from mobile_gateway.actions.campaigns import By
from mobile_gateway.models.database import Database
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules import texts
from mobile_gateway.rules.campaigns import CampaignStep
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import CampaignState

_SCHEDULE = "UPDATE campaign SET state = 'SCHEDULED', starts_at = $2 WHERE id = $1"
_PAUSE = "UPDATE campaign SET state = 'PAUSED', pause_reason = $2 WHERE id = $1"
_CANCEL = "UPDATE campaign SET state = 'CANCELLED', pause_reason = NULL WHERE id = $1"

# What was tried in vain is tried anew, at once: people say that they mended it. What was not proven is judged anew, by
# those that failed for its payload before among others.
_RESUME = """
UPDATE campaign SET state = 'SENDING', pause_reason = NULL, sending_since = $2 WHERE id = $1
"""
_AGAIN = """
UPDATE delivery SET outcome = NULL, due_at = $2
 WHERE campaign_id = $1 AND state = 'DUE' AND outcome IS NOT NULL
"""
_UNDO = """
UPDATE delivery SET state = 'DUE', outcome = NULL, due_at = $2, settled_at = NULL, attempts = 0
 WHERE campaign_id = $1 AND state = 'FAILED' AND outcome LIKE 'PAYLOAD_BAD%'
"""


async def schedule(
    database: Database, by: By, *, campaign_id: int, starts_at: datetime | None, jitter: float
) -> Written:
    """Let an APPROVED campaign begin at a moment by the domain's clock, off the quarter hours; also another moment.

    Where one was planned it is that one, which None means too.
    Refusals: SESSION_INVALID, NOT_FOUND, SECOND_SIGN_IN_REQUIRED, CAMPAIGN_STEP_IMPOSSIBLE, CAMPAIGN_START_PAST,
    CAMPAIGN_START_APPROVED, CAMPAIGN_START_NEEDED, CAMPAIGN_PLAN_PAST, BAD_USER_INPUT.
    """
    async with database.transaction() as connection:
        row = await _begin(connection, by, campaign_id, CampaignStep.SCHEDULE)
        if isinstance(row, Refusal):
            return row
        agreed = rules.agreed(row["planned_for"], starts_at, by.now)
        at = agreed if isinstance(agreed, Refusal) else rules.starts(agreed, by.now, jitter)
        if isinstance(at, Refusal):
            return at
        await connection.execute(_SCHEDULE, campaign_id, at)
        data = {"startsAt": at.isoformat(timespec="seconds")}
        await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_SCHEDULED, campaign_id, data=data)
        return campaign_id


async def pause(database: Database, by: By, *, campaign_id: int, reason: str) -> Written:
    """Let a campaign that is SENDING stand still, for a reason of 1 to 60 characters. Twice is once.

    Refusals: as `schedule`; REASON_REQUIRED.
    """
    read = texts.clean(reason, longest=rules.LONGEST_REASON)
    async with database.transaction() as connection:
        row = await _begin(connection, by, campaign_id, CampaignStep.PAUSE)
        if isinstance(row, Refusal):
            return row
        if isinstance(read, texts.Unclean):
            return Refusal(RefusalCode.REASON_REQUIRED, ("reason",))
        if row["state"] != CampaignState.PAUSED:
            await connection.execute(_PAUSE, campaign_id, read)
            await campaign_rows.changed(
                connection, by.actor, AuditAct.CAMPAIGN_PAUSED, campaign_id, reason=read
            )
        return campaign_id


async def resume(database: Database, by: By, *, campaign_id: int) -> Written:
    """Let a PAUSED campaign go on where it stood. Twice is once. Refusals: as `schedule`."""
    async with database.transaction() as connection:
        row = await _begin(connection, by, campaign_id, CampaignStep.RESUME)
        if isinstance(row, Refusal):
            return row
        if row["state"] != CampaignState.SENDING:
            await connection.execute(_RESUME, campaign_id, by.real_now)
            await connection.execute(_AGAIN, campaign_id, by.real_now)
            if row["proven_at"] is None:
                await connection.execute(_UNDO, campaign_id, by.real_now)
            await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_RESUMED, campaign_id)
        return campaign_id


async def cancel(database: Database, by: By, *, campaign_id: int) -> Written:
    """End a campaign that is not SENT, for good. What is queued is dropped. Twice is once. Refusals: as `schedule`."""
    async with database.transaction() as connection:
        row = await _begin(connection, by, campaign_id, CampaignStep.CANCEL)
        if isinstance(row, Refusal):
            return row
        if row["state"] != CampaignState.CANCELLED:
            await connection.execute(_CANCEL, campaign_id)
            data = {"was": row["state"]}
            await campaign_rows.changed(
                connection, by.actor, AuditAct.CAMPAIGN_CANCELLED, campaign_id, data=data
            )
        return campaign_id


async def _begin(
    connection: asyncpg.Connection, by: By, campaign_id: int, step: CampaignStep
) -> asyncpg.Record | Refusal:
    refused = await campaign_rows.administer(connection, by.actor, by.strong_at, by.real_now)
    if refused is not None:
        return refused
    row = await campaign_rows.held(connection, campaign_id)
    if isinstance(row, Refusal):
        return row
    reached = rules.after(CampaignState(row["state"]), step)
    return reached if isinstance(reached, Refusal) else row
