from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import watching
from mobile_gateway.rules.watching import Beat, Opening, Span
from mobile_gateway.rules.words import PlaybackMode

ZERO = datetime(2024, 8, 20, 1, tzinfo=UTC)
FAR = ZERO + timedelta(days=40)

DURATION = 240
points = st.integers(-20, DURATION + 40)
span_lists = st.lists(st.tuples(points, points), max_size=12)


def at(ms: int) -> datetime:
    return ZERO + timedelta(milliseconds=ms)


def every_ms(spans: list[Span], duration: int) -> set[int]:
    """The oracle of coverage: every millisecond on its own."""
    return {ms for a, b in spans for ms in range(max(a, 0), min(b, duration))}


def of(spans: tuple[Span, ...]) -> set[int]:
    return {ms for a, b in spans for ms in range(a, b)}


@given(span_lists)
def test_a_union_holds_exactly_the_milliseconds_of_its_spans(spans: list[Span]) -> None:
    found = watching.union(spans, DURATION)
    assert of(found) == every_ms(spans, DURATION)
    assert watching.length(found) == len(of(found))
    assert all(a < b for a, b in found)
    assert all(x[1] < y[0] for x, y in itertools.pairwise(found))


@given(span_lists)
def test_a_union_of_a_union_is_itself(spans: list[Span]) -> None:
    once = watching.union(spans, DURATION)
    assert watching.union(once, DURATION) == once
    assert watching.union([*once, *spans], DURATION) == once


@given(span_lists, st.randoms(use_true_random=False), st.integers(1, 30))
def test_a_union_knows_neither_order_nor_splitting(spans: list[Span], random: Random, step: int) -> None:
    pieces = [(x, min(x + step, b)) for a, b in spans for x in range(a, b, step)]
    random.shuffle(pieces)
    assert watching.union(pieces, DURATION) == watching.union(spans, DURATION)


@given(span_lists, span_lists)
def test_a_union_only_grows(first: list[Span], then: list[Span]) -> None:
    before = watching.union(first, DURATION)
    assert of(before) <= of(watching.union([*before, *then], DURATION))


@given(span_lists)
def test_missing_is_the_complement(spans: list[Span]) -> None:
    covered = watching.union(spans, DURATION)
    gone = watching.missing(covered, DURATION)
    assert of(gone) | of(covered) == set(range(DURATION))
    assert not of(gone) & of(covered)
    assert watching.union([*covered, *gone], DURATION) == ((0, DURATION),)


def full_by_the_book(covered: tuple[Span, ...], duration: int) -> bool:
    """PRODUCT.md §4, 2, in fractions and over a plain sweep."""
    left, place, gaps = 0, 0, []
    for a, b in covered:
        left += a - place
        if place > 0:
            gaps.append(a - place)
        place = b
    left += duration - place
    bound = max(Fraction(1000), min(Fraction(5000), Fraction(duration, 100)))
    return bool(covered) and left < bound and all(gap <= 1000 for gap in gaps)


