"""Whom a teaching record concerns beside its owner: who decides about it, and who is told that it is gone.

Only the admins of that very school decide; about an admin of the school the county's do (PRODUCT.md §6).
Nobody is ever told about themselves.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions import notifying
from mobile_gateway.actions.notifying import Event
from mobile_gateway.rules.words import NotificationKind

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


async def has_left(connection: asyncpg.Connection, *, owner_id: int, record_id: int, now: datetime) -> None:
    """Tell the school's admins that a teacher has left: the roster is another now."""
    row = await connection.fetchrow("SELECT school_id, version FROM teaching_record WHERE id = $1", record_id)
    event = Event(NotificationKind.TEACHER_LEFT, f"record:{record_id}:v{row['version']}", {}, now)
    for person_id in await school_admins(connection, row["school_id"], owner_id):
        await notifying.notify(connection, person_id, [event])
