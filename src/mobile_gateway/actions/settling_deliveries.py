"""What became of deliveries, written down by who still holds the attempt, in one transaction with lanes and devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from mobile_gateway.actions import campaign_rows
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import DeliveryState, DeviceState, Platform, PushProviderName


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


# By key, whatever the planner guesses of a table that grew since: else it is read whole, for the attempt's id.
_BY_KEY = """
SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off
"""

# Accepted is accepted, though the lease ran out meanwhile: until somebody claims it anew this attempt is the last one.
_SETTLE = """
UPDATE delivery d
   SET state = s.state, outcome = s.outcome, provider_message_id = s.provider_message_id, lease_until = NULL,
       due_at = coalesce(s.retry_at, d.due_at),
       settled_at = CASE WHEN s.state = 'DUE' THEN NULL ELSE $2::timestamptz END,
       attempts = d.attempts - CASE WHEN s.counts THEN 0 ELSE 1 END
  FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bool[])
       AS s(person_id, id, state, outcome, provider_message_id, retry_at, counts)
 WHERE d.person_id = s.person_id AND d.id = s.id AND d.attempt_id = $1
   AND (d.state = 'LEASED' OR s.state = 'SENT' AND d.state IN ('DUE', 'UNKNOWN'))
"""

_HALT = """
INSERT INTO push_lane AS l (provider, platform, halted_until, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, platform) DO UPDATE
   SET halted_until = greatest(l.halted_until, excluded.halted_until), reason = excluded.reason
"""

_HOLD_DEVICES = """
SELECT id, person_id, token FROM device WHERE id = ANY($1::bigint[]) AND state = 'ACTIVE' ORDER BY id FOR NO KEY UPDATE
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

    What was refused for a token that its device has no longer is due at once, for the new one. A claim that another
    worker took over is left alone; of one whose lease ran out only what was SENT is written.
    """
    async with database.transaction() as connection:
        await connection.execute(_BY_KEY)
        settlements = await _of_tokens_by_now(connection, settlements, now)
        await connection.execute(_SETTLE, *_columns(attempt_id, settlements, now))
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


def _columns(attempt_id: UUID, settlements: Sequence[Settlement], now: datetime) -> tuple[Any, ...]:
    return (
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


async def _of_tokens_by_now(
    connection: asyncpg.Connection, settlements: Sequence[Settlement], now: datetime
) -> list[Settlement]:
    """The settlements, save that those about a token which its holder replaced meanwhile put their delivery back.

    The devices are held, so that none is replaced behind this look.
    """
    about = [one.device_id for one in settlements if one.device_state is not None]
    if not about:
        return list(settlements)
    tokens = {
        (row["id"], row["person_id"]): row["token"] for row in await connection.fetch(_HOLD_DEVICES, about)
    }

    def is_replaced(one: Settlement) -> bool:
        held = tokens.get((one.device_id, one.person_id), one.token)
        return one.device_state is not None and held != one.token

    return [
        replace(one, state=DeliveryState.DUE, retry_at=now, device_state=None) if is_replaced(one) else one
        for one in settlements
    ]
