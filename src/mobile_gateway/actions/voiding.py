"""Voiding a watch for fraud (PRODUCT.md §8): what was earned by it is taken back, and it must be watched again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import auditing, issuing, locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes, credits, sign_in
from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole, VoidReason

SUBJECT = "Resource"

_COMPLETIONS = """
SELECT id, voided_at FROM completion WHERE person_id = $1 AND topic_id = $2 AND resource_id = $3
 ORDER BY voided_at IS NULL DESC, id DESC LIMIT 1
"""

_VOID = "UPDATE completion SET voided_at = $2 WHERE id = $1"

_VOID_ENTRIES = """
UPDATE credit_entry SET voided_at = $4
 WHERE person_id = $1 AND topic_id = $2 AND resource_id = $3 AND voided_at IS NULL
"""

_UNCOVER = """
UPDATE coverage SET spans = '{}', covered_at = NULL, verdict_at = NULL
 WHERE person_id = $1 AND topic_id = $2
   AND media_version_id IN (SELECT id FROM media_version WHERE resource_id = $3)
"""

# Sessions of before would bring the same spans again at once, out of the time that passed since they were opened.
_END_SESSIONS = """
UPDATE playback_session SET earning = false, ended_at = coalesce(ended_at, greatest(domain_now(), opened_at))
 WHERE person_id = $1 AND topic_id = $2
   AND media_version_id IN (SELECT id FROM media_version WHERE resource_id = $3)
"""

_STANDING = """
SELECT c.id, c.required_credits * t.ms_per_credit AS required_ms,
       coalesce((SELECT sum(e.ms) FROM credit_entry e WHERE e.person_id = $1 AND e.course_id = c.id
                    AND e.topic_id = $2 AND e.voided_at IS NULL), 0) AS learned_ms
  FROM course c JOIN topic t ON t.id = c.topic_id WHERE c.topic_id = $2
"""


@dataclass(frozen=True, slots=True)
class Voided:
    """What came of it. `new` is false when it was void already; `complete`: whether the topic still is."""

    new: bool
    complete: bool


async def void_watch(
    database: Database,
    *,
    actor: Actor,
    strong_at: datetime | None,
    person_id: int,
    topic_id: int,
    resource_id: int,
    reason: str,
    now: datetime,
    real_now: datetime,
) -> Voided | Refusal:
    """Void a person's completion of a resource in a topic, with its credit entries in every course.

    Coverage begins anew, and sessions opened before bring nothing more. A topic that is no longer complete loses
    its date of completion, and its certificate is void; notifications that were sent stay. Twice is once, until it
    is watched again. `now` is the domain's clock, `real_now` the real one.
    Refusals: SESSION_INVALID; NOT_FOUND to who is not PLATFORM_ADMIN, and where nothing was completed;
    SECOND_SIGN_IN_REQUIRED.
    """
    async with database.transaction() as connection:
        grants = await locks.staff_over(connection, actor, person_id)
        if isinstance(grants, Refusal):
            return grants
        if not grants.is_platform:
            return Refusal(RefusalCode.NOT_FOUND)
        if not sign_in.is_strong(strong_at, real_now):
            return Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)
        found = await connection.fetchrow(_COMPLETIONS, person_id, topic_id, resource_id)
        if found is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if found["voided_at"] is not None:
            return Voided(new=False, complete=await _complete(connection, person_id, topic_id))
        await connection.execute(_VOID, found["id"], now)
        await connection.execute(_VOID_ENTRIES, person_id, topic_id, resource_id, now)
        await connection.execute(_UNCOVER, person_id, topic_id, resource_id)
        await connection.execute(_END_SESSIONS, person_id, topic_id, resource_id)
        complete = await _complete(connection, person_id, topic_id)
        if not complete:
            await connection.execute(
                "UPDATE enrolment SET completed_at = NULL WHERE person_id = $1 AND topic_id = $2",
                person_id,
                topic_id,
            )
            await issuing.void_of_topic(connection, person_id, topic_id, VoidReason.WATCH_VOIDED, now)
        data = {"person": str(person_id), "topic": str(topic_id), "resource": str(resource_id)}
        entry = auditing.Entry(
            AuditAct.WATCH_VOIDED,
            StaffRole.PLATFORM_ADMIN,
            SUBJECT,
            resource_id,
            reason=reason,
            data={**data, "topicComplete": str(complete).lower()},
        )
        await auditing.write(connection, actor.person_id, entry)
        transactions.tell(changes.progress(person_id, topic_id))
        return Voided(new=True, complete=complete)


async def _complete(connection: asyncpg.Connection, person_id: int, topic_id: int) -> bool:
    rows = await connection.fetch(_STANDING, person_id, topic_id)
    caps = [Cap(row["id"], row["required_ms"]) for row in rows]
    return credits.topic_complete(caps, {row["id"]: int(row["learned_ms"]) for row in rows})
