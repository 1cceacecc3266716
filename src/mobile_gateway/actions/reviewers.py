"""Whom a teaching record concerns beside its owner: who decides about it, and who is told that it is gone.

Only the admins of that very school decide; about an admin of the school the county's do (PRODUCT.md §6).
Nobody is ever told about themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from mobile_gateway.actions import notifying
from mobile_gateway.actions.notifying import Event
from mobile_gateway.rules.words import MessageClass, NotificationKind

# In both: $1 is the school, $2 the record's owner.
_REVIEWERS = """
SELECT DISTINCT g.person_id FROM school s JOIN staff_grant g ON g.revoked_at IS NULL
   AND CASE WHEN EXISTS (SELECT FROM staff_grant own WHERE own.person_id = $2 AND own.role = 'SCHOOL_ADMIN'
                            AND own.school_id = s.id AND own.revoked_at IS NULL)
            THEN g.role = 'COUNTY_ADMIN' AND g.county_id = s.county_id
            ELSE g.role = 'SCHOOL_ADMIN' AND g.school_id = s.id END
 WHERE s.id = $1 AND g.person_id <> $2 ORDER BY g.person_id
"""

_SCHOOL_ADMINS = """
SELECT person_id FROM staff_grant
 WHERE role = 'SCHOOL_ADMIN' AND school_id = $1 AND revoked_at IS NULL AND person_id <> $2 ORDER BY person_id
"""

# Of a school ($1) and some of its records ($2): who decides about which of them by now. Told already is who was told
# since it was handed in, of whatever version and at whatever school: merging and editing make a new version of it.
_HAND_OVER = """
WITH decider AS MATERIALIZED (
  SELECT g.person_id, g.role FROM staff_grant g
   WHERE g.revoked_at IS NULL AND g.role = 'SCHOOL_ADMIN' AND g.school_id = $1
  UNION
  SELECT g.person_id, g.role FROM school s JOIN staff_grant g ON g.county_id = s.county_id
   WHERE s.id = $1 AND g.revoked_at IS NULL AND g.role = 'COUNTY_ADMIN'
), told AS MATERIALIZED (
  SELECT i.person_id, split_part(i.subject, ':', 2) AS record, max(i.happened_at) AS last_at
    FROM inbox_item i WHERE i.kind = $3 AND i.person_id IN (SELECT person_id FROM decider)
   GROUP BY 1, 2
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT d.person_id, $3, format('record:%s:v%s', r.id, r.version), $4, '{}', $5::timestamptz
    FROM teaching_record r
    JOIN decider d ON d.person_id <> r.person_id AND d.role =
         CASE WHEN EXISTS (SELECT FROM decider own WHERE own.role = 'SCHOOL_ADMIN' AND own.person_id = r.person_id)
              THEN 'COUNTY_ADMIN' ELSE 'SCHOOL_ADMIN' END
    LEFT JOIN told t ON t.person_id = d.person_id AND t.record = r.id::text AND t.last_at >= r.submitted_at
   WHERE r.id = ANY($2::bigint[]) AND r.school_id = $1 AND r.state = 'PENDING' AND r.left_at IS NULL
     AND t.record IS NULL
   ORDER BY r.id
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


async def reviewers(connection: asyncpg.Connection, school_id: int, owner_id: int) -> list[int]:
    """The people who may decide about the owner's record at a school, by id. Often one, sometimes none."""
    return [row["person_id"] for row in await connection.fetch(_REVIEWERS, school_id, owner_id)]


async def school_admins(connection: asyncpg.Connection, school_id: int, owner_id: int) -> list[int]:
    """The admins of a school other than the owner, by id."""
    return [row["person_id"] for row in await connection.fetch(_SCHOOL_ADMINS, school_id, owner_id)]


async def to_review(connection: asyncpg.Connection, *, owner_id: int, record_id: int, now: datetime) -> None:
    """Tell who decides about a record that it waits for them: once for each version of the record."""
    row = await connection.fetchrow("SELECT school_id, version FROM teaching_record WHERE id = $1", record_id)
    event = Event(NotificationKind.TEACHER_TO_REVIEW, f"record:{record_id}:v{row['version']}", {}, now)
    for person_id in await reviewers(connection, row["school_id"], owner_id):
        await notifying.notify(connection, person_id, [event])


async def hand_over(
    connection: asyncpg.Connection, *, school_id: int, record_ids: Sequence[int], now: datetime
) -> int:
    """Tell who decides at a school by now about these of its PENDING records, each once; how many rows are new.

    For records that came to other deciders by themselves, as by a merger. Who was told of a record since it was
    handed in is not told again, so an admin who came along with it hears nothing twice. One statement, however many
    they are: an inbox row for each record and decider.
    """
    return await notifying.notified(
        connection,
        _HAND_OVER,
        school_id,
        list(record_ids),
        NotificationKind.TEACHER_TO_REVIEW,
        MessageClass.SERVICE,
        now,
    )


async def has_left(connection: asyncpg.Connection, *, owner_id: int, record_id: int, now: datetime) -> None:
    """Tell the school's admins that a teacher has left: the roster is another now."""
    row = await connection.fetchrow("SELECT school_id, version FROM teaching_record WHERE id = $1", record_id)
    event = Event(NotificationKind.TEACHER_LEFT, f"record:{record_id}:v{row['version']}", {}, now)
    for person_id in await school_admins(connection, row["school_id"], owner_id):
        await notifying.notify(connection, person_id, [event])
