"""What an HTTP answer of a provider means when nothing but its status and headers can be trusted.

Source: Firebase, "FCM error codes" and "Best practices for sending at scale".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

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

THROTTLED_SECONDS = 60.0
"""How long a lane rests after 429 when FCM does not say."""

LONGEST_WAIT_SECONDS = 3600.0
"""A Retry-After beyond an hour is taken for an hour, so that no header stops a lane for days."""

_SECONDS_DIGITS = 9


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for, 0 to an hour; None when it is absent or makes no sense.

    A date is measured from the answer's own Date, so our clock does not matter (RFC 9110, 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:_SECONDS_DIGITS]), LONGEST_WAIT_SECONDS)
    then = _date(text)
    if then is None:
        return None
    wait = then - (_date(headers.get("date", "")) or datetime.now(UTC))
    return min(max(wait / timedelta(seconds=1), 0.0), LONGEST_WAIT_SECONDS)


def throttled(headers: Mapping[str, str]) -> Throttled:
    """Over the quota, for as long as FCM says, else a minute."""
    asked = retry_after(headers)
    return Throttled(THROTTLED_SECONDS if asked is None else asked)


def by_status(reply: Reply) -> Outcome:  # noqa: PLR0911 - one line for each status
    """The outcome of an answer without a detail of FCM's own."""
    match reply.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return throttled(reply.headers)
        case HTTPStatus.INTERNAL_SERVER_ERROR | HTTPStatus.SERVICE_UNAVAILABLE:
            return Retry(retry_after(reply.headers))
        case HTTPStatus.REQUEST_TIMEOUT:
            return Retry(None)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthBroken(Scope.PROJECT)
        case HTTPStatus.NOT_FOUND:
            return ProjectWrong()
        case status if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return ProjectWrong()
        case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return PayloadBad(f"HTTP {status}")
        case _:
            return Ambiguous()


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
