"""Campaigns' deliveries at the moment of sending: the part of a claim that is theirs alone (PRODUCT.md §11).

A campaign that is not SENDING is not claimed of, be it paused or cancelled; in quiet hours none is. Of one that its
first deliveries have not proved yet no more than these are out at any time, however many are due. What was claimed is
looked at once more, in the claim's transaction: who opted out since the fan-out, or is no longer of the segment, is
left alone. A test to one's own devices belongs to no campaign here, and is claimed like a notification.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from mobile_gateway.reads import audience, push_lanes
from mobile_gateway.reads.push_lanes import Marks
from mobile_gateway.rules import campaigns, pushes, quiet_hours, segments
from mobile_gateway.rules.words import MessageClass, PushProviderName

OPTED_OUT: Final = "OPTED_OUT"
OUT_OF_SEGMENT: Final = "OUT_OF_SEGMENT"

_HOLD = """
SELECT sending_since FROM campaign WHERE id = $1 AND state = 'SENDING' AND proven_at IS NULL
   FOR NO KEY UPDATE SKIP LOCKED
"""

# What is out, and what was tried in this spell of sending and said something; as many as a probe are enough to know.
_BUSY = """
SELECT count(*) FROM (
  (SELECT FROM delivery WHERE campaign_id = $1 AND state = 'LEASED' LIMIT $5) UNION ALL
  (SELECT FROM delivery WHERE campaign_id = $1 AND state = 'DUE' AND outcome = ANY($3) LIMIT $5) UNION ALL
  (SELECT FROM delivery WHERE campaign_id = $1 AND state IN ('SENT', 'FAILED') AND outcome <> ALL($4)
      AND settled_at >= $2 LIMIT $5)) busy
"""

_UNWANTED = """
SELECT p.id, NOT ({predicate}) AS outside,
       EXISTS (SELECT FROM notification_preference n
                WHERE n.person_id = p.id AND n.kind = 'CAMPAIGN' AND NOT n.push) AS opted_out
  FROM person p WHERE p.id = ANY($1::bigint[])
"""

_DROP = """
UPDATE delivery d SET state = 'DROPPED', lease_until = NULL, settled_at = $2, outcome = s.outcome
  FROM unnest($3::bigint[], $4::bigint[], $5::text[]) AS s(person_id, id, outcome)
 WHERE d.person_id = s.person_id AND d.id = s.id AND d.attempt_id = $1
"""


async def claim(
    connection: asyncpg.Connection,
    statement: str,
    attempt_id: UUID,
    now: datetime,
    limit: int,
    *,
    provider: PushProviderName,
    marks: Marks,
) -> list[asyncpg.Record]:
    """Claim of campaigns by the statement that notifications are claimed by, campaign by campaign; none at night."""
    if await _quiet(connection):
        return []
    of_one = statement.replace("campaign_id IS NULL", "campaign_id = $8 AND due_at >= $9")
    rows: list[asyncpg.Record] = []
    rooms: dict[int, int] = {}
    for campaign_id, platform, is_proven in await push_lanes.due_of_campaigns(
        connection, now, provider, marks
    ):
        if campaign_id not in rooms:
            rooms[campaign_id] = limit if is_proven else await _room(connection, campaign_id)
        room = min(rooms[campaign_id], limit - len(rows))
        if not room:
            continue
        found = await connection.fetch(
            of_one,
            now,
            room,
            attempt_id,
            MessageClass.MARKETING,
            now + pushes.LEASE,
            provider,
            platform,
            campaign_id,
            marks.of((campaign_id, provider, platform)),
        )
        if found:
            marks.set((campaign_id, provider, platform), min(row["due_at"] for row in found))
        rooms[campaign_id] -= len(found)
        rows += found
    return rows


async def _room(connection: asyncpg.Connection, campaign_id: int) -> int:
    """How many deliveries of a campaign that is not proven may be tried now; none while its row is held.

    The row stays held until the claim is written, so two claims never take the same room.
    """
    row = await connection.fetchrow(_HOLD, campaign_id)
    if row is None:
        return 0
    busy: int = await connection.fetchval(
        _BUSY,
        campaign_id,
        row["sending_since"],
        campaigns.MENDED_BY_PEOPLE,
        campaigns.SAY_NOTHING,
        campaigns.PROBE,
    )
    return max(campaigns.PROBE - busy, 0)


async def _quiet(connection: asyncpg.Connection) -> bool:
    """Whether campaigns wait for the morning now, by the domain's clock."""
    now: datetime = await connection.fetchval("SELECT domain_now()")
    return not quiet_hours.is_open(now)


async def drop_unwanted(
    connection: asyncpg.Connection, attempt_id: UUID, rows: Sequence[asyncpg.Record], now: datetime
) -> set[int]:
    """Drop what was claimed for people whom a campaign no longer reaches; answers those deliveries' ids.

    A statement for each campaign in the claim, by the people's key.
    """
    dropped: list[tuple[int, int, str]] = []
    for campaign_id in sorted({row["campaign_id"] for row in rows if row["campaign_id"] is not None}):
        mine = [row for row in rows if row["campaign_id"] == campaign_id and row["reachable"]]
        kept = await connection.fetchval("SELECT segment FROM campaign WHERE id = $1", campaign_id)
        whom = await audience.compiled(connection, segments.of(kept), real_now=now, first=2)
        people = {row["person_id"] for row in mine}
        found = await connection.fetch(
            _UNWANTED.format(predicate=whom.predicate), list(people), *whom.arguments
        )
        why = {
            one["id"]: OPTED_OUT if one["opted_out"] else OUT_OF_SEGMENT
            for one in found
            if one["outside"] or one["opted_out"]
        }
        dropped += [
            (row["person_id"], row["id"], why[row["person_id"]]) for row in mine if row["person_id"] in why
        ]
    if dropped:
        people_of, ids, outcomes = (list(column) for column in zip(*dropped, strict=True))
        await connection.execute(_DROP, attempt_id, now, people_of, ids, outcomes)
    return {number for _, number, _ in dropped}
