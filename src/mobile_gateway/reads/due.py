"""What waits for a worker, found by its state: the sweeper's reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.rules.words import Platform, PushProviderName

# The planner does not know how few are due by now; the first in an index needs no guess.
_DELIVERIES = """
SELECT min(o.service) AS service, min(o.marketing) AS marketing, min(o.campaigns) AS campaigns
  FROM unnest($2::text[]) AS p(provider) CROSS JOIN unnest($3::text[]) AS f(platform) CROSS JOIN LATERAL (SELECT
  (SELECT min(y.due_at) FROM delivery y WHERE y.state = 'DUE' AND y.campaign_id IS NULL
      AND y.message_class = 'SERVICE' AND y.provider = p.provider AND y.platform = f.platform) AS service,
  (SELECT min(y.due_at) FROM delivery y WHERE y.state = 'DUE' AND y.campaign_id IS NULL
      AND y.message_class = 'MARKETING' AND y.provider = p.provider AND y.platform = f.platform) AS marketing,
  (SELECT min(d.due_at) FROM campaign c CROSS JOIN LATERAL (
     SELECT min(y.due_at) AS due_at FROM delivery y WHERE y.campaign_id = c.id AND y.state = 'DUE'
        AND y.provider = p.provider AND y.platform = f.platform) d
    WHERE c.state = 'SENDING') AS campaigns) o
 WHERE NOT EXISTS (SELECT FROM push_lane l
                    WHERE l.provider = p.provider AND l.platform = f.platform AND l.halted_until > $1)
"""

# Ordered, so that the index of what waits is read and not the table, however many certificates are drawn.
_DOCUMENTS = """
SELECT min(document_due_at) AS oldest, count(*) AS many
  FROM (SELECT document_due_at FROM certificate WHERE document_key IS NULL AND state <> 'VOID'
         ORDER BY document_due_at LIMIT $1) waiting
"""


@dataclass(frozen=True, slots=True)
class Pushes:
    """When the delivery was due that has waited longest, of each kind; None where none waits."""

    service: datetime | None
    marketing: datetime | None
    campaigns: datetime | None


@dataclass(frozen=True, slots=True)
class Documents:
    """How many certificates have no document yet, and since when the first of them may be drawn."""

    oldest: datetime | None
    many: int


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


async def pushes(
    connection: asyncpg.Connection,
    now: datetime,
    providers: Collection[PushProviderName] = tuple(PushProviderName),
) -> Pushes:
    """Since when pushes wait in lanes of these providers that move, by an index; a campaign's while it is SENDING."""
    row = await connection.fetchrow(_DELIVERIES, now, list(providers), list(Platform))
    return Pushes(row["service"], row["marketing"], row["campaigns"])


async def text(connection: asyncpg.Connection) -> datetime | None:
    """When the text message was due that has waited longest; None without one."""
    found: datetime | None = await connection.fetchval(
        "SELECT min(due_at) FROM sms_outbox WHERE settled_at IS NULL"
    )
    return found


async def documents(connection: asyncpg.Connection, most: int) -> Documents:
    """Certificates that wait to be drawn, void ones left out; at most so many are counted."""
    row = await connection.fetchrow(_DOCUMENTS, most)
    return Documents(row["oldest"], row["many"])


async def opening(connection: asyncpg.Connection) -> datetime | None:
    """Since when the night of a topic's certificates goes on; None when every round is finished."""
    found: datetime | None = await connection.fetchval(
        "SELECT min(due_at) FROM certificate_opening WHERE finished_at IS NULL"
    )
    return found
