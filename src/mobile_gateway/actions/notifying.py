"""Inbox rows, each exactly once, and the deliveries that follow from them (PRODUCT.md §10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.rules import changes
from mobile_gateway.rules.words import MessageClass, NotificationKind


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person is told once: its kind, its subject (the id of the event), and what its text needs."""

    kind: NotificationKind
    subject: str
    data: Mapping[str, str]
    happened_at: datetime


_NOTIFY = """
WITH said AS (
  SELECT * FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
           WITH ORDINALITY AS e(kind, subject, data, happened_at, place)
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT $1, kind, subject, $6, data, happened_at FROM said ORDER BY place
  ON CONFLICT (person_id, kind, subject) DO NOTHING
  RETURNING id, kind
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state, due_at)
  SELECT $1, i.id, d.id, d.provider, d.platform, $6, 'DUE', now()
    FROM item i JOIN device d ON d.person_id = $1 AND d.state = 'ACTIVE'
   WHERE NOT EXISTS (SELECT FROM notification_preference p
                      WHERE p.person_id = $1 AND p.kind = i.kind AND NOT p.push)
   ORDER BY i.id
  ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING
)
SELECT count(*) FROM item
"""


async def notify(connection: asyncpg.Connection, person_id: int, events: Sequence[Event]) -> int:
    """Write the inbox rows that are not there yet, in order, and a delivery to each active device.

    Belongs into the transaction of what happened; once that is committed, who looks at the inbox sees them.
    Answers how many rows are new.
    """
    if not events:
        return 0
    written: int = await connection.fetchval(
        _NOTIFY,
        person_id,
        [event.kind for event in events],
        [event.subject for event in events],
        [dict(event.data) for event in events],
        [event.happened_at for event in events],
        MessageClass.SERVICE,
    )
    if written:
        transactions.tell(changes.inbox(person_id))
    return written


async def notified(connection: asyncpg.Connection, statement: str, *given: object) -> int:
    """Write inbox rows of many by a statement that answers, as an array, whose they are, a person for each new row.

    As `notify`, for who tells many at once. Answers how many rows are new.
    """
    people: list[int] = await connection.fetchval(statement, *given)
    transactions.tell(*(changes.inbox(person_id) for person_id in people))
    return len(people)


async def moment(connection: asyncpg.Connection) -> datetime:
    """Now by the domain's clock, for an act that knows the real one alone: an inbox has one clock."""
    now: datetime = await connection.fetchval("SELECT domain_now()")
    return now
