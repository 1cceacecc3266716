"""One-time codes and refresh tokens: how long, how often (TRUST.md, "People's data"). All on the real clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobile_gateway.rules.refusal import Refusal, RefusalCode

CODE_LIFE = timedelta(minutes=5)
CODE_RESEND_AFTER = timedelta(seconds=60)
CODE_MAX_TRIES = 5
CODES_A_DAY_AND_PHONE = 10
CODES_A_DAY_AND_NETWORK = 200
CODES_A_MINUTE_IN_ALL = 6_000
REFRESH_LIFE = timedelta(days=30)
REFRESH_REPLAY = timedelta(seconds=30)
STRONG_LIFE = timedelta(minutes=5)
TRY_LIFE = timedelta(minutes=15)
TRIES_A_LOGIN = 5
TRIES_A_NETWORK = 100
REGISTRATIONS_A_NETWORK = 60
"""Tries by a password, and registrations by a student number, within `TRY_LIFE`."""
SEEN_EVERY = timedelta(hours=1)


def is_strong(strong_at: datetime | None, now: datetime) -> bool:
    """Whether a second sign-in still holds: not older than 5 minutes. Campaigns, reveals and exports ask for it."""
    return strong_at is not None and now < strong_at + STRONG_LIFE


def is_seen_anew(last_seen_at: datetime | None, now: datetime) -> bool:
    """Whether "last seen" is to be written again: at most once an hour, for segments ask by the day."""
    return last_seen_at is None or now >= last_seen_at + SEEN_EVERY


def may_send_code(
    now: datetime, *, last_sent_at: datetime | None, phone_today: int, network_today: int, last_minute: int
) -> Refusal | None:
    """None when one more code may go out, else why not and, where it is known, in how many seconds it may."""
    if last_sent_at is not None and now < last_sent_at + CODE_RESEND_AFTER:
        wait = last_sent_at + CODE_RESEND_AFTER - now
        return Refusal(RefusalCode.CODE_RESEND_TOO_SOON, data={"seconds": str(int(wait.total_seconds()) + 1)})
    if phone_today >= CODES_A_DAY_AND_PHONE or network_today >= CODES_A_DAY_AND_NETWORK:
        return Refusal(RefusalCode.CODE_QUOTA_EXCEEDED)
    if last_minute >= CODES_A_MINUTE_IN_ALL:
        return Refusal(RefusalCode.RATE_LIMITED)
    return None


def may_try(
    now: datetime, *, login_tries: int, oldest: datetime | None, network_tries: int
) -> Refusal | None:
    """None when a password may be compared; counts are of the last `TRY_LIFE`, `oldest` is that of the login.

    What is refused here is no try: it makes no lock longer.
    """
    if network_tries >= TRIES_A_NETWORK:
        return Refusal(RefusalCode.RATE_LIMITED)
    if login_tries >= TRIES_A_LOGIN and oldest is not None:
        seconds = (oldest + TRY_LIFE - now).total_seconds()
        return Refusal(RefusalCode.SIGN_IN_LOCKED, data={"minutes": str(max(1, -(-int(seconds) // 60)))})
    return None


def may_register(*, registrations: int, network_tries: int) -> Refusal | None:
    """None when a network may try one more student number; what is taken is told, so it is told slowly."""
    if registrations >= REGISTRATIONS_A_NETWORK or network_tries >= TRIES_A_NETWORK:
        return Refusal(RefusalCode.RATE_LIMITED)
    return None
