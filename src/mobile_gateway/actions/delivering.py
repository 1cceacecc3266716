"""Deliveries on their way: claimed with a lease and an attempt id, settled by `actions.settling_deliveries`.

Between "accepted by the provider" and "written down" a crash is ambiguous: a SERVICE delivery whose lease ran out
is sent once more under the same notification id, so that the device shows one; MARKETING is marked UNKNOWN (PUSH.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from mobile_gateway.actions import campaign_rows, marketing
from mobile_gateway.models.database import Database
from mobile_gateway.reads import push_lanes
from mobile_gateway.reads.push_lanes import Marks
from mobile_gateway.rules import pushes
from mobile_gateway.rules.words import (
    MessageClass,
    NotificationKind,
    Platform,
    PushProviderName,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed delivery with all that its message needs."""

    person_id: int
    delivery_id: int
    inbox_item_id: int
    device_id: int
    provider: PushProviderName
    token: str
    platform: Platform
    locale: str
    kind: NotificationKind
    message_class: MessageClass
    data: Mapping[str, str]
    attempts: int
    maybe_sent: bool
    written_at: datetime
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim found: deliveries to send, and how many it dropped or put off instead."""

    due: Sequence[Due]
    dropped: int


# Planned for the number at hand: a plan for any number walks over whole tables (250 ms a claim, against 12).
_PLANNED = "SET LOCAL plan_cache_mode = force_custom_plan"

# Of one lane: what is due for others is not walked over. Campaigns have theirs by another index (`actions.marketing`).
_CLAIM = """
WITH due AS (
  SELECT person_id, id FROM delivery
   WHERE state = 'DUE' AND due_at <= $1 AND campaign_id IS NULL AND message_class = $4 AND provider = $6
     AND platform = $7
   ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE delivery d SET state = 'LEASED', lease_until = $5, attempt_id = $3, attempts = d.attempts + 1
    FROM due WHERE d.person_id = due.person_id AND d.id = due.id
  RETURNING d.person_id, d.id, d.inbox_item_id, d.device_id, d.attempts, d.message_class, d.outcome, d.campaign_id,
            d.due_at, d.created_at, d.provider, d.platform
)
SELECT c.person_id, c.id, c.inbox_item_id, c.device_id, c.campaign_id, v.provider, v.token, v.platform, v.locale,
       i.kind, c.message_class, i.data, c.attempts, c.outcome, c.due_at, c.created_at,
       v.person_id = c.person_id AND v.state = 'ACTIVE' AS reachable,
       (v.provider, v.platform) <> (c.provider, c.platform) AS moved,
       c.message_class = 'SERVICE' AND (
         SELECT n.push FROM notification_preference n WHERE n.person_id = c.person_id AND n.kind = i.kind
       ) IS FALSE AS opted_out
  FROM claimed c
  JOIN device v ON v.id = c.device_id
  JOIN inbox_item i ON i.person_id = c.person_id AND i.id = c.inbox_item_id
 ORDER BY c.inbox_item_id
