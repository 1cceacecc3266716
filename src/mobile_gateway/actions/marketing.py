"""Campaigns' deliveries at the moment of sending: the part of a claim that is theirs alone (PRODUCT.md §11).

A campaign that is not SENDING is not claimed of, be it paused or cancelled; in quiet hours none is. What was claimed is
looked at once more, in the claim's transaction: who opted out since the fan-out, or is no longer of the segment, is
left alone. A test to one's own devices belongs to no campaign here, and is claimed like a notification.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.reads import audience
from mobile_gateway.rules import quiet_hours, segments
from mobile_gateway.rules.words import MessageClass

OPTED_OUT: Final = "OPTED_OUT"
OUT_OF_SEGMENT: Final = "OUT_OF_SEGMENT"

# Each campaign by its own index: what one that is paused has queued is not even walked over.
_DUE = """
WITH due AS (
  SELECT y.person_id, y.id FROM campaign c CROSS JOIN LATERAL (
    SELECT y.person_id, y.id, y.due_at FROM delivery y JOIN device v ON v.id = y.device_id
     WHERE y.campaign_id = c.id AND y.state = 'DUE' AND y.due_at <= $1 AND y.message_class = $4
       AND v.provider = $6 AND v.platform <> ALL($7::text[])
     ORDER BY y.due_at LIMIT $2 FOR UPDATE OF y SKIP LOCKED) y
   WHERE c.state = 'SENDING' ORDER BY y.due_at LIMIT $2
), claimed AS ("""

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


def claim(statement: str) -> str:
    """The claim of notifications as that of campaigns: the same parameters and answer, other rows."""
    return _DUE + statement.partition("), claimed AS (")[2]


async def quiet(connection: asyncpg.Connection) -> bool:
    """Whether campaigns wait for the morning now, by the domain's clock."""
    now: datetime = (await connection.fetchval("SELECT domain_now()")).astimezone(SHANGHAI)
    return quiet_hours.due(now, MessageClass.MARKETING, 0.0) > now


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
