"""Campaigns' deliveries counted for all who look on at the same time: how many do takes no more than one does.

A count walks over the campaign's part of an index, 0.3 s for a million deliveries. So one is made at a time for a
campaign and, a count done, it is remembered nine times as long as it took: of a process a connection is busy for a
tenth of the time at most, and what is seen is seldom older than ten times what it takes to count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mobile_gateway.models.database import Database
from mobile_gateway.reads import campaigns
from mobile_gateway.reads.campaigns import Campaign, Outcome

REST: Final = 9.0
"""So many times as long as a count took it is good enough."""

MOST: Final = 100
"""Campaigns whose counts a process remembers; the one counted first is forgotten first."""


@dataclass
class _Count:
    """The last count of a campaign."""

    found: Sequence[Outcome] = ()
    began: float = float("-inf")
    good_until: float = float("-inf")
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


class Counts:
    """The counts of one process."""

    def __init__(self) -> None:
        self._counts: dict[int, _Count] = {}

    async def of(
        self, database: Database, campaign_id: int, *, since: float, anew: bool = False
    ) -> tuple[Sequence[Outcome], bool]:
        """A campaign's deliveries by state and outcome, and whether they were counted before `since`.

        With `anew` they never were. Who is given such an old count is to come again for a newer one. Moments are
        those of the monotonic clock.
        """
        count = self._count(campaign_id)
        async with count.one_at_a_time:
            if count.began >= since:
                return count.found, False
            if not anew and time.monotonic() < count.good_until:
                return count.found, True
            began = time.monotonic()
            async with database.connection() as connection:
                count.found = await campaigns.outcomes(connection, campaign_id)
            ended = time.monotonic()
            count.began, count.good_until = began, ended + REST * (ended - began)
            return count.found, False

    def _count(self, campaign_id: int) -> _Count:
        count = self._counts.get(campaign_id)
        if count is None:
            if len(self._counts) >= MOST:
                del self._counts[next(iter(self._counts))]
            count = self._counts[campaign_id] = _Count()
        return count


@dataclass
class Glance:
    """How one stream sees a campaign again and again. `is_old`: what it saw last was counted before it looked up."""

    counts: Counts
    is_old: bool = False
    _since: float = float("-inf")

    def look_up(self) -> None:
        """From now on what is counted is new."""
        self._since = time.monotonic()

    async def of(self, database: Database, campaign: Campaign) -> Sequence[Outcome]:
        """Its deliveries by state and outcome; of a campaign that is over as they will stay."""
        is_over = campaign.finished_at is not None
        found, self.is_old = await self.counts.of(database, campaign.id, since=self._since, anew=is_over)
        return found