"""

# Between writing and sending a device changed hands or was retired, or its holder wants no such pushes any more.
_DROP = """
UPDATE delivery SET state = 'DROPPED', lease_until = NULL, settled_at = $4, outcome = $5
 WHERE attempt_id = $1 AND (person_id, id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
"""

# Put back as they were, into the lane that their device is reached by: no try counts.
_PUT_OFF = """
UPDATE delivery d
   SET state = 'DUE', lease_until = NULL, due_at = $4, attempts = attempts - 1, provider = v.provider,
       platform = v.platform
  FROM device v
 WHERE v.id = d.device_id AND d.attempt_id = $1 AND d.state = 'LEASED'
   AND (d.person_id, d.id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
"""
_KINDS = frozenset(NotificationKind)


async def claim(
    database: Database,
    attempt_id: UUID,
    now: datetime,
    limit: int,
    *,
    provider: PushProviderName = PushProviderName.FCM,
    message_class: MessageClass = MessageClass.SERVICE,
    marks: Marks | None = None,
) -> Claimed:
    """Claim at most `limit` due deliveries of a provider's lanes that move, for 60 s.

    Which class goes first is the caller's: SERVICE, always. A kind that this release does not know is put off.
    """
    async with database.transaction() as connection:
        await connection.execute(_PLANNED)
        rows: list[asyncpg.Record] = []
        for platform in await push_lanes.due(connection, now, provider, message_class):
            if len(rows) == limit:
                break
            rows += await connection.fetch(
                _CLAIM,
                now,
                limit - len(rows),
                attempt_id,
                message_class,
                now + pushes.LEASE,
                provider,
                platform,
            )
        if message_class is MessageClass.MARKETING and len(rows) < limit:
            rows += await marketing.claim(
                connection,
                _CLAIM,
                attempt_id,
                now,
                limit - len(rows),
                provider=provider,
                marks=marks or Marks(),
            )
        left = await _drop(connection, attempt_id, rows, now)
        left |= await _put_off(connection, attempt_id, rows, now)
        left |= await marketing.drop_unwanted(connection, attempt_id, rows, now)
        campaign_rows.moved(row["campaign_id"] for row in rows)
        wanted = [_due(row) for row in rows if row["id"] not in left]
        return Claimed(wanted, len(rows) - len(wanted))


async def _drop(
    connection: asyncpg.Connection, attempt_id: UUID, rows: Sequence[asyncpg.Record], now: datetime
) -> set[int]:
    """Drop what reaches nobody, or somebody who opted out of its kind (campaigns: `marketing`); answers the ids."""
    gone = [row for row in rows if not row["reachable"]]
    unwanted = [row for row in rows if row["reachable"] and row["opted_out"]]
    for dropped, why in ((gone, "DEVICE_GONE"), (unwanted, marketing.OPTED_OUT)):
        if dropped:
            people, ids = [row["person_id"] for row in dropped], [row["id"] for row in dropped]
            await connection.execute(_DROP, attempt_id, people, ids, now, why)
    return {row["id"] for row in gone + unwanted}


async def _put_off(
    connection: asyncpg.Connection, attempt_id: UUID, rows: Sequence[asyncpg.Record], now: datetime
) -> set[int]:
    """Put off what cannot be sent from here; answers those deliveries' ids.

    Kinds of a newer release, while it is rolled out: so they neither fail nor hold up others. And what was in flight
    while its device changed its provider or platform: that is due at once, in its lane.
    """
    reachable = [row for row in rows if row["reachable"]]
    newer = [row for row in reachable if row["kind"] not in _KINDS]
    elsewhere = [row for row in reachable if row["moved"] and row["kind"] in _KINDS]
    for put_off, seconds in ((newer, pushes.NEWER_SECONDS), (elsewhere, 0.0)):
        if put_off:
            people, ids = [row["person_id"] for row in put_off], [row["id"] for row in put_off]
            await connection.execute(_PUT_OFF, attempt_id, people, ids, now + timedelta(seconds=seconds))
    return {row["id"] for row in newer + elsewhere}


def _due(row: asyncpg.Record) -> Due:
    return Due(
        row["person_id"],
        row["id"],
        row["inbox_item_id"],
        row["device_id"],
        PushProviderName(row["provider"]),
        row["token"],
        Platform(row["platform"]),
        row["locale"],
        NotificationKind(row["kind"]),
        MessageClass(row["message_class"]),
        row["data"],
        row["attempts"],
        (row["outcome"] or "").startswith(pushes.MAYBE_SENT),
        row["created_at"],
        row["campaign_id"],
    )


async def give_back(database: Database, attempt_id: UUID, due: Sequence[Due], now: datetime) -> None:
    """Put claimed deliveries back that nothing was done about, as far as the claim still holds: due at once."""
    async with database.transaction() as connection:
        await connection.execute(_PLANNED)
        people, ids = [one.person_id for one in due], [one.delivery_id for one in due]
        await connection.execute(_PUT_OFF, attempt_id, people, ids, now)
        campaign_rows.moved(one.campaign_id for one in due)


# SERVICE goes out once more, and only once.
_EXPIRED = """
WITH gone AS (
  SELECT person_id, id, message_class = 'SERVICE' AND coalesce(outcome, '') NOT LIKE 'MAYBE_SENT%' AS again
    FROM delivery WHERE state = 'LEASED' AND lease_until < $1 ORDER BY person_id, id LIMIT $2
     FOR UPDATE SKIP LOCKED
)
UPDATE delivery d
   SET state = CASE WHEN g.again THEN 'DUE' ELSE 'UNKNOWN' END,
       settled_at = CASE WHEN g.again THEN NULL ELSE $1::timestamptz END,
       lease_until = NULL, outcome = 'MAYBE_SENT', due_at = $1
  FROM gone g WHERE d.person_id = g.person_id AND d.id = g.id
RETURNING g.again, d.campaign_id
"""


@dataclass(frozen=True, slots=True)
class Freed:
    """Deliveries whose worker died: sent once more, or given up."""

    again: int
    unknown: int


async def free_expired(database: Database, now: datetime, limit: int = 10_000) -> Freed:
    """Take back deliveries whose worker died, at most so many. SERVICE goes out once more, and only once."""
    async with database.transaction() as connection:
        await connection.execute(_PLANNED)
        rows = await connection.fetch(_EXPIRED, now, limit)
        campaign_rows.moved(row["campaign_id"] for row in rows)
    again = sum(row["again"] for row in rows)
    return Freed(again, len(rows) - again)
