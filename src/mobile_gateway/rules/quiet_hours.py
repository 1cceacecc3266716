"""Quiet hours of MARKETING: 22:00 to 07:00 in Beijing, `[start, end)` (PRODUCT.md §10). SERVICE has none."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mobile_gateway.rules.words import MessageClass

BEGIN: Final = time(22)
END: Final = time(7)

LEAD: Final = timedelta(minutes=1)
SPREAD: Final = timedelta(minutes=13)
"""What waited goes out from 07:01 until before 07:14: spread, and between the quarter hours (PUSH.md)."""

_ZONE = ZoneInfo("Asia/Shanghai")


def is_open(now: datetime) -> bool:
    """Whether a campaign's pushes may be sent at `now`, of any zone: from 07:01 until before 22:00 in Beijing."""
    here = now.astimezone(_ZONE)
    opens = datetime.combine(here.date(), END, _ZONE) + LEAD
    return opens <= here and here.time() < BEGIN


def due(now: datetime, message_class: MessageClass, jitter: float) -> datetime:
    """When a push that is ready at `now`, of any zone, may go out; in Beijing's zone where it has to wait.

    `jitter` in [0, 1) spreads what waited for the end of the quiet hours. A push that has been given its moment
    is given no later one when it is asked about again from then on.

    Raises:
        ValueError: `jitter` is outside [0, 1), or `now` is naive.
    """
    if not 0 <= jitter < 1:
        raise ValueError(f"jitter {jitter} is outside [0, 1)")
    if now.tzinfo is None:
        raise ValueError("now is naive")
    here = now.astimezone(_ZONE)
    if message_class is MessageClass.SERVICE or END <= here.time() < BEGIN:
        return now
    day = here.date() + timedelta(days=1) if here.time() >= BEGIN else here.date()
    return datetime.combine(day, END, _ZONE) + LEAD + jitter * SPREAD
