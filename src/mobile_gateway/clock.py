"""The two clocks.

`real()` is for tokens, codes, leases, retries and sweeps. `DomainClock` is for the training's dates and the
evidence's elapsed time; it is the real one in production and, on a local run, a movable one that every process
shares through one database row (docs/decisions/0004-two-clocks.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Every date rule of the product is in this zone (PRODUCT.md, Clock)."""


def real() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class DomainClock:
    """A clock that showed `domain_anchor` when the real one showed `real_anchor`, and runs `speed` times as fast.

    Without anchors it is the real clock. A value of it does not change; processes read the row again to follow
    a clock that somebody moves.
    """

    real_anchor: datetime | None = None
    domain_anchor: datetime | None = None
    speed: float = 1.0

    @property
    def is_moved(self) -> bool:
        """Whether it differs from the real clock."""
        return self.real_anchor is not None

    def at(self, now: datetime) -> datetime:
        """What it shows, in Shanghai's zone, when the real clock shows `now`."""
        if self.real_anchor is None or self.domain_anchor is None:
            return now.astimezone(SHANGHAI)
        return (self.domain_anchor + (now - self.real_anchor) * self.speed).astimezone(SHANGHAI)

    def now(self) -> datetime:
        """What it shows now, in Shanghai's zone."""
        return self.at(real())
