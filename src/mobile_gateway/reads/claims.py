"""Whether a person may claim a topic's certificate, from rows that the reader's transaction may hold."""

from __future__ import annotations

import asyncpg

from mobile_gateway.rules import certificates
from mobile_gateway.rules.certificates import Claim
from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.words import Identity, RecordState

_CLAIM = """
SELECT p.identity, t.certificates_open_at, t.ms_per_credit, e.person_id IS NOT NULL AS enrolled,
       (SELECT r.state FROM teaching_record r WHERE r.person_id = p.id AND r.is_primary AND r.left_at IS NULL)
         AS primary_state,
       (SELECT array_agg((c.id, c.required_credits, coalesce(n.ms, 0)) ORDER BY c.position)
          FROM course c LEFT JOIN (SELECT course_id, sum(ms) AS ms FROM credit_entry
                                    WHERE person_id = p.id AND topic_id = t.id AND voided_at IS NULL
                                    GROUP BY course_id) n ON n.course_id = c.id
         WHERE c.topic_id = t.id) AS courses
  FROM person p JOIN topic t ON t.id = $2 AND t.published
  LEFT JOIN enrolment e ON e.person_id = p.id AND e.topic_id = t.id
 WHERE p.id = $1
"""


async def of(connection: asyncpg.Connection, person_id: int, topic_id: int) -> Claim | None:
    """What decides about claiming; None when there is no such topic."""
    row = await connection.fetchrow(_CLAIM, person_id, topic_id)
    if row is None:
        return None
    courses = row["courses"] or ()
    caps = [Cap(course, required * row["ms_per_credit"]) for course, required, _ in courses]
    return Claim(
        Identity(row["identity"]),
        row["enrolled"] and bool(caps),
        certificates.lacks(caps, {course: int(ms) for course, _, ms in courses}),
        RecordState(row["primary_state"]) if row["primary_state"] else None,
        row["certificates_open_at"],
    )
