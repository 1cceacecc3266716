from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import calendar


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-08-20T08:29:59.999999+08:00", False),
        ("2024-08-20T08:30:00+08:00", True),
        ("2024-08-20T16:59:59.999999+08:00", True),
        ("2024-08-20T17:00:00+08:00", False),
        ("2024-08-24T10:00:00+08:00", False),
        ("2024-08-20T00:30:00+00:00", True),
        ("2024-08-19T22:00:00-04:00", True),
        ("2024-08-23T20:00:00-04:00", False),
    ],
)
def test_support_is_open_half_open_hours_of_working_days_in_beijing(moment: str, expected: bool) -> None:
    assert calendar.open_now(at(moment), weekdays) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-08-20T08:29:59+08:00", "2024-08-20T08:30+08:00"),
        ("2024-08-20T08:30:00+08:00", "2024-08-21T08:30+08:00"),
        ("2024-08-20T12:00:00+08:00", "2024-08-21T08:30+08:00"),
        ("2024-08-23T16:00:00+08:00", "2024-08-26T08:30+08:00"),
        ("2024-08-24T23:59:59+08:00", "2024-08-26T08:30+08:00"),
        ("2024-08-25T23:00:00+00:00", "2024-08-26T08:30+08:00"),
    ],
)
def test_the_next_opening_is_strictly_after_now(moment: str, expected: str) -> None:
    assert calendar.next_open_at(at(moment), weekdays) == at(expected)


def test_without_a_working_day_there_is_no_opening() -> None:
    with pytest.raises(ValueError, match="working day"):
        calendar.next_open_at(at("2024-08-20T12:00:00+08:00"), lambda _: False)


@given(
    st.integers(0, 800_000_000).map(lambda second: at("2004-01-01T00:00+00:00") + timedelta(seconds=second)),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_support_is_open_at_its_next_opening_and_was_closed_right_before(
    now: datetime, working: set[int]
) -> None:
    def is_workday(day: date) -> bool:
        return day.weekday() in working

    opening = calendar.next_open_at(now, is_workday)
    assert opening > now
    assert calendar.open_now(opening, is_workday)
    assert not calendar.open_now(opening - timedelta(microseconds=1), is_workday)
    if not calendar.open_now(now, is_workday):
        hours = int((opening - now).total_seconds() // 3600)
        assert not any(calendar.open_now(now + timedelta(hours=h), is_workday) for h in range(hours + 1))
