"""Deciding about teaching records (PRODUCT.md §6): one transaction a record, so that one bad item is one bad item."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import auditing, following, locks, notifying, readiness, records
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.records import Held
from mobile_gateway.models.database import Database
from mobile_gateway.rules import certificates, changes, verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct, VerificationOutcome
from mobile_gateway.rules.verification import AlreadyDone, Decision
from mobile_gateway.rules.words import NotificationKind, RecordState, StaffRole
from mobile_gateway.seals import Keyring

_ACTS = {
    VerificationOutcome.APPROVED: AuditAct.VERIFICATION_APPROVED,
    VerificationOutcome.REJECTED: AuditAct.VERIFICATION_REJECTED,
}


# Once approved the document is locked, so what is verified must be there before.
_MISSING = """
SELECT array_remove(ARRAY[CASE WHEN name IS NULL THEN 'name' END,
                          CASE WHEN document_index IS NULL THEN 'identityDocument' END], NULL)
  FROM person WHERE id = $1
"""


async def decide(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    record_id: int,
    decision: Decision,
    now: datetime,
) -> bool | Refusal:
    """Approve or reject a PENDING record, audit it, and tell the teacher; whether this call wrote it.

    False: the same person decided this version alike before. `now` is the domain's clock; the decision's reason
    is clean. An approval of the primary record also tells of certificates that can be claimed from now on, and lets
    those that were edited be made anew.
    Refusals: SESSION_INVALID; NOT_FOUND for what is not this person's to decide; ALREADY_DECIDED, CONFLICT;
    TEACHER_PROFILE_INCOMPLETE when somebody without name or document would be approved.
    """
    async with database.transaction() as connection:
        person_id = await records.person_of(connection, record_id)
        grants = await locks.staff_over(connection, actor, person_id)
        if isinstance(grants, Refusal):
            return grants
        held = await records.hold(connection, person_id, record_id)
        role = verification.may_decide(grants, actor.person_id, held.standing) if held else None
        if held is None or role is None:
            return Refusal(RefusalCode.NOT_FOUND, ("recordId",))
        state = verification.decide(held.decided, decision, actor.person_id)
        if isinstance(state, Refusal):
            return state
        if isinstance(state, AlreadyDone):
            return False
        if state is RecordState.APPROVED:
            missing = await connection.fetchval(_MISSING, person_id)
            if missing:
                said = {"missing": ",".join(missing)}
                return Refusal(RefusalCode.TEACHER_PROFILE_INCOMPLETE, ("recordId",), said)
        version = await _write(connection, actor, record_id, state, decision.reason, now)
        await auditing.write(connection, actor.person_id, _entry(held, role, record_id, decision))
        told = [
            notifying.Event(
                NotificationKind.VERIFICATION_DECIDED,
                f"record:{record_id}:v{version}",
                {"outcome": decision.outcome.value},
                now,
            )
        ]
        if held.is_primary:
            transactions.tell(changes.standing(person_id))
        if state is RecordState.APPROVED and held.is_primary:
            await following.follow(connection, keyring, person_id, certificates.Event.APPROVED, now)
            told += await readiness.events(connection, person_id, now)
        await notifying.notify(connection, person_id, told)
        return True


async def _write(
    connection: asyncpg.Connection,
    actor: Actor,
    record_id: int,
    state: RecordState,
    reason: str | None,
    now: datetime,
) -> int:
    version: int = await connection.fetchval(
        "UPDATE teaching_record SET state = $2, reason = $3, decided_by_id = $4, decided_at = $5,"
        " version = version + 1 WHERE id = $1 RETURNING version",
        record_id,
        state,
        reason,
        actor.person_id,
        now,
    )
    return version


def _entry(held: Held, role: StaffRole, record_id: int, decision: Decision) -> auditing.Entry:
    return auditing.Entry(
        _ACTS[decision.outcome],
        role,
        records.SUBJECT,
        record_id,
        held.standing.school_id,
        held.standing.county_id,
        decision.reason,
        {"person": str(held.standing.person_id)},
    )
