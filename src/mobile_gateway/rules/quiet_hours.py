"""Quiet hours: from 22:00 to 07:00 nothing of class MARKETING is pushed; what falls in them waits (PRODUCT.md §10)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from mobile_gateway.rules.words import MessageClass

BEGIN: Final = time(22)
END: Final = time(7)
SPREAD: Final = timedelta(minutes=30)
"""What waited does not go out all at once."""


def due(now: datetime, message_class: MessageClass, jitter: float) -> datetime:
    """When a push may go out: now, or at 07:00 and a part of half an hour. `now` is in Shanghai's zone.

    `jitter` is in [0, 1).
    """
    if message_class is MessageClass.SERVICE or END <= now.timetz().replace(tzinfo=None) < BEGIN:
        return now
    morning = now if now.timetz().replace(tzinfo=None) < END else now + timedelta(days=1)
    return datetime.combine(morning.date(), END, now.tzinfo) + SPREAD * jitter
