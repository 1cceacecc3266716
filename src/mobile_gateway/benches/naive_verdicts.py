"""The naive worker: one transaction a completion, a statement a step, as many at a time as it has connections.

`python -m mobile_gateway.benches.naive_verdicts` is told on stdin which people to judge, and ends. It stands still
while the product's own way changes, so it says what a change brought.
"""

from __future__ import annotations

import asyncio
import sys

import asyncpg
import msgspec
import uvloop

from mobile_gateway.benches.ground import Given
from mobile_gateway.benches.stage import CONNECTIONS
from mobile_gateway.models import database as databases
from mobile_gateway.models.database import Database

_STANDING = """
SELECT c.id, c.title, c.title_en, c.required_credits * t.ms_per_credit AS cap, coalesce(sum(e.ms), 0) AS learned
  FROM course c JOIN topic t ON t.id = c.topic_id
  LEFT JOIN credit_entry e ON e.course_id = c.id AND e.person_id = $1 AND e.voided_at IS NULL
 WHERE c.topic_id = $2 GROUP BY c.id, t.id
"""


async def _judge(connection: asyncpg.Connection, person: int, topic: int, media: int) -> None:
    await connection.execute("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", person)
    due = await connection.fetchrow(
        "SELECT c.covered_at, m.duration_ms, m.resource_id FROM coverage c"
        " JOIN media_version m ON m.id = c.media_version_id WHERE c.person_id = $1 AND c.topic_id = $2"
        " AND c.media_version_id = $3 AND c.verdict_at IS NULL",
        person,
        topic,
        media,
    )
    await connection.execute(
        "INSERT INTO completion (person_id, topic_id, resource_id, media_version_id, duration_ms, earned_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        *(person, topic, due["resource_id"], media, due["duration_ms"], due["covered_at"]),
    )
    courses = await connection.fetch(
        "SELECT DISTINCT c.id FROM course c JOIN section s ON s.course_id = c.id"
        " JOIN listing l ON l.section_id = s.id WHERE c.topic_id = $1 AND l.resource_id = $2 AND l.removed_at IS NULL",
        topic,
        due["resource_id"],
    )
    for course in courses:
        await connection.execute(
            "INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(person, topic, course["id"], due["resource_id"], due["duration_ms"], due["covered_at"]),
        )
    for course in await connection.fetch(_STANDING, person, topic):
        if course["learned"] >= course["cap"]:
            await connection.execute(
                "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
                " VALUES ($1, 'COURSE_CREDIT_REACHED', $2, 'SERVICE', $3, $4)"
                " ON CONFLICT (person_id, kind, subject) DO NOTHING",
                person,
                f"course:{course['id']}",
                {"course": course["title"], "course_en": course["title_en"]},
                due["covered_at"],
            )
    await connection.execute(
        "UPDATE coverage SET verdict_at = now() WHERE person_id = $1 AND topic_id = $2 AND media_version_id = $3",
        person,
        topic,
        media,
    )


async def _work(database: Database, waiting: list[int], topic: int, media: int) -> None:
    while waiting:
        person = waiting.pop()
        async with database.transaction() as connection:
            await _judge(connection, person, topic, media)


async def judge_all(given: Given) -> None:
    """Judge everybody; the first two numbers are the topic and the media version."""
    topic, media, *people = given.numbers
    database = await databases.open_database(given.database_url, connections=CONNECTIONS)
    await asyncio.gather(*(_work(database, people, topic, media) for _ in range(CONNECTIONS)))
    await database.close()


if __name__ == "__main__":
    uvloop.run(judge_all(msgspec.json.decode(sys.stdin.buffer.read(), type=Given)))
