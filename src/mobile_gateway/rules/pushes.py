"""Deliveries: when to try again, how often, and for how long they are worth it (PUSH.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from mobile_gateway.rules.words import MessageClass

LEASE: Final = timedelta(seconds=60)
CREDENTIALS_SECONDS: Final = 60.0
"""How long a lane stands still whose credential or address people have to mend."""
THROTTLED_PEOPLE: Final = 2
"""People of one batch who must be throttled before their lane stands still; one alone is over a quota of their own."""
FOREIGN_PEOPLE: Final = 20
FOREIGN_SHARE: Final = 0.5
"""Where this share of so many people of a batch or more has foreign tokens, it is our project that is wrong."""
MAYBE_SENT: Final = "MAYBE_SENT"
"""Outcome of an attempt that may have reached the device; it is kept in front of the outcomes that follow."""
NEWS: Final = timedelta(hours=34)
"""So long after it was written nobody is told any more, however its lane fared: a day, and a night that it waited."""
TTL_SECONDS: Final = 86_400
NEWER_SECONDS: Final = 60.0
"""How long what a newer release wrote is put off by an older worker, which cannot word it: a newer one will."""

CLOSE_TRIES: Final = 8
"""Tries of the first one and a half minutes."""
LONGEST_WAIT_SECONDS: Final = 32.0
LATER_SECONDS: Final = 600.0
"""Between the tries of SERVICE that follow those: an outage is over in hours, and too few pushes open no breaker."""

MOST_TRIES: Final[Mapping[MessageClass, int]] = MappingProxyType(
    {MessageClass.SERVICE: CLOSE_TRIES + 36, MessageClass.MARKETING: CLOSE_TRIES}
)
"""A notification is given up after six hours of a provider's failing, a campaign's push after a minute and a half."""


def next_try(now: datetime, attempts: int, asked_seconds: float | None, jitter: float) -> datetime:
    """When to send again: after 1, 2, 4 … 32 s, then 600 s, times a jitter in [0.5, 1.5), and not before it was asked.

    A provider that asks for less than that, or for nothing, must not use up all tries within a second.
    """
    close = min(2.0 ** max(attempts - 1, 0), LONGEST_WAIT_SECONDS)
    wait = (close if attempts < CLOSE_TRIES else LATER_SECONDS) * jitter
    return now + timedelta(seconds=max(wait, asked_seconds or 0.0))


def is_project_foreign(people: int, foreign: int) -> bool:
    """Whether it is us who are foreign, when so many people of a lane were sent to and so many had a foreign token.

    People and not answers are counted: whoever registers twenty foreign tokens stops nobody's pushes.
    """
    return people >= FOREIGN_PEOPLE and foreign >= people * FOREIGN_SHARE
