"""MARKETING waits from 22:00 to 07:00 in Beijing; SERVICE never does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import quiet_hours
from mobile_gateway.rules.words import MessageClass

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
JITTERS = st.floats(0, 1, exclude_max=True)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 8, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "when"),
    [
        (at(1, 21, 59, 59), at(1, 21, 59, 59)),
        (at(1, 22), at(2, 7, 1)),
        (at(1, 23, 59, 59), at(2, 7, 1)),
        (at(2, 0), at(2, 7, 1)),
        (at(2, 6, 59, 59), at(2, 7, 1)),
        (at(2, 7), at(2, 7)),
        (at(31, 22, 30), datetime(2024, 9, 1, 7, 1, tzinfo=SHANGHAI)),
    ],
)
def test_marketing_of_the_night_waits_for_the_morning(now: datetime, when: datetime) -> None:
    assert quiet_hours.due(now, MessageClass.MARKETING, 0) == when
    assert quiet_hours.due(now.astimezone(UTC), MessageClass.MARKETING, 0) == when


@given(MOMENTS, JITTERS)
def test_service_goes_out_at_any_hour(now: datetime, jitter: float) -> None:
    assert quiet_hours.due(now, MessageClass.SERVICE, jitter) == now


@given(MOMENTS, JITTERS)
def test_marketing_is_never_early_never_at_night_and_waits_half_a_day_at_most(
    now: datetime, jitter: float
) -> None:
    when = quiet_hours.due(now, MessageClass.MARKETING, jitter)
    assert now <= when < now + timedelta(hours=9, minutes=14)
    assert time(7) <= when.astimezone(SHANGHAI).time() < time(22)
    assert quiet_hours.due(when, MessageClass.MARKETING, jitter) == when


def test_what_waited_is_spread_between_the_quarter_hours() -> None:
    moments = [quiet_hours.due(at(1, 23), MessageClass.MARKETING, step / 100) for step in range(100)]
    assert moments == sorted(set(moments))
    assert at(2, 7, 1) == moments[0]
    assert at(2, 7, 13) < moments[-1] < at(2, 7, 14)


@pytest.mark.parametrize("jitter", [-0.1, 1.0, float("nan")])
def test_a_jitter_outside_its_range_is_a_mistake_of_the_caller(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        quiet_hours.due(at(1, 12), MessageClass.MARKETING, jitter)


def test_a_naive_moment_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="naive"):
        quiet_hours.due(datetime(2024, 8, 1), MessageClass.MARKETING, 0)  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (at(1, 6, 59, 59), False),
        (at(1, 7, 0, 59), False),
        (at(1, 7, 1), True),
        (at(1, 21, 59, 59), True),
        (at(1, 22), False),
        (at(1, 0), False),
    ],
)
def test_campaigns_are_sent_from_a_minute_after_seven_until_ten(now: datetime, is_open: bool) -> None:
    assert quiet_hours.is_open(now) is is_open
    assert quiet_hours.is_open(now.astimezone(UTC)) is is_open
