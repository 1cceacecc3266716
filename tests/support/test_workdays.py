"""The Chinese working-day calendar (PRODUCT.md §13, last line): make-up days count, holidays do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from mobile_gateway import metrics, workdays

FIRST_YEAR, LAST_YEAR = 2004, 2026
"""What chinese_calendar 1.11 knows; a newer one is a reason to look at these tests again."""


@pytest.fixture
def nothing_said() -> Iterator[None]:
    before = set(workdays._said)
    workdays._said.clear()
    yield
    workdays._said.clear()
    workdays._said.update(before)


@pytest.mark.parametrize("day", [date(2024, 9, 14), date(2024, 9, 29), date(2024, 10, 12)])
def test_make_up_days_at_weekends_are_working_days(day: date) -> None:
    assert day.weekday() >= 5
    assert workdays.is_workday(day)


@pytest.mark.parametrize(
    "day", [date(2024, 9, d) for d in (15, 16, 17)] + [date(2024, 10, d) for d in range(1, 8)]
)
def test_holidays_are_no_working_days(day: date) -> None:
    assert not workdays.is_workday(day)


def missed() -> float:
    (family,) = metrics.calendar_misses.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_total"))


@pytest.mark.parametrize("year", [FIRST_YEAR, LAST_YEAR])
def test_the_first_and_the_last_year_are_known(year: int) -> None:
    before = missed()
    assert not workdays.is_workday(date(year, 1, 1))
    assert not workdays.is_workday(date(year, 10, 1))
    workdays.is_workday(date(year, 12, 31))
    assert missed() == before


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1, 2100])
def test_a_year_that_is_lacking_counts_monday_to_friday_and_is_told_once(
    nothing_said: None, year: int
) -> None:
    week = [date(year, 9, 1) + timedelta(days=n) for n in range(7)]
    before = missed()
    with capture_logs() as lines:
        assert [workdays.is_workday(day) for day in week] == [day.weekday() < 5 for day in week]
    assert missed() == before + 7
    assert lines == [{"event": "calendar_lacks_year", "year": year, "log_level": "warning"}]