@st.composite
def nearly_watched(draw: st.DrawFn) -> tuple[tuple[Span, ...], int]:
    duration = draw(st.integers(1, 1_300_000))
    holes = draw(st.lists(st.tuples(st.integers(0, duration), st.integers(1, 2600)), max_size=5))
    exact = draw(st.sampled_from([0, 999, 1000, duration // 100 - 1, duration // 100, 4999, 5000]))
    spans, place = [], draw(st.sampled_from([0, max(0, exact)]))
    for start, width in sorted(holes):
        spans.append((place, start))
        place = max(place, start + width)
    spans.append((place, duration))
    return watching.union(spans, duration), duration


@given(nearly_watched())
def test_complete_is_what_the_product_says(case: tuple[tuple[Span, ...], int]) -> None:
    covered, duration = case
    assert watching.complete(covered, duration) == full_by_the_book(covered, duration)


@pytest.mark.parametrize(
    ("duration", "missing", "full"),
    [
        (30_000, 999, True),
        (30_000, 1_000, False),
        (464_953, 4_649, True),
        (464_953, 4_650, False),
        (600_000, 4_999, True),
        (600_000, 5_000, False),
    ],
)
def test_the_tolerance_ends_where_the_product_says(duration: int, missing: int, full: bool) -> None:
    assert watching.complete(((0, duration - missing),), duration) is full
    assert watching.complete(((missing, duration),), duration) is full


def test_an_inner_gap_of_a_second_is_forgiven_and_a_longer_one_is_not() -> None:
    assert watching.complete(((0, 1_000), (2_000, 600_000)), 600_000)
    assert not watching.complete(((0, 1_000), (2_001, 600_000)), 600_000)


def test_nothing_watched_is_never_complete() -> None:
    assert not watching.complete((), 500)
    assert not watching.complete((), 0)


moments = st.integers(0, 100_000)
openings = st.lists(st.tuples(moments, st.integers(1, 60_000)), max_size=8)


def allowed(now: int, end: int, this: tuple[int, int], others: list[tuple[int, int]]) -> int:
    return watching.allowance_ms(
        now=at(now),
        end=at(end),
        this=Opening(at(this[0]), this[1]),
        others=[Opening(at(a), ms) for a, ms in others],
    )


def within(now: int, end: int, this: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """The oracle of the budget: PRODUCT.md §4, 3, said about the state after a beat.

    Only openings up to this session's own can be hurt by its beat.
    """
    every = [this, *others]
    for opening, _ in every:
        if opening <= this[0] and sum(ms for o, ms in every if o >= opening) > 2 * (now - opening) + 5000:
            return False
    return this[1] <= 2 * max(end - this[0], 0) + 5000


@given(moments, st.integers(0, 60_000), moments, moments, openings)
def test_the_allowance_is_the_most_that_keeps_the_budget(
    opened: int, taken: int, later: int, end: int, others: list[tuple[int, int]]
) -> None:
    now = 100_000 + later
    end = min(now, opened + end)
    most = allowed(now, end, (opened, taken), others)
    if most < 0:
        assert not within(now, end, (opened, taken), others)
        return
    assert within(now, end, (opened, taken + most), others)
    assert not within(now, end, (opened, taken + most + 1), others)


@given(moments, st.integers(0, 60_000), openings, moments)
def test_the_allowance_grows_with_time_and_shrinks_with_what_was_taken(
    opened: int, taken: int, others: list[tuple[int, int]], later: int
) -> None:
    now = 100_000
    here = allowed(now, now, (opened, taken), others)
    assert allowed(now + later, now + later, (opened, taken), others) >= here
    assert allowed(now, now, (opened, taken + 1), others) == here - 1
    assert allowed(now, now, (opened, taken), [*others, (50_000, 7)]) <= here
    assert allowed(now, max(opened, now - later), (opened, taken), others) <= here


@given(st.lists(st.tuples(moments, st.integers(1, 30_000)), min_size=1, max_size=12))
def test_greedy_sessions_together_never_exceed_twice_the_elapsed_time(steps: list[tuple[int, int]]) -> None:
    taken: list[tuple[int, int]] = []
    now = 0
    for wait, want in steps:
        now += wait // 10
        others = list(taken)
        took = max(0, min(want, allowed(now, now, (now, 0), others)))
        taken.append((now, took))
    first = taken[0][0]
    assert sum(ms for _, ms in taken) <= 2 * (now - first) + 5000


def test_a_thousand_openings_earn_five_seconds_in_all() -> None:
    flood = [(0, 1) for _ in range(1000)]
    assert allowed(0, 0, (0, 0), flood) == 4_000


def test_a_session_ends_with_its_window_at_the_latest() -> None:
    assert watching.session_end(at(5), None, at(9)) == at(5)
    assert watching.session_end(at(50), None, at(9)) == at(9)
    assert watching.session_end(at(50), at(7), at(9)) == at(7)
    assert watching.session_end(at(50), at(12), at(9)) == at(9)


def test_uploads_end_48_hours_after_the_window_and_offline_ones_after_seven_days() -> None:
    last, tick = FAR + timedelta(hours=48), timedelta(microseconds=1)
    assert watching.may_upload(last - tick, PlaybackMode.ONLINE, ZERO, FAR)
    assert not watching.may_upload(last, PlaybackMode.ONLINE, ZERO, FAR)
    week = ZERO + timedelta(days=7)
    assert watching.may_upload(week - tick, PlaybackMode.OFFLINE, ZERO, FAR)
    assert not watching.may_upload(week, PlaybackMode.OFFLINE, ZERO, FAR)
    assert watching.may_upload(week, PlaybackMode.ONLINE, ZERO, FAR)


def test_a_digest_tells_payloads_apart() -> None:
    one = Beat(1, ((0, 10), (10, 20)), (1.0, 1.0))
    assert one.digest() == Beat(2, ((0, 10), (10, 20)), (1.0, 1.0)).digest()
    others = [
        Beat(1, ((0, 20),), (1.0,)),
        Beat(1, ((0, 10), (10, 20)), (1.0, 1.5)),
        Beat(1, ((10, 20), (0, 10)), (1.0, 1.0)),
        Beat(1, (), ()),
    ]
    assert len({one.digest(), *(other.digest() for other in others)}) == 5
    assert len(one.digest()) == 16
