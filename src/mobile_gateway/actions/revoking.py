"""Voiding a certificate for fraud, by a platform admin (PRODUCT.md §8)."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.actions import auditing, issuing, locks, notifying
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import NotificationKind, StaffRole, VoidReason

SUBJECT = "Certificate"

_FOUND = "SELECT id, person_id, topic_id FROM certificate WHERE serial = $1"

# A superseded version leads to the one that is live now; it would be dodged by correcting a letter.
_LIVE = (
    "SELECT id, serial FROM certificate WHERE person_id = $1 AND topic_id = $2 AND state <> 'VOID' FOR UPDATE"
)


async def revoke(
    database: Database,
    *,
    actor: Actor,
    strong_at: datetime | None,
    serial: str,
    reason: str,
    now: datetime,
    real_now: datetime,
) -> str | Refusal:
    """Make the live version of a serial's certificate void, for good, audited; its holder is told.

    Answers the serial that is void now: a superseded one leads to the version that is live. Twice is once. Credits stay
    as they are: who still qualifies may claim again, under a new serial. `now` is the domain's clock, `real_now` the
    real one.
    Refusals: SESSION_INVALID; NOT_FOUND to who is not PLATFORM_ADMIN, and for an unknown serial;
    SECOND_SIGN_IN_REQUIRED.
    """
    async with database.transaction() as connection:
        found = await connection.fetchrow(_FOUND, serial)
        holder = found["person_id"] if found else 0
        grants = await locks.staff_over(connection, actor, holder)
        if isinstance(grants, Refusal):
            return grants
        if not grants.is_platform or found is None:
            return Refusal(RefusalCode.NOT_FOUND, ("serial",))
        if not sign_in.is_strong(strong_at, real_now):
            return Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)
        live = await connection.fetchrow(_LIVE, holder, found["topic_id"])
        if live is None:
            return serial
        await issuing.void(connection, holder, live["id"], VoidReason.FRAUD, now)
        told = await issuing.event(
            connection, NotificationKind.CERTIFICATE_VOIDED, found["topic_id"], live["id"], now
        )
        await notifying.notify(connection, holder, [told])
        entry = auditing.Entry(
            AuditAct.CERTIFICATE_VOIDED,
            StaffRole.PLATFORM_ADMIN,
            SUBJECT,
            live["id"],
            reason=reason,
            data={"person": str(holder), "topic": str(found["topic_id"])},
        )
        await auditing.write(connection, actor.person_id, entry)
        return str(live["serial"])
