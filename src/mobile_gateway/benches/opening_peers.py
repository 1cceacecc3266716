"""A share of an opening in three ways, in turn: the product's walk, its writing alone, and a transaction a person.

Each share has people and a topic of its own, which opened before; the times are those of one process.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mobile_gateway.actions import notifying, opening, readiness
from mobile_gateway.benches import opening_crowd
from mobile_gateway.benches.ground import NOW
from mobile_gateway.benches.measuring import BenchWrong
from mobile_gateway.benches.opening_crowd import COMPLETED, ENROLLED
from mobile_gateway.benches.stage import CONNECTIONS
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import MessageClass, NotificationKind

MORNING: Final = timedelta(days=1)
"""Nothing of a share is sent."""

OPENED: Final = datetime.fromisoformat("2024-08-15T00:00:00+08:00")

_TOPIC = """
WITH made AS (
  INSERT INTO topic
         (slug, title, title_en, learning_start, learning_end, certificates_open_at, ms_per_credit, published)
  SELECT $2, title, title_en, learning_start, learning_end, $3, ms_per_credit, false FROM topic WHERE id = $1
  RETURNING id
), taught AS (
  INSERT INTO course (topic_id, slug, title, title_en, required_credits, position)
  SELECT made.id, c.slug, c.title, c.title_en, c.required_credits, c.position FROM course c, made WHERE c.topic_id = $1
)
SELECT id FROM made
"""

_ENROL = """
INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)
SELECT person_id, $3, $4, CASE WHEN completed_at IS NOT NULL THEN $5::timestamptz END
  FROM enrolment WHERE topic_id = $1 AND person_id = ANY($2) RETURNING person_id
"""

_WHO_AND_WHERE = """
SELECT array_agg(DISTINCT e.person_id) AS people,
       array_agg(e.person_id) FILTER (WHERE d.id IS NOT NULL) AS holders,
       array_agg(d.id) FILTER (WHERE d.id IS NOT NULL) AS devices
  FROM enrolment e JOIN person p ON p.id = e.person_id AND p.identity = 'TEACHER'
  JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL AND r.state = 'APPROVED'
  LEFT JOIN device d ON d.person_id = p.id AND d.state = 'ACTIVE'
   AND NOT EXISTS (SELECT FROM notification_preference n WHERE n.person_id = p.id AND n.kind = $3 AND NOT n.push)
 WHERE e.topic_id = $1 AND e.completed_at IS NOT NULL AND e.person_id = ANY($2)
"""

# Who is told and where to is given: what is left is the writing.
_WRITE = """
WITH item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT unnest($1::bigint[]), $2, $3, $4, $5::jsonb, $6::timestamptz
  RETURNING id, person_id
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
  SELECT i.person_id, i.id, h.device_id, $4, 'DUE', now() + random() * interval '2 hours' + interval '1 day'
    FROM item i JOIN unnest($7::bigint[], $8::bigint[]) AS h(person_id, device_id) ON h.person_id = i.person_id
)
SELECT count(*) FROM item
"""


@dataclass(frozen=True, slots=True)
class Share:
    """People to be looked at: the enrolled of a topic of their own."""

    topic_id: int
    people: list[int]


async def share(database: Database, topic_id: int, slug: str, first: int, count: int) -> Share:
    """The crowd's enrolled among so many people from number `first` on, in a topic like the night's."""
    async with database.transaction() as connection:
        people = await opening_crowd.numbers(connection, first, count)
        own = await connection.fetchval(_TOPIC, topic_id, slug, OPENED)
        enrolled = await connection.fetch(_ENROL, topic_id, people, own, ENROLLED, COMPLETED)
    return Share(own, sorted(row["person_id"] for row in enrolled))


async def forget(database: Database, one: Share) -> None:
    """Take back what a share was told, so that nothing of it is due in the night."""
    async with database.transaction() as connection:
        subject = readiness.subject(one.topic_id)
        await connection.execute(
            "DELETE FROM inbox_item WHERE subject = $1 AND person_id = ANY($2)", subject, one.people
        )
        await connection.execute("DELETE FROM certificate_opening WHERE topic_id = $1", one.topic_id)
        await connection.execute("UPDATE topic SET published = false WHERE id = $1", one.topic_id)


async def walk(database: Database, one: Share) -> float:
    """People a second of the product's own walk."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE topic SET published = true WHERE id = $1", one.topic_id)
    await opening.begin(database, now=NOW, real_now=real())
    began, looked_at = time.perf_counter(), 0
    while looked_at < len(one.people):
        walked = await opening.walk(
            database, real_now=real(), push_from=real() + MORNING, spread_seconds=opening.SPREAD_SECONDS
        )
        if walked is None or walked.topic_id != one.topic_id:
            raise BenchWrong("the walk went somewhere else")
        looked_at = walked.looked_at
    return looked_at / (time.perf_counter() - began)


async def write(database: Database, one: Share) -> float:
    """People a second of the same writing without judging, locks and a place to go on from."""
    chunks = []
    for at in range(0, len(one.people), opening.CHUNK):
        async with database.connection() as connection:
            row = await connection.fetchrow(
                _WHO_AND_WHERE,
                one.topic_id,
                one.people[at : at + opening.CHUNK],
                NotificationKind.CERTIFICATE_READY,
            )
        chunks.append(row)
    data = {"topic": "强师赋能 启智未来", "topic_en": "Teachers", "topic_id": "1", "credits": "10.00"}
    began = time.perf_counter()
    for row in chunks:
        async with database.transaction() as connection:
            await connection.fetchval(
                _WRITE,
                row["people"],
                NotificationKind.CERTIFICATE_READY,
                readiness.subject(one.topic_id),
                MessageClass.SERVICE,
                data,
                OPENED,
                row["holders"],
                row["devices"],
            )
    return len(one.people) / (time.perf_counter() - began)


async def one_by_one(database: Database, one: Share) -> float:
    """People a second with a transaction for each, as many at a time as a worker has connections."""
    waiting = one.people[::-1]

    async def work() -> None:
        while waiting:
            person = waiting.pop()
            async with database.transaction() as connection:
                await connection.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person)
                events = await readiness.events(connection, person, NOW)
                await notifying.notify(connection, person, events)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return len(one.people) / (time.perf_counter() - began)
