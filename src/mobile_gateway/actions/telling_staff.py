"""Telling everybody who holds a role, in one statement."""

from __future__ import annotations

import asyncpg

from mobile_gateway.actions import notifying
from mobile_gateway.actions.notifying import Event
from mobile_gateway.rules.words import MessageClass, StaffRole

_TELL = """
WITH item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT DISTINCT g.person_id, $2, $3, $4, $5::jsonb, $6::timestamptz
    FROM staff_grant g WHERE g.role = $1 AND g.revoked_at IS NULL
  ON CONFLICT (person_id, kind, subject) DO NOTHING
  RETURNING id, person_id, kind
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state, due_at)
  SELECT i.person_id, i.id, d.id, d.provider, d.platform, $4, 'DUE', now()
    FROM item i JOIN device d ON d.person_id = i.person_id AND d.state = 'ACTIVE'
   WHERE NOT EXISTS (SELECT FROM notification_preference p
                      WHERE p.person_id = i.person_id AND p.kind = i.kind AND NOT p.push)
   ORDER BY i.id
  ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING
)
SELECT coalesce(array_agg(person_id), '{}') FROM item
"""


async def tell(connection: asyncpg.Connection, role: StaffRole, event: Event) -> int:
    """As `notifying.notify`, to each holder of a role. Answers how many inbox rows are new."""
    return await notifying.notified(
        connection,
        _TELL,
        role,
        event.kind,
        event.subject,
        MessageClass.SERVICE,
        dict(event.data),
        event.happened_at,
    )
