"""When support answers: working days, 8:30 to 17:00 in Beijing (manual §六, PRODUCT.md §7).

Which days are working days is the caller's to know: `workdays.is_workday` has the Chinese calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

OPENS: Final = time(8, 30)
CLOSES: Final = time(17)

_ZONE = ZoneInfo("Asia/Shanghai")
_LONGEST_REST = 31
"""No row of days off is longer; the longest so far had ten."""

IsWorkday = Callable[[date], bool]


def open_now(now: datetime, is_workday: IsWorkday) -> bool:
    """Whether support answers at `now`, of any zone: `[8:30, 17:00)` of a working day in Beijing."""
    here = now.astimezone(_ZONE)
    return OPENS <= here.time() < CLOSES and is_workday(here.date())


def next_open_at(now: datetime, is_workday: IsWorkday) -> datetime:
    """The next moment at which support opens, strictly after `now`, in Beijing's zone.

    While support is open that is the next working day's opening, not today's: so the answer is always there,
    always in the future, and a client that shows it past the closing time is still right.

    Raises:
        ValueError: `is_workday` knows no working day within a month.
    """
    here = now.astimezone(_ZONE)
    for ahead in range(_LONGEST_REST + 1):
        day = here.date() + timedelta(days=ahead)
        opening = datetime.combine(day, OPENS, _ZONE)
        if opening > here and is_workday(day):
            return opening
    raise ValueError("no working day within a month")
