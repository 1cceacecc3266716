"""When a certificate can be claimed for the first time, told from what became true last (PRODUCT.md §10)."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions.notifying import Event
from mobile_gateway.rules import credits
from mobile_gateway.rules.words import NotificationKind

# The conditions of `rules.certificates.ready`, over all of a person's topics.
_READY = """
SELECT t.id, t.title, t.title_en, t.ms_per_credit,
       (SELECT sum(c.required_credits) FROM course c WHERE c.topic_id = t.id) AS required_credits
  FROM enrolment e JOIN topic t ON t.id = e.topic_id JOIN person p ON p.id = e.person_id
 WHERE e.person_id = $1 AND e.completed_at IS NOT NULL AND t.certificates_open_at <= $2 AND p.identity = 'TEACHER'
   AND EXISTS (SELECT FROM teaching_record r WHERE r.person_id = $1 AND r.is_primary AND r.left_at IS NULL
                  AND r.state = 'APPROVED')
 ORDER BY t.id
"""


async def events(connection: asyncpg.Connection, person_id: int, now: datetime) -> list[Event]:
    """CERTIFICATE_READY of each topic whose conditions all hold now; the inbox keeps each once.

    The person's row is to be held, so that of a completion and an approval at once the later one sees both.
    """
    return [
        Event(
            NotificationKind.CERTIFICATE_READY,
            f"topic:{row['id']}",
            {
                "topic": row["title"],
                "topic_en": row["title_en"],
                "topic_id": str(row["id"]),
                "credits": credits.shown(
                    row["required_credits"] * row["ms_per_credit"], row["ms_per_credit"]
                ),
            },
            now,
        )
        for row in await connection.fetch(_READY, person_id, now)
    ]
