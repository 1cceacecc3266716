from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.journeys.figures import Account, CourseAccount, milliseconds, shown

CREDIT = 2_700_000


def account(**done: bool) -> Account:
    durations = {"a": 2_000_000, "b": 1_000_000, "both": 900_000}
    courses = [
        CourseAccount("1", "one", CREDIT, ("a", "b", "both")),
        CourseAccount("2", "two", CREDIT, ("both", "both")),
    ]
    return Account(CREDIT, courses, durations, {name for name, is_done in done.items() if is_done})


def test_credits_are_rounded_down_to_two_places() -> None:
    assert shown(9_999 * CREDIT // 1000, CREDIT) == "9.99"
    assert shown(CREDIT - 1, CREDIT) == "0.99"
    assert shown(10 * CREDIT, CREDIT) == "10.00"
    assert shown(CREDIT // 100, CREDIT) == "0.01"


@given(st.integers(0, 5_000))
def test_a_shown_figure_reads_back(hundredths: int) -> None:
    ms = hundredths * CREDIT // 100
    assert milliseconds(shown(ms, CREDIT), CREDIT) == ms


def test_a_shared_video_counts_in_both_courses_and_once_in_the_topic() -> None:
    watched = account(both=True)
    assert [watched.learned(course) for course in watched.courses] == [900_000, 900_000]
    assert watched.topic_learned() == 900_000
    assert watched.topic_recognised() == 1_800_000
    assert watched.shared() == {"both"}


def test_recognised_stops_at_the_cap_and_learned_goes_on() -> None:
    watched = account(a=True, b=True)
    first = watched.course_progress(watched.courses[0])
    assert (first["learnedMs"], first["recognisedMs"]) == (3_000_000, CREDIT)
    assert (first["learned"], first["recognised"]) == ("1.11", "1.00")
    assert (first["standing"], first["notices"]) == ("MET", ["COURSE_CAP_REACHED"])
    assert watched.topic_progress()["standing"] == "UNMET"


def test_a_course_is_watched_until_its_cap_shared_videos_first() -> None:
    watched = account()
    assert watched.to_watch(watched.courses[0]) == ["both", "a"]
    watched.done = {"both", "a"}
    assert watched.to_watch(watched.courses[0]) == []
