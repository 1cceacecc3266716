"""What must be true of an opening night, asked of the rows in words of its own: not those of the walk."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg

from mobile_gateway.benches import opening_crowd
from mobile_gateway.benches.measuring import BenchWrong
from mobile_gateway.benches.opening_crowd import SECONDS_A_STEP
from mobile_gateway.models.database import Database

FIRST_PUSH = timedelta(hours=8)
LAST_PUSH = timedelta(hours=10)

_PEOPLE = """
WITH complete AS (
  SELECT person_id FROM enrolment WHERE topic_id = $1 AND completed_at IS NOT NULL
), approved AS (
  SELECT person_id FROM teaching_record WHERE is_primary AND left_at IS NULL AND state = 'APPROVED'
), judged AS (
  SELECT p.id, p.name = $3 AS ours,
         p.identity = 'TEACHER' AND c.person_id IS NOT NULL AND r.person_id IS NOT NULL AS qualifies
    FROM person p LEFT JOIN complete c ON c.person_id = p.id LEFT JOIN approved r ON r.person_id = p.id
), told AS (
  SELECT person_id, count(*) AS times FROM inbox_item
   WHERE kind = 'CERTIFICATE_READY' AND subject = $2 GROUP BY person_id
)
SELECT count(*) FILTER (WHERE qualifies AND times IS NULL) AS left_out,
       count(*) FILTER (WHERE times > 1) AS told_twice,
       count(*) FILTER (WHERE NOT qualifies AND times IS NOT NULL) AS told_without_cause,
       count(*) FILTER (WHERE qualifies AND ours) AS qualify
  FROM judged LEFT JOIN told ON told.person_id = judged.id
"""

_DELIVERIES = """
WITH item AS (
  SELECT person_id, id FROM inbox_item WHERE kind = 'CERTIFICATE_READY' AND subject = $1
), wanted AS (
  SELECT i.person_id, i.id, d.id AS device_id
    FROM item i JOIN device d ON d.person_id = i.person_id AND d.state = 'ACTIVE'
    LEFT JOIN notification_preference n ON n.person_id = i.person_id AND n.kind = 'CERTIFICATE_READY'
   WHERE coalesce(n.push, true)
), written AS (
  SELECT y.person_id, y.inbox_item_id AS id, y.device_id, count(*) AS times,
         min(y.due_at) AS first, max(y.due_at) AS last,
         bool_and(y.state = 'DUE' AND y.attempts = 0) AS waits
    FROM delivery y JOIN item i ON i.person_id = y.person_id AND i.id = y.inbox_item_id
   GROUP BY y.person_id, y.inbox_item_id, y.device_id
)
SELECT count(*) FILTER (WHERE times IS NULL) AS deliveries_missing,
       count(*) FILTER (WHERE wanted.id IS NULL) AS deliveries_unwanted,
       count(*) FILTER (WHERE times > 1) AS deliveries_twice,
       count(*) FILTER (WHERE first < $2 OR last >= $3) AS due_outside_the_morning,
       count(*) FILTER (WHERE NOT waits) AS sent_at_night,
       count(times) AS deliveries
  FROM wanted FULL JOIN written USING (person_id, id, device_id)
"""


async def check(database: Database, topic_id: int, midnight: datetime, people: int, *, late: bool) -> int:
    """How many deliveries the night left; BenchWrong when anybody was left out, told twice or without cause.

    `midnight` begins the domain's day of the opening. `late`: those who complete behind the walk are to be told too.
    """
    subject = f"topic:{topic_id}"
    async with database.connection() as connection:
        clock = await connection.fetchrow("SELECT real_anchor, domain_anchor, speed FROM domain_clock")
        first, last = (_real(clock, midnight + at) for at in (FIRST_PUSH, LAST_PUSH))
        told = await connection.fetchrow(
            _PEOPLE, topic_id, subject, opening_crowd.NAME, timeout=SECONDS_A_STEP
        )
        sent = await connection.fetchrow(_DELIVERIES, subject, first, last, timeout=SECONDS_A_STEP)
    found = {**told, **sent}
    deliveries: int = found.pop("deliveries")
    qualify, expected = found.pop("qualify"), opening_crowd.qualify(people, late=late)
    wrong = [f"{count} {what.replace('_', ' ')}" for what, count in found.items() if count]
    if qualify != expected:
        wrong.append(f"{qualify} of the crowd qualify, not {expected}")
    if wrong:
        raise BenchWrong(f"the night went wrong: {', '.join(wrong)}")
    return deliveries


def _real(clock: asyncpg.Record, at: datetime) -> datetime:
    """When the real clock shows what the domain's shows at `at`."""
    found: datetime = clock["real_anchor"] + (at - clock["domain_anchor"]) / clock["speed"]
    return found
