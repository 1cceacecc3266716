"""From 22:00 to 07:00 campaigns wait; nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules import quiet_hours
from mobile_gateway.rules.words import MessageClass

MORNING = datetime(2024, 8, 21, 7, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2024, 8, 20, 22, tzinfo=SHANGHAI),
        datetime(2024, 8, 20, 23, 59, 59, tzinfo=SHANGHAI),
        datetime(2024, 8, 21, 0, tzinfo=SHANGHAI),
        datetime(2024, 8, 21, 6, 59, 59, tzinfo=SHANGHAI),
    ],
)
def test_what_falls_into_the_night_waits_for_the_morning(now: datetime) -> None:
    assert quiet_hours.due(now, MessageClass.MARKETING, 0.0) == MORNING
    late = quiet_hours.due(now, MessageClass.MARKETING, 0.99)
    assert MORNING < late < MORNING + timedelta(minutes=30)
    assert quiet_hours.due(now, MessageClass.SERVICE, 0.5) == now


@pytest.mark.parametrize("now", [MORNING, datetime(2024, 8, 21, 21, 59, 59, tzinfo=SHANGHAI)])
def test_by_day_nothing_waits(now: datetime) -> None:
    assert quiet_hours.due(now, MessageClass.MARKETING, 0.9) == now
