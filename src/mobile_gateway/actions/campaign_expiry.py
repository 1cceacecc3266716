"""Pushes of campaigns that nobody could send for a day are given up: a lane at fault keeps no campaign open."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mobile_gateway.actions import campaign_rows
from mobile_gateway.models.database import Database
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules.words import Platform, PushProviderName

AT_ONCE: Final = 5_000
"""Deliveries of one look, of each lane and of those that were tried."""

EXPIRED: Final = "EXPIRED"

_HOLD = """
SELECT FROM campaign WHERE id = $1 AND state = 'SENDING' AND sending_since <= $2 FOR NO KEY UPDATE SKIP LOCKED
"""

# Each try moves the moment of the next one, so what was tried is measured from when it was written.
_EXPIRE = """
WITH waiting AS MATERIALIZED (
  SELECT y.person_id, y.id FROM unnest($4::text[]) AS p(provider) CROSS JOIN unnest($5::text[]) AS f(platform)
   CROSS JOIN LATERAL (SELECT d.person_id, d.id FROM delivery d
          WHERE d.campaign_id = $1 AND d.state = 'DUE' AND d.provider = p.provider AND d.platform = f.platform
            AND d.due_at <= $2 ORDER BY d.due_at LIMIT $6 FOR UPDATE SKIP LOCKED) y
), tried AS MATERIALIZED (
  SELECT person_id, id FROM delivery
   WHERE campaign_id = $1 AND state = 'DUE' AND outcome IS NOT NULL AND created_at <= $3
   ORDER BY outcome, person_id, id LIMIT $6 FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET state = 'DROPPED', settled_at = $7, outcome = $8
  FROM (SELECT * FROM waiting UNION SELECT * FROM tried) late WHERE d.person_id = late.person_id AND d.id = late.id
"""


async def expire(database: Database, campaign_id: int, *, real_now: datetime) -> int:
    """Drop some of what a SENDING campaign could not send; how many. What it did while it was PAUSED does not count."""
    before = real_now - rules.WORTH_SENDING
    async with database.transaction() as connection:
        if await connection.fetchrow(_HOLD, campaign_id, before) is None:
            return 0
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        said: str = await connection.execute(
            _EXPIRE,
            campaign_id,
            before,
            before - rules.LONGEST_NIGHT,
            list(PushProviderName),
            list(Platform),
            AT_ONCE,
            real_now,
            EXPIRED,
        )
        dropped = int(said.rsplit(maxsplit=1)[-1])
        if dropped:
            campaign_rows.moved([campaign_id])
        return dropped
