"""Notifications' pushes that nobody could send for a day are given up: the inbox has what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from mobile_gateway.models.database import Database
from mobile_gateway.rules import pushes
from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName

AT_ONCE: Final = 5_000
"""Deliveries of one look, of each class and lane."""

EXPIRED: Final = "EXPIRED"

# Of no campaign: campaigns' are given up by `actions.campaign_expiry`. The planner does not know how few are late; the
# first in an index needs no guess.
_LATE = """
SELECT c.message_class, p.provider, f.platform
  FROM unnest($2::text[]) AS c(message_class) CROSS JOIN unnest($3::text[]) AS p(provider)
 CROSS JOIN unnest($4::text[]) AS f(platform) CROSS JOIN LATERAL (
  SELECT min(y.due_at) AS due_at FROM delivery y
   WHERE y.state = 'DUE' AND y.campaign_id IS NULL AND y.message_class = c.message_class
     AND y.provider = p.provider AND y.platform = f.platform) o
 WHERE o.due_at <= $1
"""

_EXPIRE = """
WITH late AS MATERIALIZED (
  SELECT person_id, id FROM delivery
   WHERE state = 'DUE' AND due_at <= $1 AND campaign_id IS NULL AND message_class = $2 AND provider = $3
     AND platform = $4
   ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET state = 'DROPPED', settled_at = $6, outcome = $7
  FROM late WHERE d.person_id = late.person_id AND d.id = late.id
"""


async def expire(database: Database, now: datetime) -> int:
    """Drop some of what has been due for longer than a message lives, whatever its lane waits for; how many.

    Weak: each try moves the moment of the next one, so what is tried in vain for a day is given up by its tries alone.
    """
    before = now - timedelta(seconds=pushes.TTL_SECONDS)
    async with database.connection() as connection:
        lanes = await connection.fetch(
            _LATE, before, list(MessageClass), list(PushProviderName), list(Platform)
        )
    if not lanes:
        return 0
    dropped = 0
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        for lane in lanes:
            said: str = await connection.execute(_EXPIRE, before, *lane, AT_ONCE, now, EXPIRED)
            dropped += int(said.rsplit(maxsplit=1)[-1])
    return dropped
