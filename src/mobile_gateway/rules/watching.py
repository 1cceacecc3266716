"""Evidence of watching: coverage, completeness and budget (PRODUCT.md §4, "Evidence of watching").

Spans are half-open `[from, to)` in milliseconds of media time. Times are aware datetimes of the evidence's
clock, given by the caller. Nothing here knows a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mobile_gateway.rules.words import PlaybackMode

BEAT_INTERVAL_SECONDS = 30
MAX_RATE = 2.0
GRACE_MS = 5_000
RISK_EXCESS_MS = 5_000
MAX_INNER_GAP_MS = 1_000
MAX_BEATS_A_CALL = 50
MAX_SPANS_A_BEAT = 1_000
MAX_OFFLINE_ALIVE = 20
MAX_PIECES = 2_000
OFFLINE_LIFE = timedelta(days=7)
UPLOAD_AFTER_WINDOW = timedelta(hours=48)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Beat:
    """What a client says it played: a sequence number and spans of media time with their rate."""

    seq: int
    spans: tuple[Span, ...]
    rates: tuple[float, ...]

    def digest(self) -> bytes:
        """16 bytes that tell a replay of the same payload from another payload under the same number."""
        said = ";".join(
            f"{start}-{end}@{rate!r}" for (start, end), rate in zip(self.spans, self.rates, strict=True)
        )
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


def union(spans: Iterable[Span], duration_ms: int) -> tuple[Span, ...]:
    """Spans clamped to `[0, duration)`, merged where they touch, in order. Idempotent, whatever the order."""
    merged: list[Span] = []
    for start, end in sorted((max(0, a), min(b, duration_ms)) for a, b in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def length(spans: Iterable[Span]) -> int:
    """Milliseconds in disjoint spans."""
    return sum(end - start for start, end in spans)


def missing(covered: Sequence[Span], duration_ms: int) -> tuple[Span, ...]:
    """What a union leaves out of `[0, duration)`: head, gaps and tail."""
    edges = [(0, 0), *covered, (duration_ms, duration_ms)]
    return tuple((a[1], b[0]) for a, b in pairwise(edges) if a[1] < b[0])


def tolerance_ms(duration_ms: int) -> int:
    """All missing time together must be less than this: max(1 s, min(5 s, 1 % of the duration, rounded up)).

    Rounded up, whole milliseconds are less than this exactly when they are less than 1 %.
    """
    return max(1_000, min(5_000, -(-duration_ms // 100)))


def complete(covered: Sequence[Span], duration_ms: int) -> bool:
    """Whether a union counts as watched in full: little missing, and no inner gap above 1 s."""
    if not covered or sum(b - a for a, b in missing(covered, duration_ms)) >= tolerance_ms(duration_ms):
        return False
    return all(b[0] - a[1] <= MAX_INNER_GAP_MS for a, b in pairwise(covered))


def too_scattered(grown: Sequence[Span], covered: Sequence[Span]) -> bool:
    """Whether a beat would leave more pieces than any player leaves behind; filling gaps is always welcome.

    Merging and showing coverage costs time by the piece, and a comb could have half a million of them.
    """
    return len(grown) > max(MAX_PIECES, len(covered))


@dataclass(frozen=True, slots=True)
class Opening:
    """A session's opening and the new media that was accepted from it so far."""

    opened_at: datetime
    accepted_ms: int


def session_end(now: datetime, ended_at: datetime | None, window_end: datetime) -> datetime:
    """The moment at which a session's budget stops growing: its end, now, or the window's end at the latest."""
    return min(now, window_end) if ended_at is None else min(ended_at, window_end)


def allowance_ms(*, now: datetime, end: datetime, this: Opening, others: Iterable[Opening]) -> int:
    """New media that one more beat of `this` session may bring now; negative when more than that was taken.

    For every opening *a* of the person up to this session's own: what came from sessions opened at or after *a*,
    together at most 2.0 × (now − a) + 5 s; and from this session at most 2.0 × (its end − its opening) + 5 s.
    Sessions that brought nothing bound nothing: a flood of openings earns no further 5 s.
    """
    left = _budget(end - this.opened_at) - this.accepted_ms
    taken = 0
    # Newest first, so that `taken` is what came from sessions opened at or after the one looked at.
    for opening in sorted([this, *others], key=lambda o: o.opened_at, reverse=True):
        taken += opening.accepted_ms
        if opening.opened_at <= this.opened_at:
            left = min(left, _budget(now - opening.opened_at) - taken)
    return left


def _budget(elapsed: timedelta) -> int:
    return int(max(elapsed, timedelta()) / timedelta(milliseconds=1) * MAX_RATE) + GRACE_MS


def may_upload(now: datetime, mode: PlaybackMode, opened_at: datetime, window_end: datetime) -> bool:
    """Whether a session still takes beats: 48 h past the window, and 7 days past opening when OFFLINE."""
    if now >= window_end + UPLOAD_AFTER_WINDOW:
        return False
    return mode is PlaybackMode.ONLINE or now < opened_at + OFFLINE_LIFE
