"""The people of an opening night, by a fixed mix: seven in ten qualify; the rest lack one thing each."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import asyncpg

from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import NotificationKind

SLICE: Final = 50_000
SECONDS_A_STEP: Final = 600
NAME: Final = "夜间教师"
COMPLETED: Final = datetime.fromisoformat("2024-08-10T09:00:00+08:00")
ENROLLED: Final = datetime.fromisoformat("2024-07-22T09:00:00+08:00")

KINDS: Final = 20
QUALIFY: Final = 14
"""Of `KINDS` in a row the first so many qualify; then PENDING, REJECTED, two not complete, PARENT, not enrolled."""

LATE_EVERY: Final = 1_000
LATE: Final = 17
"""Of so many in a row this one, not complete until then, completes behind the walk."""

# By n / 20: of ten in a row one has no device, one a retired one, one two, the others one; one in twenty wants no push.
_MAKE = """
WITH made AS (
  INSERT INTO person (identity, phone, name)
  SELECT CASE WHEN n % 20 = 18 THEN 'PARENT' ELSE 'TEACHER' END, '+86197' || lpad(n::text, 8, '0'), $3
    FROM generate_series($1::int, $2::int) AS n
  RETURNING id, right(phone, 8)::int AS n
), place AS (
  SELECT array_agg(id) AS ids FROM school WHERE merged_at IS NULL
), recorded AS (
  INSERT INTO teaching_record (person_id, school_id, state, is_primary, reason, submitted_at, decided_at)
  SELECT id, ids[1 + n % cardinality(ids)],
         CASE n % 20 WHEN 14 THEN 'PENDING' WHEN 15 THEN 'REJECTED' ELSE 'APPROVED' END, true,
         CASE WHEN n % 20 = 15 THEN '非本校在职教师' END, $5, CASE WHEN n % 20 <> 14 THEN $5::timestamptz END
    FROM made, place
), enrolled AS (
  INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)
  SELECT id, $4, $5, CASE WHEN n % 20 NOT IN (16, 17) THEN $6::timestamptz END FROM made WHERE n % 20 <> 19
), held AS (
  INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
  SELECT id, 'FCM', CASE WHEN n % 3 = 0 THEN 'IOS' ELSE 'ANDROID' END, 'night-' || n || '-' || d,
         sha256(('night-' || n || '-' || d)::bytea), CASE WHEN n % 7 = 0 THEN 'en' ELSE 'zh-CN' END,
         CASE WHEN n / 20 % 10 = 1 THEN 'RETIRED' ELSE 'ACTIVE' END
    FROM made, generate_series(1, CASE n / 20 % 10 WHEN 0 THEN 0 WHEN 2 THEN 2 ELSE 1 END) AS d
  RETURNING id, person_id, state
), told AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT id, $8, 'topic:' || $4::bigint, 'SERVICE', '{}', $6 FROM made WHERE n % 20 NOT IN (16, 17, 19)
  RETURNING id, person_id
), sent AS (
  INSERT INTO delivery
         (person_id, inbox_item_id, device_id, message_class, state, attempts, outcome, due_at, settled_at)
  SELECT told.person_id, told.id, held.id, 'SERVICE', 'SENT', 1, 'ACCEPTED', $6, $6
    FROM told JOIN held ON held.person_id = told.person_id AND held.state = 'ACTIVE'
)
INSERT INTO notification_preference (person_id, kind, push)
SELECT id, CASE WHEN n / 20 % 20 = 7 THEN $8 ELSE $7 END, n / 20 % 20 = 6 FROM made WHERE n / 20 % 20 IN (5, 6, 7)
"""


async def make(database: Database, topic_id: int, people: int) -> None:
    """Add so many people to a topic's enrolled; number n of them has a phone that ends with n.

    Who is complete was told so in August: no night begins on empty tables, and plans are made for such.
    """
    async with database.connection() as connection:
        for first in range(1, people + 1, SLICE):
            await connection.execute(
                _MAKE,
                first,
                min(first + SLICE - 1, people),
                NAME,
                topic_id,
                ENROLLED,
                COMPLETED,
                NotificationKind.CERTIFICATE_READY,
                NotificationKind.TOPIC_COMPLETED,
                timeout=SECONDS_A_STEP,
            )


def qualify(people: int, *, late: bool) -> int:
    """How many of so many people qualify, with or without those who complete behind the walk."""
    whole, rest = divmod(people, KINDS)
    in_time = whole * QUALIFY + sum(1 for n in range(1, rest + 1) if n < QUALIFY)
    return in_time + (people + LATE_EVERY - LATE) // LATE_EVERY if late else in_time


async def settle(database: Database) -> None:
    """What autovacuum would have done by then; as the tables' owner. Rows that were deleted leave no trace in plans."""
    async with database.connection() as connection:
        await connection.execute("VACUUM (ANALYZE)", timeout=SECONDS_A_STEP)


async def complete_late(database: Database, topic_id: int) -> int:
    """Let people complete whom the walk has passed by, as if it had been under way; answers how many."""
    async with database.transaction() as connection:
        done: str = await connection.execute(
            "UPDATE enrolment e SET completed_at = $3 FROM person p WHERE p.id = e.person_id AND p.name = $2"
            " AND right(p.phone, 8)::int % $4 = $5 AND e.topic_id = $1",
            topic_id,
            NAME,
            COMPLETED,
            LATE_EVERY,
            LATE,
            timeout=SECONDS_A_STEP,
        )
    return int(done.rsplit(maxsplit=1)[-1])


async def numbers(connection: asyncpg.Connection, first: int, count: int) -> list[int]:
    """Ids of so many people from number `first` on, ascending."""
    rows = await connection.fetch(
        "SELECT id FROM person WHERE phone BETWEEN '+86197' || lpad($1::text, 8, '0')"
        " AND '+86197' || lpad($2::text, 8, '0') ORDER BY id",
        str(first),
        str(first + count - 1),
    )
    return [row["id"] for row in rows]
