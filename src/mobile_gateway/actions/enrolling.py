"""Enrolling in a topic (PRODUCT.md §3)."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway import transactions
from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes, enrolment
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import RecordState, SchoolStage

# The topic is held: its credit, its dates and whether it is published are those that the enrolment is written under.
_CANDIDATE = """
SELECT p.name IS NOT NULL AS has_name, p.document_index IS NOT NULL AS has_document,
       r.state AS primary_state, s.stage AS primary_stage,
       t.learning_start, t.learning_end, t.certificates_open_at,
       EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = t.id) AS enrolled
  FROM person p
  JOIN topic t ON t.id = $2 AND t.published
  LEFT JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL
  LEFT JOIN school s ON s.id = r.school_id
 WHERE p.id = $1
   FOR KEY SHARE OF t
"""


async def enrol(database: Database, *, actor: Actor, topic_id: int, now: datetime) -> Refusal | None:
    """Enrol a person; None when the person is enrolled now. Twice is once: one row, the first date.

    Refusals: NOT_FOUND, SESSION_INVALID, and those of `rules.enrolment.may_enrol`.
    """
    async with database.transaction() as connection:
        person = await locks.teacher(connection, actor)
        if isinstance(person, Refusal):
            return person
        row = await connection.fetchrow(_CANDIDATE, actor.person_id, topic_id)
        if row is None:
            return Refusal(RefusalCode.NOT_FOUND, ("topicId",))
        if row["enrolled"]:
            return None
        who = enrolment.Candidate(
            person.identity,
            row["has_name"],
            row["has_document"],
            RecordState(row["primary_state"]) if row["primary_state"] else None,
            SchoolStage(row["primary_stage"]) if row["primary_stage"] else None,
        )
        start = row["learning_start"].astimezone(SHANGHAI)
        window = enrolment.Window(start, row["learning_end"], row["certificates_open_at"])
        refused = enrolment.may_enrol(who, window, now)
        if refused is not None:
            return refused
        await connection.execute(
            "INSERT INTO enrolment (person_id, topic_id, enrolled_at) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT enrolment_key DO NOTHING",
            actor.person_id,
            topic_id,
            now,
        )
        transactions.tell(changes.progress(actor.person_id, topic_id))
        return None
