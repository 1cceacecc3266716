"""When a certificate can be claimed for the first time, told from what became true last (PRODUCT.md §10)."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions import notifying
from mobile_gateway.actions.notifying import Event
from mobile_gateway.rules import certificates, credits
from mobile_gateway.rules.certificates import Claim
from mobile_gateway.rules.words import Identity, NotificationKind, RecordState

_COMPLETE = """
SELECT t.id, t.title, t.title_en, t.ms_per_credit, t.certificates_open_at, p.identity,
       (SELECT sum(c.required_credits) FROM course c WHERE c.topic_id = t.id) AS required_credits,
       (SELECT r.state FROM teaching_record r WHERE r.person_id = p.id AND r.is_primary AND r.left_at IS NULL)
         AS primary_state
  FROM enrolment e JOIN topic t ON t.id = e.topic_id JOIN person p ON p.id = e.person_id
 WHERE e.person_id = $1 AND e.completed_at IS NOT NULL
 ORDER BY t.id
"""


async def events(connection: asyncpg.Connection, person_id: int, now: datetime) -> list[Event]:
    """CERTIFICATE_READY of each topic whose conditions all hold now; the inbox keeps each once.

    The person's row is to be held, so that of a completion and an approval at once the later one sees both. For the
    same reason the clock is looked at again: who waited for the row over the opening tells what its night passed by.
    """
    rows = await connection.fetch(_COMPLETE, person_id)
    if not rows:
        return []
    now = max(now, await notifying.moment(connection))
    return [_event(row, now) for row in rows if not certificates.missing(_claim(row), now)]


def subject(topic_id: int) -> str:
    """What makes it one of a person and topic."""
    return f"topic:{topic_id}"


def _claim(row: asyncpg.Record) -> Claim:
    state = RecordState(row["primary_state"]) if row["primary_state"] else None
    return Claim(
        identity=Identity(row["identity"]),
        enrolled=True,
        lacking={},
        primary_state=state,
        opens_at=row["certificates_open_at"],
    )


def _event(row: asyncpg.Record, now: datetime) -> Event:
    per_credit = row["ms_per_credit"]
    data = {
        "topic": row["title"],
        "topic_en": row["title_en"],
        "topic_id": str(row["id"]),
        "credits": credits.shown(row["required_credits"] * per_credit, per_credit),
    }
    return Event(NotificationKind.CERTIFICATE_READY, subject(row["id"]), data, now)
