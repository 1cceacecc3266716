"""Deliveries: when to try again, and what an outcome makes of a delivery (PUSH.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
CREDENTIALS_SECONDS = 60.0
"""How long a lane stands still whose credential or address people have to mend."""
MAYBE_SENT = "MAYBE_SENT"
"""Outcome of an attempt that may have reached the device; it is kept in front of the outcomes that follow."""
LONGEST_WAIT_SECONDS = 32.0


def next_try(now: datetime, attempts: int, asked_seconds: float | None, jitter: float) -> datetime:
    """When to send again: as the provider asked, else 1, 2, 4 … 32 s, times a jitter in [0.5, 1.5)."""
    wait = asked_seconds
    if wait is None:
        wait = min(2.0 ** max(attempts - 1, 0), LONGEST_WAIT_SECONDS) * jitter
    return now + timedelta(seconds=wait)


TTL_SECONDS = 86_400
