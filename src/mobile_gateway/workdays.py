"""Working days of the Chinese calendar, make-up days included; the one door to `chinese_calendar`."""

from __future__ import annotations

from datetime import date

import chinese_calendar

from mobile_gateway import metrics
from mobile_gateway.logs import logger

_SATURDAY = 5
_said: set[int] = set()


def is_workday(day: date) -> bool:
    """Whether offices work on a day. A year that the calendar lacks counts Monday to Friday, and is told once."""
    try:
        working: bool = chinese_calendar.is_workday(day)
    except NotImplementedError:
        metrics.calendar_misses.inc()
        if day.year not in _said:
            _said.add(day.year)
            logger.warning("calendar_lacks_year", year=day.year)
        return day.weekday() < _SATURDAY
    return working
