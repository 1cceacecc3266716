"""What a student would lose by becoming a teacher: everything of the account but its phone (PRODUCT.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway.rules import identities
from mobile_gateway.rules.words import Loss


@dataclass(frozen=True, slots=True)
class Losses:
    """What would be wiped now, and how much of each; nothing is listed of which there is none."""

    counts: Mapping[Loss, int]
    confirmation: bytes


_LOSSES = """
SELECT p.wipe_epoch, p.version,
       (p.name IS NOT NULL)::int AS "NAME",
       (p.gender IS NOT NULL)::int AS "GENDER",
       (p.email IS NOT NULL)::int AS "EMAIL",
       (p.document_index IS NOT NULL)::int AS "IDENTITY_DOCUMENT",
       (p.student_number IS NOT NULL)::int AS "STUDENT_NUMBER",
       (p.password_hash IS NOT NULL)::int AS "PASSWORD",
       (SELECT count(*) FROM inbox_item i WHERE i.person_id = p.id) AS "INBOX_ITEMS",
       (SELECT count(*) FROM notification_preference n WHERE n.person_id = p.id) AS "NOTIFICATION_PREFERENCES",
       (SELECT count(*) FROM device d WHERE d.person_id = p.id AND d.state = 'ACTIVE') AS "DEVICES",
       (SELECT count(*) FROM sign_in s WHERE s.person_id = p.id AND s.ended_at IS NULL AND s.id <> $2
           AND EXISTS (SELECT FROM refresh_token r
                        WHERE r.sign_in_id = s.id AND r.rotated_at IS NULL AND r.expires_at > $3)) AS "OTHER_SIGN_INS",
       (SELECT count(*) FROM phone_change c WHERE c.person_id = p.id) AS "PHONE_CHANGES",
       (SELECT count(*) FROM enrolment e WHERE e.person_id = p.id)
     + (SELECT count(*) FROM completion o WHERE o.person_id = p.id)
     + (SELECT count(*) FROM coverage v WHERE v.person_id = p.id)
     + (SELECT count(*) FROM resume_position q WHERE q.person_id = p.id) AS "LEARNING_RECORDS",
       (SELECT count(*) FROM teaching_record t WHERE t.person_id = p.id AND t.left_at IS NULL) AS "TEACHING_RECORDS"
  FROM person p WHERE p.id = $1
"""


async def of_student(
    connection: asyncpg.Connection, person_id: int, sign_in_id: UUID, now: datetime
) -> Losses:
    """What the person would lose, seen from one of their sign-ins. One statement; `now` is the real clock's."""
    row = await connection.fetchrow(_LOSSES, person_id, sign_in_id, now)
    counts = {loss: row[loss] for loss in Loss if row[loss]}
    return Losses(counts, identities.confirmation(person_id, row["wipe_epoch"], row["version"], counts))
