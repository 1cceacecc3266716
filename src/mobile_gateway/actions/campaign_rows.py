"""What acts on campaigns share: a platform administrator with a fresh second sign-in, and a campaign's row held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import auditing, locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.rules import changes, sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole

SUBJECT: Final = "Campaign"

Written: TypeAlias = int | Refusal
"""The id of the campaign that an act wrote, or found as it was wanted already; or why not."""

_HELD = "SELECT * FROM campaign WHERE id = $1 FOR NO KEY UPDATE"


async def administer(
    connection: asyncpg.Connection, actor: Actor, strong_at: datetime | None, real_now: datetime
) -> Refusal | None:
    """Let a platform administrator alone act, who signed in a second time within 5 minutes.

    Refusals: SESSION_INVALID; NOT_FOUND to who is none; SECOND_SIGN_IN_REQUIRED.
    """
    grants = await locks.staff(connection, actor)
    if isinstance(grants, Refusal):
        return grants
    if not grants.is_platform:
        return Refusal(RefusalCode.NOT_FOUND)
    return None if sign_in.is_strong(strong_at, real_now) else Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)


async def held(connection: asyncpg.Connection, campaign_id: int) -> asyncpg.Record | Refusal:
    """Hold a campaign: no other act and no chunk of its fan-out goes on meanwhile. Refusals: NOT_FOUND."""
    row = await connection.fetchrow(_HELD, campaign_id)
    return row or Refusal(RefusalCode.NOT_FOUND, ("campaignId",))


async def tell(
    connection: asyncpg.Connection,
    actor: Actor,
    act: AuditAct,
    campaign_id: int,
    *,
    reason: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Tell the audit log."""
    entry = auditing.Entry(
        act, StaffRole.PLATFORM_ADMIN, SUBJECT, campaign_id, reason=reason, data=data or {}
    )
    await auditing.write(connection, actor.person_id, entry)


async def changed(
    connection: asyncpg.Connection,
    actor: Actor,
    act: AuditAct,
    campaign_id: int,
    *,
    reason: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Tell the audit log and, once it is committed, who looks at the campaign."""
    await tell(connection, actor, act, campaign_id, reason=reason, data=data)
    transactions.tell(changes.campaign(campaign_id))


def moved(campaign_ids: Iterable[int | None]) -> None:
    """Tell who looks at these campaigns that some of their deliveries moved; None is of no campaign."""
    transactions.tell(*{changes.deliveries(number) for number in campaign_ids if number is not None})
