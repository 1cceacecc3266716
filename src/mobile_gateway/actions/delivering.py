"""Deliveries on their way: claimed with a lease and an attempt id, settled only by who still holds the attempt.

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
    DeliveryState,
    DeviceState,
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
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one claimed delivery. `retry_at` puts it back; `device_state` says what the token is worth."""

    person_id: int
    delivery_id: int
    state: DeliveryState
    outcome: str
    provider_message_id: str | None = None
    retry_at: datetime | None = None
    counts: bool = True
    device_id: int | None = None
    device_state: DeviceState | None = None
    token: str | None = None
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """A lane that must stand still: throttled, or a credential or address that people have to mend."""

    provider: PushProviderName
    platform: Platform
    until: datetime
    reason: str


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
            d.due_at
)
SELECT c.person_id, c.id, c.inbox_item_id, c.device_id, c.campaign_id, v.provider, v.token, v.platform, v.locale,
       i.kind, c.message_class, i.data, c.attempts, c.outcome, c.due_at,
       v.person_id = c.person_id AND v.state = 'ACTIVE' AS reachable
  FROM claimed c
  JOIN device v ON v.id = c.device_id
  JOIN inbox_item i ON i.person_id = c.person_id AND i.id = c.inbox_item_id
 ORDER BY c.inbox_item_id
"""

# What changed hands or was retired between writing and sending is dropped, never sent.
_DROP = """
UPDATE delivery SET state = 'DROPPED', lease_until = NULL, settled_at = $4, outcome = 'DEVICE_GONE'
 WHERE attempt_id = $1 AND (person_id, id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
"""

# Kinds of a newer release, while it is rolled out: put back as they were, so that they neither fail nor hold up others.
_PUT_OFF = """
UPDATE delivery SET state = 'DUE', lease_until = NULL, due_at = $4, attempts = attempts - 1
 WHERE attempt_id = $1 AND (person_id, id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
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
        gone = [(r["person_id"], r["id"]) for r in rows if not r["reachable"]]
        if gone:
            await connection.execute(_DROP, attempt_id, [p for p, _ in gone], [d for _, d in gone], now)
        newer = [(r["person_id"], r["id"]) for r in rows if r["reachable"] and r["kind"] not in _KINDS]
        if newer:
            later = now + timedelta(seconds=pushes.NEWER_SECONDS)
            await connection.execute(
                _PUT_OFF, attempt_id, [p for p, _ in newer], [d for _, d in newer], later
            )
        unwanted = await marketing.drop_unwanted(connection, attempt_id, rows, now)
        campaign_rows.moved(row["campaign_id"] for row in rows)
        left = unwanted | {number for _, number in newer}
        wanted = [_due(row) for row in rows if row["reachable"] and row["id"] not in left]
        return Claimed(wanted, len(rows) - len(wanted))


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
        row["campaign_id"],
    )


_SETTLE = """
UPDATE delivery d
   SET state = s.state, outcome = s.outcome, provider_message_id = s.provider_message_id, lease_until = NULL,
       due_at = coalesce(s.retry_at, d.due_at),
       settled_at = CASE WHEN s.state = 'DUE' THEN NULL ELSE $2::timestamptz END,
       attempts = d.attempts - CASE WHEN s.counts THEN 0 ELSE 1 END
  FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bool[])
       AS s(person_id, id, state, outcome, provider_message_id, retry_at, counts)
 WHERE d.person_id = s.person_id AND d.id = s.id AND d.attempt_id = $1 AND d.state = 'LEASED'
"""

_HALT = """
INSERT INTO push_lane AS l (provider, platform, halted_until, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, platform) DO UPDATE
   SET halted_until = greatest(l.halted_until, excluded.halted_until), reason = excluded.reason
"""

# A token that changed since the send began belongs to another registration: it is left alone.
_DEVICES = """
UPDATE device d SET state = s.state
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS s(id, state, token)
 WHERE d.id = s.id AND d.token = s.token AND d.state = 'ACTIVE'
"""


async def settle(
    database: Database,
    attempt_id: UUID,
    settlements: Sequence[Settlement],
    now: datetime,
    halts: Sequence[Halt] = (),
) -> None:
    """Write down what became of claimed deliveries, and which lanes stand still from now on.

    A claim that another worker took over is left alone.
    """
    async with database.transaction() as connection:
        await connection.execute(_PLANNED)
        await connection.execute(
            _SETTLE,
            attempt_id,
            now,
            [s.person_id for s in settlements],
            [s.delivery_id for s in settlements],
            [s.state for s in settlements],
            [s.outcome for s in settlements],
            [s.provider_message_id for s in settlements],
            [s.retry_at for s in settlements],
            [s.counts for s in settlements],
        )
        for halt in sorted(halts, key=lambda one: (one.provider, one.platform)):
            await connection.execute(_HALT, halt.provider, halt.platform, halt.until, halt.reason)
        devices = sorted(
            (s for s in settlements if s.device_state is not None), key=lambda one: one.device_id or 0
        )
        if devices:
            await connection.execute(
                _DEVICES,
                [s.device_id for s in devices],
                [s.device_state for s in devices],
                [s.token for s in devices],
            )
        campaign_rows.moved(s.campaign_id for s in settlements)


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
