"""How fast a provider may be sent to: a bucket of permits that warms up, and a breaker (PUSH.md, decision 0015).

Times are seconds of whoever keeps the state; nothing here reads a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from mobile_gateway.rules.words import MessageClass

MARGIN: Final = 0.95
"""Of the quota; with a second's burst any 60 s stay below it."""
WARM_SECONDS: Final = 60.0
"""How long it takes from cold to the full rate."""
COLDEST: Final = 1 / 60
"""Of the full rate, to begin with."""
COLD_AFTER_SECONDS: Final = 60.0
"""Unused for so long, it is cold again."""
RESERVE: Final = 0.1
"""Of the bucket, which MARKETING leaves to SERVICE."""
PATIENCE_SECONDS: Final = 0.05
"""The least time to wait for more permits."""
AHEAD_SECONDS: Final = 5.0
"""So far ahead of the clock a pace may be; clocks are set back, and nobody waits until they have caught up."""

WINDOW_SECONDS: Final = 10.0
LEAST_ANSWERS: Final = 50
FAILING_SHARE: Final = 0.5
"""The breaker opens when at least so many answers of a window are there, and this share of them failed."""
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 60.0
PROBE: Final = 10
"""How many messages try whether a provider is well again."""
PROBE_SECONDS: Final = 60.0
"""How long nobody else tries, should the one who does die."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a provider stands: permits of its bucket, answers of its window, and until when its breaker is open.

    MARKETING has a bucket of its own inside, which warms up by its own use: notifications that trickle all night must
    not let a campaign burst in the morning, or when it is resumed (PUSH.md: ramp up over at least 60 s).
    """

    at: float
    permits: float
    warming_since: float
    used_at: float
    window_since: float
    good: int = 0
    bad: int = 0
    open_until: float | None = None
    pauses: int = 0
    probe_until: float = 0.0
    marketing_at: float = 0.0
    marketing_permits: float = 0.0
    marketing_since: float = 0.0
    marketing_used_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """How many messages may be sent now; when none, after how many seconds to ask again."""

    permits: int
    wait_seconds: float = 0.0
    is_open: bool = False


def fresh(now: float, a_minute: int) -> Pace:
    """A provider that nobody has sent to: cold, and its breaker closed."""
    return Pace(now, _burst(_rate(a_minute, 0.0)), now, now, now)


def by_now(pace: Pace, a_minute: int, now: float) -> Pace:
    """A pace as it was kept; a fresh one in place of one that lies in the future, as after a step of the clock."""
    return fresh(now, a_minute) if pace.at > now + AHEAD_SECONDS else pace


def _rate(a_minute: int, warm_seconds: float) -> float:
    warmth = min(max(warm_seconds / WARM_SECONDS, COLDEST), 1.0)
    return a_minute / 60 * MARGIN * warmth


def _burst(rate: float) -> float:
    return max(rate, 1.0)


def take(
    pace: Pace, a_minute: int, wanted: int, message_class: MessageClass, now: float
) -> tuple[Pace, Grant]:
    """Take at most `wanted` permits at a quota of so many a minute; MARKETING leaves a tenth of the bucket.

    Whoever takes says with `claimed` what became of them.
    """
    now = max(now, pace.at)
    if pace.open_until is not None:
        closed_for = max(pace.open_until, pace.probe_until) - now
        if closed_for > 0:
            return pace, Grant(0, closed_for, is_open=True)
        wanted = min(wanted, PROBE)
    warming_since = now if now - pace.used_at > COLD_AFTER_SECONDS else pace.warming_since
    rate = _rate(a_minute, now - warming_since)
    burst = _burst(rate)
    permits = min(pace.permits + rate * (now - pace.at), burst)
    spare, slowest = permits, rate
    if message_class is MessageClass.MARKETING:
        pace, slowest = _marketing(pace, a_minute, now)
        spare = min(permits - burst * RESERVE, pace.marketing_permits)
    granted = max(min(wanted, math.floor(spare)), 0)
    after = replace(pace, at=now, permits=permits - granted, warming_since=warming_since)
    if message_class is MessageClass.MARKETING:
        after = replace(after, marketing_permits=pace.marketing_permits - granted)
    if not granted:
        return after, Grant(0, max((1 - spare) / slowest, PATIENCE_SECONDS))
    probing = now + PROBE_SECONDS if pace.open_until is not None else 0.0
    return replace(after, used_at=now, probe_until=probing), Grant(granted)


def _marketing(pace: Pace, a_minute: int, now: float) -> tuple[Pace, float]:
    """MARKETING's own bucket by now, and the rate that it is filled at."""
    is_cold = now - pace.marketing_used_at > COLD_AFTER_SECONDS
    since = now if is_cold else pace.marketing_since
    rate = _rate(a_minute, now - since)
    grown = pace.marketing_permits + rate * (now - pace.marketing_at)
    permits = min(grown, _burst(rate))
    return replace(pace, marketing_at=now, marketing_since=since, marketing_permits=permits), rate


def claimed(pace: Pace, message_class: MessageClass, *, used: int, unused: int, now: float) -> Pace:
    """What was found for permits: so many are used, the others are given back."""
    now = max(now, pace.at)
    pace = replace(pace, permits=pace.permits + unused)
    if message_class is MessageClass.MARKETING:
        used_at = now if used else pace.marketing_used_at
        pace = replace(pace, marketing_permits=pace.marketing_permits + unused, marketing_used_at=used_at)
    if pace.open_until is not None and not used:
        return replace(pace, probe_until=0.0)  # nothing was due: whoever has something tries next
    return pace


def report(pace: Pace, *, good: int, bad: int, now: float) -> Pace:
    """How messages were answered: `bad` ones failed by the provider's own making."""
    now = max(now, pace.at)
    if pace.open_until is not None:
        return _after_pause(pace, good, bad, now)
    if now - pace.window_since > WINDOW_SECONDS:
        pace = replace(pace, window_since=now, good=0, bad=0)
    pace = replace(pace, good=pace.good + good, bad=pace.bad + bad)
    answers = pace.good + pace.bad
    if answers >= LEAST_ANSWERS and pace.bad >= answers * FAILING_SHARE:
        return _opened(pace, now)
    return pace


def _after_pause(pace: Pace, good: int, bad: int, now: float) -> Pace:
    """Half open: the probe's answers close the breaker or open it for longer. Late ones of before do nothing."""
    if not pace.probe_until:
        return pace
    if bad >= (good + bad) * FAILING_SHARE:
        return _opened(pace, now)
    return replace(pace, open_until=None, pauses=0, probe_until=0.0, window_since=now, good=0, bad=0)


def _opened(pace: Pace, now: float) -> Pace:
    seconds = min(FIRST_PAUSE_SECONDS * 2.0**pace.pauses, LONGEST_PAUSE_SECONDS)
    return replace(
        pace, open_until=now + seconds, pauses=min(pace.pauses + 1, 10), probe_until=0.0, good=0, bad=0
    )
