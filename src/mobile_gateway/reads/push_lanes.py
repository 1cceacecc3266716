"""Lanes of pushes that have something due: a platform through a provider, and those of each campaign."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import asyncpg

from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName

FORGET_SECONDS: Final = 5.0
_EVER: Final = datetime.min.replace(tzinfo=UTC)

Lane = tuple[int, PushProviderName, Platform]


class Marks:
    """From where on one process looks for what a campaign has due; what lies before was claimed already.

    An index keeps what was claimed until it is vacuumed, so looking from the beginning takes the longer the more of a
    campaign is sent. What comes back with an earlier moment (a claim that was rolled back) is found after 5 s at the
    latest, as soon as nothing else is found, or by another process.
    """

    def __init__(self) -> None:
        self._from: dict[Lane, datetime] = {}
        self._until = 0.0

    def all_of(self, provider: PushProviderName) -> list[tuple[int, Platform, datetime]]:
        """Each campaign's marks of a provider that are still good."""
        if time.monotonic() > self._until:
            self.forget()
        return [(number, platform, at) for (number, of, platform), at in self._from.items() if of == provider]

    def of(self, lane: Lane) -> datetime:
        """From where on to look in a lane of a campaign."""
        return self._from.get(lane, _EVER)

    def set(self, lane: Lane, at: datetime) -> None:
        """The earliest that was claimed last."""
        if not self._from:
            self._until = time.monotonic() + FORGET_SECONDS
        self._from[lane] = at

    def forget(self) -> bool:
        """Look from the beginning again; whether there was anything to forget."""
        found = bool(self._from)
        self._from.clear()
        return found


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
  FROM campaign c CROSS JOIN unnest($3::text[]) AS f(platform)
  LEFT JOIN unnest($4::bigint[], $5::text[], $6::timestamptz[]) AS m(id, platform, at)
    ON m.id = c.id AND m.platform = f.platform
 CROSS JOIN LATERAL (SELECT {first} AS due_at) o
 WHERE c.state = 'SENDING' AND o.due_at <= $1
   AND NOT EXISTS (SELECT FROM push_lane l
                    WHERE l.provider = $2 AND l.platform = f.platform AND l.halted_until > $1)
 ORDER BY o.due_at, c.id
"""
_LANES_DUE = _LANES.format(
    first=_FIRST.format(whose="y.campaign_id IS NULL AND y.message_class = $4", provider="$2")
)
_CAMPAIGNS_DUE = _CAMPAIGNS.format(
    first=_FIRST.format(
        whose="y.campaign_id = c.id AND y.due_at >= coalesce(m.at, '-infinity')", provider="$2"
    )
)


async def due(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName, message_class: MessageClass
) -> list[Platform]:
    """Platforms that a provider has something due for, of no campaign's, and that do not stand still; oldest first."""
    rows = await connection.fetch(_LANES_DUE, now, provider, list(Platform), message_class)
    return [Platform(row["platform"]) for row in rows]


async def due_of_campaigns(
    connection: asyncpg.Connection, now: datetime, provider: PushProviderName, marks: Marks
) -> list[tuple[int, Platform, bool]]:
    """Campaigns that are SENDING and have something due for a provider, each with a platform; oldest first.

    The third says whether the first deliveries have proved the way. What a campaign that is paused has queued is not
    even looked at.
    """
    known = marks.all_of(provider)
    columns = [list(column) for column in zip(*known, strict=True)] or [[], [], []]
    rows = await connection.fetch(_CAMPAIGNS_DUE, now, provider, list(Platform), *columns)
    if not rows and marks.forget():
        return await due_of_campaigns(connection, now, provider, marks)
    return [(row["id"], Platform(row["platform"]), row["is_proven"]) for row in rows]
