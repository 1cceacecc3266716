"""What waits for a worker, found by its state: the sweeper's reads."""

from __future__ import annotations

from datetime import datetime

import asyncpg

# The planner does not know how few are due by `now`; the first in the index needs no guess.
_DELIVERIES = """
SELECT coalesce(least(
  (SELECT min(due_at) FROM delivery WHERE state = 'DUE' AND message_class = 'SERVICE' AND campaign_id IS NULL),
  (SELECT min(due_at) FROM delivery WHERE state = 'DUE' AND message_class = 'MARKETING' AND campaign_id IS NULL),
  (SELECT min(d.due_at) FROM campaign c CROSS JOIN LATERAL (
     SELECT min(due_at) AS due_at FROM delivery WHERE campaign_id = c.id AND state = 'DUE') d
    WHERE c.state = 'SENDING')) <= $1, false)
"""


async def verdicts(connection: asyncpg.Connection, limit: int) -> list[tuple[int, int, int]]:
    """Covered videos without a verdict, oldest first: person, topic, media version.

    What an older wipe epoch left behind never gets one, and stands in nobody's way.
    """
    rows = await connection.fetch(
        "SELECT c.person_id, c.topic_id, c.media_version_id FROM coverage c"
        " JOIN person p ON p.id = c.person_id AND p.wipe_epoch = c.wipe_epoch"
        " WHERE c.covered_at IS NOT NULL AND c.verdict_at IS NULL ORDER BY c.covered_at, c.person_id LIMIT $1",
        limit,
    )
    return [(r["person_id"], r["topic_id"], r["media_version_id"]) for r in rows]


async def reissues(connection: asyncpg.Connection, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Certificates that may be made anew by the domain's `now`, longest ready first: person and certificate."""
    rows = await connection.fetch(
        "SELECT person_id, id FROM certificate WHERE ready_at <= $1 ORDER BY ready_at LIMIT $2", now, limit
    )
    return [(r["person_id"], r["id"]) for r in rows]


async def overdue_reissues(connection: asyncpg.Connection, now: datetime) -> int:
    """How many certificates were promised before the domain's `now` to who is verified; at most 1,000 are counted.

    Who is not, and whose new name cannot be printed (tried later), waits for people, and is no broken promise.
    """
    found: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM certificate c WHERE state = 'REISSUE_PENDING' AND reissue_due_at < $1"
        "   AND (ready_at IS NULL OR ready_at <= $1)"
        "   AND EXISTS (SELECT FROM teaching_record r JOIN person p ON p.id = r.person_id"
        "                WHERE r.person_id = c.person_id AND r.is_primary AND r.left_at IS NULL"
        "                  AND r.state = 'APPROVED'"
        "                  AND r.decided_at >= coalesce(p.identity_edited_at, r.decided_at)) LIMIT 1000) late",
        now,
    )
    return found


async def has_deliveries(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a delivery is due; those of a campaign only while it is SENDING."""
    found: bool = await connection.fetchval(_DELIVERIES, now)
    return found


async def has_texts(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a text message is due."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sms_outbox WHERE settled_at IS NULL AND due_at <= $1)", now
    )
    return found
