"""Voiding a certificate for fraud, by a platform admin (PRODUCT.md §8)."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.actions import auditing, issuing, locks, notifying
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import CertificateState, NotificationKind, StaffRole, VoidReason

SUBJECT = "Certificate"

_FOUND = "SELECT id, person_id FROM certificate WHERE serial = $1"
_HELD = "SELECT state, topic_id FROM certificate WHERE person_id = $1 AND id = $2 FOR UPDATE"


async def revoke(
    database: Database,
    *,
    actor: Actor,
    strong_at: datetime | None,
    serial: str,
    reason: str,
    now: datetime,
    real_now: datetime,
) -> bool | Refusal:
    """Make the version of a serial void, for good, audited; its holder is told. Whether this call did it.

    Credits stay as they are: who still qualifies may claim again, under a new serial. `now` is the domain's clock,
    `real_now` the real one.
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
        held = await connection.fetchrow(_HELD, holder, found["id"])
        if held["state"] == CertificateState.VOID:
            return False
        await issuing.void(connection, holder, found["id"], VoidReason.FRAUD, now)
        told = await issuing.event(
            connection, NotificationKind.CERTIFICATE_VOIDED, held["topic_id"], found["id"], now
        )
        await notifying.notify(connection, holder, [told])
        entry = auditing.Entry(
            AuditAct.CERTIFICATE_VOIDED,
            StaffRole.PLATFORM_ADMIN,
            SUBJECT,
            found["id"],
            reason=reason,
            data={"person": str(holder), "topic": str(held["topic_id"])},
        )
        await auditing.write(connection, actor.person_id, entry)
        return True
