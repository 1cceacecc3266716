"""What waits for a worker, found by its state: the sweeper's reads."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName

# The planner does not know# The planner does not know how few are due by `now`; the first in an index needs no guess.
_FIRST = """
(SELECT min(y.due_at) FROM delivery y
  WHERE y.state = 'DUE' AND {whose} AND y.provider = {provider} AND y.platform = f.platform)
"""

_LANES = """
SELECT f.platform FROM unnest($3::text[]) AS f(platform) CROSS JOIN LATERAL (SELECT {first} AS due_at) o
 WHERE o.due_at <= $1
   AND NOT EXISTS (SELECT FROM push_lane l
                    WHERE l.provider = $2 AND l.platform = f.platform AND l.halted_until > $1)
 ORDER BY o.due_at
"""

_CAMPAIGNS = """
SELECT c.id, f.platform
  FROM campaign c CROSS JOIN unnest($3::text[]) AS f(platform) CROSS JOIN LATERAL (SELECT {first} AS due_at) o
 WHERE c.state = 'SENDING' AND o.due_at <= $1
   AND NOT EXISTS (SELECT FROM push_lane l
                    WHERE l.provider = $2 AND l.platform = f.platform AND l.halted_until > $1)
 ORDER BY o.due_at, c.id
"""
_LANES_DUE = _LANES.format(
    first=_FIRST.format(whose="y.campaign_id IS NULL AND y.message_class = $4", provider="$2")
)
_CAMPAIGNS_DUE = _CAMPAIGNS.format(first=_FIRST.format(whose="y.campaign_id = c.id", provider="$2"))


async def lanes(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName, message_class: MessageClass
) -> list[Platform]:
    """Platforms that a provider has something due for, of no campaign's, and that do not stand still; oldest first."""
    rows = await connection.fetch(_LANES_DUE, now, provider, list(Platform), message_class)
    return [Platform(row["platform"]) for row in rows]


async def campaign_lanes(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName
) -> list[tuple[int, Platform]]:
    """Campaigns that are SENDING and have something due for a provider, each with a platform; oldest first.

    What a campaign that is paused has queued is not even looked at.
    """
    rows = await connection.fetch(_CAMPAIGNS_DUE, now, provider, list(Platform))
    return [(row["id"], Platform(row["platform"])) for row in rows]


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
    """Whether a delivery is due in a lane that moves; those of a campaign only while it is SENDING."""
    for provider in PushProviderName:
        for message_class in MessageClass:
            if await lanes(connection, now, provider, message_class):
                return True
        if await campaign_lanes(connection, now, provider):
            return True
    return False


async def has_texts(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a text message is due."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sms_outbox WHERE settled_at IS NULL AND due_at <= $1)", now
    )
    return found
