"""The night on which certificates open: everyone who qualifies is told once (PRODUCT.md §10).

The walk goes over the enrolled by person, a chunk a transaction, with its place in the same one: a crash or a
second worker leaves nothing out and tells nobody twice. Each chunk holds its people's rows first, so that who is
just completing or being approved is seen by the walk, or sees the open date. What was under way before the opening
and commits behind the walk is found by a second round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from mobile_gateway.actions import notifying
from mobile_gateway.models.database import Database
from mobile_gateway.rules import credits
from mobile_gateway.rules.words import MessageClass, NotificationKind

CHUNK: Final = 2_000
"""People looked at in one transaction."""

SECOND_ROUND: Final = timedelta(minutes=2)
"""After this long nothing is under way that began before: a statement ends after 30 s, a request before."""

PUSH_HOUR: Final = 8
SPREAD_SECONDS: Final = 7_200
"""Pushes go out from 08:00 on, over two hours."""

_OPENINGS = """
INSERT INTO certificate_opening (topic_id, opens_at, started_at, due_at)
SELECT id, certificates_open_at, $2, $2 FROM topic WHERE published AND certificates_open_at <= $1
ON CONFLICT ON CONSTRAINT certificate_opening_key DO NOTHING
"""

_DUE = """
SELECT o.*, t.title, t.title_en, t.ms_per_credit, t.certificates_open_at = o.opens_at AS still,
       (SELECT sum(c.required_credits) FROM course c WHERE c.topic_id = t.id) AS required_credits
  FROM certificate_opening o JOIN topic t ON t.id = o.topic_id
 WHERE o.finished_at IS NULL AND o.due_at <= $1
 ORDER BY o.due_at LIMIT 1 FOR UPDATE OF o SKIP LOCKED
"""

_CHUNK = """
SELECT person_id FROM enrolment WHERE topic_id = $1 AND person_id > $2 ORDER BY person_id LIMIT $3
"""

_HOLD = "SELECT FROM person WHERE id = ANY($1::bigint[]) ORDER BY id FOR SHARE"

# The conditions of `rules.certificates.missing`, for many at once.
_TELL = """
WITH item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT p.id, $3, $4, $5, $6::jsonb, $7::timestamptz
    FROM enrolment e JOIN person p ON p.id = e.person_id
    JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL AND r.state = 'APPROVED'
   WHERE e.topic_id = $1 AND e.person_id = ANY($2::bigint[]) AND e.completed_at IS NOT NULL
     AND p.identity = 'TEACHER'
  ON CONFLICT (person_id, kind, subject) DO NOTHING
  RETURNING id, person_id, kind
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state, due_at)
  SELECT i.person_id, i.id, d.id, d.provider, d.platform, $5, 'DUE',
         $8::timestamptz + ($9::float8 * (i.person_id * 7919 % 100000) / 100000) * interval '1 second'
    FROM item i JOIN device d ON d.person_id = i.person_id AND d.state = 'ACTIVE'
   WHERE NOT EXISTS (SELECT FROM notification_preference p
                      WHERE p.person_id = i.person_id AND p.kind = i.kind AND NOT p.push)
   ORDER BY i.person_id, i.id
  ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING
)
SELECT coalesce(array_agg(person_id), '{}') FROM item
"""

_GO_ON = """
UPDATE certificate_opening SET after_person = $2, looked_at = looked_at + $3, told = told + $4 WHERE id = $1
"""

_END_OF_ROUND = """
UPDATE certificate_opening
   SET round = 2, after_person = CASE WHEN round = 1 THEN 0 ELSE after_person END,
       due_at = greatest(due_at, started_at + $2), finished_at = CASE WHEN round = 2 THEN $3::timestamptz END
 WHERE id = $1 RETURNING finished_at IS NOT NULL
"""

_NO_NIGHT = "DELETE FROM certificate_opening WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Walked:
    """Where one topic's night stands after a chunk. `told` counts both rounds."""

    topic_id: int
    round: int
    looked_at: int
    told: int
    finished: bool


async def begin(database: Database, *, now: datetime, real_now: datetime) -> None:
    """Begin the night of each topic whose certificates have opened. Twice is once; a date that is moved begins anew."""
    async with database.transaction() as connection:
        await connection.execute(_OPENINGS, now, real_now)


async def walk(
    database: Database, *, real_now: datetime, push_from: datetime, spread_seconds: float
) -> Walked | None:
    """Look at the next chunk of people of a topic that is due; None when none is.

    `push_from` is when pushes may begin to go out, and `spread_seconds` over how long, by the real clock.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(_DUE, real_now)
        if row is None:
            return None
        if not row["still"]:
            await connection.execute(_NO_NIGHT, row["id"])
            return Walked(row["topic_id"], row["round"], row["looked_at"], row["told"], finished=True)
        people = [
            one["person_id"]
            for one in await connection.fetch(_CHUNK, row["topic_id"], row["after_person"], CHUNK)
        ]
        if not people:
            finished = await connection.fetchval(_END_OF_ROUND, row["id"], SECOND_ROUND, real_now)
            return Walked(row["topic_id"], row["round"], row["looked_at"], row["told"], finished)
        await connection.execute(_HOLD, people)
        told = await _tell(connection, row, people, push_from, spread_seconds)
        await connection.execute(_GO_ON, row["id"], people[-1], len(people), told)
        return Walked(
            row["topic_id"], row["round"], row["looked_at"] + len(people), row["told"] + told, finished=False
        )


async def _tell(
    connection: asyncpg.Connection,
    row: asyncpg.Record,
    people: list[int],
    push_from: datetime,
    spread_seconds: float,
) -> int:
    per_credit = row["ms_per_credit"]
    data = {
        "topic": row["title"],
        "topic_en": row["title_en"],
        "topic_id": str(row["topic_id"]),
        "credits": credits.shown(row["required_credits"] * per_credit, per_credit),
    }
    return await notifying.notified(
        connection,
        _TELL,
        row["topic_id"],
        people,
        NotificationKind.CERTIFICATE_READY,
        f"topic:{row['topic_id']}",
        MessageClass.SERVICE,
        data,
        row["opens_at"],
        push_from,
        spread_seconds,
    )
