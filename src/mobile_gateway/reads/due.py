"""What waits for a worker, found by its state: the sweeper's reads."""

from __future__ import annotations

from datetime import datetime

import asyncpg


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
    """How many certificates might have been made anew, and were promised before the domain's `now`."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM certificate WHERE ready_at IS NOT NULL AND reissue_due_at < $1", now
    )
    return found


_DELIVERIES = """
SELECT EXISTS (SELECT FROM delivery WHERE state = 'DUE' AND campaign_id IS NULL AND due_at <= $1)
    OR EXISTS (SELECT FROM campaign c WHERE c.state = 'SENDING'
                  AND EXISTS (SELECT FROM delivery d WHERE d.campaign_id = c.id AND d.state = 'DUE' AND d.due_at <= $1))
"""


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
