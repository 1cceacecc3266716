from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import topics
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.topics import Planned
from mobile_gateway.rules.words import ResourceKind

START = datetime(2024, 7, 20, tzinfo=UTC)
DAY = timedelta(days=1)
COURSES = st.lists(
    st.builds(
        Planned, st.integers(1, 99), st.just("课"), st.just("C"), st.integers(1, 5), st.integers(0, 9000)
    ),
    min_size=1,
    max_size=6,
)


@given(COURSES, st.integers(1, 3000))
def test_a_topic_lacks_exactly_the_courses_whose_videos_are_too_short(
    courses: list[Planned], ms_per_credit: int
) -> None:
    short = [one for one in courses if one.video_ms < one.required_credits * ms_per_credit]
    found = topics.lacking(ms_per_credit, courses)
    assert [one.code for one in found] == [RefusalCode.COURSE_BELOW_CAP] * len(short)
    assert [float(one.data["needs"]) for one in found] == [one.required_credits for one in short]
    assert all(float(one.data["has"]) < float(one.data["needs"]) for one in found)


def test_a_topic_without_courses_lacks_them() -> None:
    assert topics.lacking(1, []) == (Refusal(RefusalCode.TOPIC_WITHOUT_COURSES),)


@pytest.mark.parametrize(
    ("end", "opening", "field"),
    [
        (START + DAY, START, None),
        (START + DAY, START + 9 * DAY, None),
        (START, START, "learningEnd"),
        (START - DAY, START, "learningEnd"),
        (START + DAY, START - timedelta(milliseconds=1), "certificatesOpenAt"),
    ],
)
def test_dates_go_together(end: datetime, opening: datetime, field: str | None) -> None:
    found = topics.dates(START, end, opening)
    assert (found.path if found else None) == ((field,) if field else None)


@given(
    st.sets(st.sampled_from(["title", "learning_end", "certificates_open_at", "ms_per_credit"])),
    st.booleans(),
    st.booleans(),
)
def test_only_promises_are_frozen_and_only_once_made(
    changed: set[str], enrolled: bool, certified: bool
) -> None:
    found = topics.may_change(sorted(changed), enrolled=enrolled, certified=certified)
    credit = enrolled and "ms_per_credit" in changed
    opening = certified and "certificates_open_at" in changed
    assert (found is not None) is (credit or opening)
    if found is not None:
        assert found.code is (RefusalCode.CREDITS_FROZEN if credit else RefusalCode.CERTIFICATES_ISSUED)


@pytest.mark.parametrize(("published", "after"), [(True, -1), (True, 0), (False, -1), (False, 1)])
def test_a_promise_holds_while_published_and_until_learning_ends(published: bool, after: int) -> None:
    now = START + after * timedelta(milliseconds=1)
    found = topics.promised(published=published, learning_end=START, now=now)
    assert found is (published and after < 0)


@pytest.mark.parametrize("kind", ResourceKind)
@given(given=st.sets(st.sampled_from(["slug", "title", "media_url", "duration_ms", "document_url"])))
def test_a_resource_has_what_its_kind_has(kind: ResourceKind, given: set[str]) -> None:
    wanted = {"media_url", "duration_ms"} if kind is ResourceKind.VIDEO else {"document_url"}
    assert (topics.of_kind(kind, given) is None) is (given - {"slug", "title"} == wanted)


def test_a_cap_fits_the_databases_integers() -> None:
    read = topics.topic({"seconds_per_credit": 7200})
    assert isinstance(read, dict)
    assert isinstance(topics.topic({"seconds_per_credit": 7201}), Refusal)
    assert isinstance(topics.course({"required_credits": 201}), Refusal)
    assert read["ms_per_credit"] * 200 < 2**31
