"""Removing a teacher from a school (PRODUCT.md §6): the same effect as leaving it, by the school's admin."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.actions import auditing, following, leaving, locks, notifying, readiness, records
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.verification import AlreadyDone
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.seals import Keyring

# Who left by themselves was removed by nobody: to the school they are not there any more.
_REMOVED_HERE = """
SELECT EXISTS (SELECT FROM audit_entry WHERE subject_kind = 'TeachingRecord' AND subject_id = $1 AND act = $2)
"""


async def remove(
    database: Database, keyring: Keyring, *, actor: Actor, record_id: int, reason: str, now: datetime
) -> bool | Refusal:
    """Take an APPROVED teacher off the own school's roster, and tell them; whether this call did it.

    Learning is untouched. `now` is the domain's clock; `reason` is clean. False: it was removed already.
    Refusals: SESSION_INVALID; NOT_FOUND for another school's record, the own one and one that its teacher left;
    RECORD_NOT_APPROVED.
    """
    async with database.transaction() as connection:
        person_id = await records.person_of(connection, record_id)
        grants = await locks.staff_over(connection, actor, person_id)
        if isinstance(grants, Refusal):
            return grants
        held = await records.hold(connection, person_id, record_id)
        role = verification.may_remove(grants, actor.person_id, held.standing) if held else None
        if held is None or role is None:
            return Refusal(RefusalCode.NOT_FOUND, ("recordId",))
        state = verification.remove(held.decided.state)
        if isinstance(state, Refusal):
            return state
        if isinstance(state, AlreadyDone):
            removed_here = await connection.fetchval(_REMOVED_HERE, record_id, AuditAct.TEACHER_REMOVED)
            return False if removed_here else Refusal(RefusalCode.NOT_FOUND, ("recordId",))
        record = next(one for one in await leaving.current(connection, person_id) if one.id == record_id)
        await leaving.leave(connection, person_id, record, reason=reason, now=now)
        await auditing.write(
            connection,
            actor.person_id,
            auditing.Entry(
                AuditAct.TEACHER_REMOVED,
                role,
                records.SUBJECT,
                record_id,
                held.standing.school_id,
                held.standing.county_id,
                reason,
                {"person": str(person_id)},
            ),
        )
        removed = notifying.Event(
            NotificationKind.REMOVED_FROM_SCHOOL, f"record:{record_id}:v{record.version + 1}", {}, now
        )
        await following.leave(connection, keyring, person_id, record, now)
        told = [removed, *await readiness.events(connection, person_id, now)]
        await notifying.notify(connection, person_id, told)
        return True
