from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mobile_gateway.push import answers
from mobile_gateway.push.provider import (
    Ambiguous,
    AuthBroken,
    Outcome,
    PayloadBad,
    ProjectWrong,
    Retry,
    Scope,
    Throttled,
)
from mobile_gateway.push.wire import Reply

DATE = "Sun, 01 Sep 2024 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 12 "}, 12.0),
        ({"Retry-After": "86400"}, 3600.0),
        ({"Retry-After": "9" * 5000}, 3600.0),
        ({"Retry-After": "Sun, 01 Sep 2024 00:02:00 GMT", "Date": DATE}, 120.0),
        ({"Retry-After": "Sun, 01 Sep 2024 00:02:00 -0000", "Date": DATE}, 120.0),
        ({"Retry-After": "Sat, 31 Aug 2024 23:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 01 Sep 2025 00:00:00 GMT", "Date": DATE}, 3600.0),
        ({"Retry-After": f"Sun, 01 Sep {'9' * 20} 00:00:00 GMT", "Date": DATE}, None),
        ({"Retry-After": f"Sun, 01 Sep 2024 {'9' * 20}:00:00 GMT", "Date": DATE}, None),
        ({"Retry-After": f"Sun, 01 Sep 2024 00:00:00 +{'9' * 20}", "Date": DATE}, None),
        (
            {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359", "Date": "Mon, 01 Jan 0001 00:00:00 +2359"},
            3600.0,
        ),
    ],
)
def test_retry_after_is_read_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert answers.retry_after({name.lower(): text for name, text in headers.items()}) == seconds


def test_a_date_without_the_answers_own_is_measured_from_our_clock() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    found = answers.retry_after({"retry-after": then})
    assert found is not None
    assert 590 < found <= 600


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Ambiguous()),
        (307, ProjectWrong()),
        (400, PayloadBad("HTTP 400")),
        (401, AuthBroken(Scope.PROJECT)),
        (403, AuthBroken(Scope.PROJECT)),
        (404, ProjectWrong()),
        (408, Retry(None)),
        (413, PayloadBad("HTTP 413")),
        (429, Throttled(60.0)),
        (500, Retry(None)),
        (502, Ambiguous()),
        (503, Retry(None)),
        (504, Ambiguous()),
    ],
)
def test_a_status_alone_has_an_outcome(status: int, outcome: Outcome) -> None:
    assert answers.by_status(Reply(status, {"location": "/"}, b"")) == outcome
