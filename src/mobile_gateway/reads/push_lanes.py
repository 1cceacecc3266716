"""Lanes of pushes that have something due: a platform through a provider, and those of each campaign."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName

# The planner does not know how few are due by `now`; the first in an index needs no guess.
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
SELECT c.id, f.platform, c.proven_at IS NOT NULL AS is_proven
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


async def due(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName, message_class: MessageClass
) -> list[Platform]:
    """Platforms that a provider has something due for, of no campaign's, and that do not stand still; oldest first."""
    rows = await connection.fetch(_LANES_DUE, now, provider, list(Platform), message_class)
    return [Platform(row["platform"]) for row in rows]


async def due_of_campaigns(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName
) -> list[tuple[int, Platform, bool]]:
    """Campaigns that are SENDING and have something due for a provider, each with a platform; oldest first.

    The third says whether the first deliveries have proved the way.

    What a campaign that is paused has queued is not even looked at.
    """
    rows = await connection.fetch(_CAMPAIGNS_DUE, now, provider, list(Platform))
    return [(row["id"], Platform(row["platform"]), row["is_proven"]) for row in rows]
