"""The verdict: from covered evidence to completion, credit entries, milestones, inbox rows and deliveries.

One transaction; every row is unique by its source, so that a job that runs twice writes once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import locks, notifying, readiness
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes, credits, watching
from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.words import NotificationKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run of the job came to: whether it gave a verdict now, and how many notifications it wrote."""

    given: bool
    notifications: int = 0


NOTHING = Verdict(given=False)

_DUE = """
SELECT c.spans, c.covered_at, c.wipe_epoch, m.duration_ms, m.resource_id
  FROM coverage c JOIN media_version m ON m.id = c.media_version_id
 WHERE c.person_id = $1 AND c.topic_id = $2 AND c.media_version_id = $3
   AND c.covered_at IS NOT NULL AND c.verdict_at IS NULL
"""

_COMPLETE = """
WITH done AS (
  INSERT INTO completion (person_id, topic_id, resource_id, media_version_id, duration_ms, earned_at)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (person_id, topic_id, resource_id) WHERE voided_at IS NULL DO NOTHING
  RETURNING 1
)
INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)
SELECT DISTINCT $1::bigint, $2::bigint, c.id, $3::bigint, $5::int, $6::timestamptz
  FROM done, course c JOIN section s ON s.course_id = c.id JOIN listing l ON l.section_id = s.id
 WHERE c.topic_id = $2 AND l.resource_id = $3 AND (l.removed_at IS NULL OR l.removed_at > $6::timestamptz)
    ON CONFLICT (person_id, topic_id, course_id, resource_id) WHERE voided_at IS NULL DO NOTHING
"""

_STANDING = """
SELECT c.id, c.title, c.title_en, c.required_credits, t.ms_per_credit, t.title AS topic, t.title_en AS topic_en,
       coalesce(max(e.running), 0) AS learned_ms,
       min(e.earned_at) FILTER (WHERE e.running >= c.required_credits * t.ms_per_credit) AS reached_at
  FROM course c JOIN topic t ON t.id = c.topic_id
  LEFT JOIN (SELECT course_id, earned_at,
                    sum(ms) OVER (PARTITION BY course_id ORDER BY earned_at, resource_id) AS running
               FROM credit_entry WHERE person_id = $1 AND topic_id = $2 AND voided_at IS NULL) e ON e.course_id = c.id
 WHERE c.topic_id = $2
 GROUP BY c.id, t.id ORDER BY c.position
"""

_COMPLETED = """
UPDATE enrolment SET completed_at = greatest($3, enrolled_at)
 WHERE person_id = $1 AND topic_id = $2 AND completed_at IS NULL RETURNING true
"""


async def give_verdict(
    database: Database, *, person_id: int, topic_id: int, media_version_id: int, now: datetime
) -> Verdict:
    """Judge one coverage that is due; does nothing when it is not, or is of an older wipe epoch.

    `now` is the domain's; what was earned is earned at the commit of the beat that completed the coverage.
    """
    async with database.transaction() as connection:
        person = await locks.anybody(connection, person_id)
        if person is None:
            return NOTHING
        due = await connection.fetchrow(_DUE, person_id, topic_id, media_version_id)
        if due is None or due["wipe_epoch"] != person.wipe_epoch:
            return NOTHING
        spans = watching.union([(r.lower, r.upper) for r in due["spans"]], due["duration_ms"])
        if not watching.complete(spans, due["duration_ms"]):
            raise RuntimeError("coverage was marked covered and is not complete")
        await connection.execute(
            "UPDATE coverage SET verdict_at = now()"
            " WHERE person_id = $1 AND topic_id = $2 AND media_version_id = $3",
            person_id,
            topic_id,
            media_version_id,
        )
        await connection.execute(
            _COMPLETE,
            person_id,
            topic_id,
            due["resource_id"],
            media_version_id,
            due["duration_ms"],
            due["covered_at"],
        )
        milestones = await _milestones(connection, person_id, topic_id, now)
        written = await notifying.notify(connection, person_id, milestones)
        transactions.tell(changes.progress(person_id, topic_id))
        return Verdict(given=True, notifications=written)


async def _milestones(
    connection: asyncpg.Connection, person_id: int, topic_id: int, now: datetime
) -> list[notifying.Event]:
    rows = await connection.fetch(_STANDING, person_id, topic_id)
    caps = [Cap(r["id"], r["required_credits"] * r["ms_per_credit"]) for r in rows]
    learned = {r["id"]: int(r["learned_ms"]) for r in rows}
    reached = set(credits.reached(caps, learned))
    events = [
        notifying.Event(
            NotificationKind.COURSE_CREDIT_REACHED,
            f"course:{r['id']}",
            {
                "course": r["title"],
                "course_en": r["title_en"],
                "course_id": str(r["id"]),
                "credits": credits.shown(r["required_credits"] * r["ms_per_credit"], r["ms_per_credit"]),
            },
            r["reached_at"],
        )
        for r in rows
        if r["id"] in reached
    ]
    if not credits.topic_complete(caps, learned):
        return events
    completed_at = max(r["reached_at"] for r in rows)
    newly = await connection.fetchval(_COMPLETED, person_id, topic_id, completed_at)
    if not newly:
        return events
    topic = {
        "topic": rows[0]["topic"],
        "topic_en": rows[0]["topic_en"],
        "topic_id": str(topic_id),
        "credits": credits.shown(sum(c.required_ms for c in caps), rows[0]["ms_per_credit"]),
    }
    events.append(notifying.Event(NotificationKind.TOPIC_COMPLETED, f"topic:{topic_id}", topic, completed_at))
    return events + await readiness.events(connection, person_id, now)
