from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import credits
from mobile_gateway.rules.credits import Cap, Figures
from mobile_gateway.rules.words import Standing

CREDIT = 2_700_000
amounts = st.integers(0, 200 * CREDIT)


@given(amounts, st.integers(1, 10_000_000))
def test_credits_are_shown_rounded_down_to_two_places(ms: int, per_credit: int) -> None:
    exact = Decimal(ms) / Decimal(per_credit)
    assert credits.shown(ms, per_credit) == str(exact.quantize(Decimal("0.01"), ROUND_DOWN))


def test_9_999_credits_show_9_99_and_are_unmet() -> None:
    figures = credits.topic_figures(26_997_300, [credits.course_figures(26_997_300, 10 * CREDIT)])
    assert credits.shown(figures.recognised_ms, CREDIT) == "9.99"
    assert figures.standing is Standing.UNMET


@given(amounts, st.integers(1, 5 * CREDIT))
def test_a_course_recognises_the_less_of_learned_and_cap(learned: int, cap: int) -> None:
    figures = credits.course_figures(learned, cap)
    assert figures.learned_ms == learned
    assert figures.recognised_ms == min(learned, cap)
    assert (figures.standing is Standing.MET) == figures.cap_reached == (learned >= cap)


@given(st.lists(st.tuples(amounts, st.integers(1, 5 * CREDIT)), min_size=1, max_size=8), amounts)
def test_overflow_never_moves_to_another_course(courses: list[tuple[int, int]], once: int) -> None:
    figures = credits.topic_figures(once, [credits.course_figures(*course) for course in courses])
    assert figures.learned_ms == once
    assert figures.recognised_ms == sum(min(learned, cap) for learned, cap in courses)
    caps = [Cap(number, cap) for number, (_, cap) in enumerate(courses)]
    learned = {number: course[0] for number, course in enumerate(courses)}
    assert credits.topic_complete(caps, learned) == (figures.standing is Standing.MET)


def test_five_credits_of_two_and_none_of_one_is_not_complete() -> None:
    caps = [Cap(1, 2 * CREDIT), Cap(2, CREDIT)]
    learned = {1: 5 * CREDIT}
    figures = credits.topic_figures(
        5 * CREDIT, [credits.course_figures(learned.get(c.course_id, 0), c.required_ms) for c in caps]
    )
    assert figures == Figures(5 * CREDIT, 2 * CREDIT, 3 * CREDIT)
    assert not credits.topic_complete(caps, learned)
    assert credits.reached(caps, learned) == [1]


def test_a_topic_without_courses_is_never_complete() -> None:
    assert not credits.topic_complete([], {})


def test_courses_are_reached_in_the_order_given() -> None:
    caps = [Cap(7, 1), Cap(3, 1), Cap(5, 2)]
    assert credits.reached(caps, {3: 1, 5: 1, 7: 9}) == [7, 3]
