"""Opening documents: they are COMPLETED when opened and earn nothing (PRODUCT.md §4)."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway import transactions
from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes
from mobile_gateway.rules.refusal import Refusal, RefusalCode

_DOCUMENT = """
SELECT EXISTS (SELECT FROM enrolment e WHERE e.person_id = $3 AND e.topic_id = $1) AS enrolled
  FROM resource r
 WHERE r.id = $2 AND r.kind = 'DOCUMENT' AND EXISTS (
       SELECT FROM listing l JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
          JOIN topic t ON t.id = c.topic_id AND t.published
        WHERE l.resource_id = r.id AND c.topic_id = $1 AND l.removed_at IS NULL)
"""


async def open_document(
    database: Database, *, actor: Actor, topic_id: int, resource_id: int, now: datetime
) -> Refusal | None:
    """Mark a document COMPLETED when it is opened by an enrolled teacher. It earns nothing; twice is once."""
    async with database.transaction() as connection:
        person = await locks.teacher(connection, actor)
        if isinstance(person, Refusal):
            return person
        found = await connection.fetchrow(_DOCUMENT, topic_id, resource_id, actor.person_id)
        if found is None:
            return Refusal(RefusalCode.NOT_FOUND, ("resourceId",))
        if not found["enrolled"]:
            return Refusal(RefusalCode.NOT_ENROLLED)
        await connection.execute(
            "INSERT INTO completion (person_id, topic_id, resource_id, duration_ms, earned_at)"
            " VALUES ($1, $2, $3, 0, $4)"
            " ON CONFLICT (person_id, topic_id, resource_id) WHERE voided_at IS NULL DO NOTHING",
            actor.person_id,
            topic_id,
            resource_id,
            now,
        )
        transactions.tell(changes.progress(actor.person_id, topic_id))
        return None
