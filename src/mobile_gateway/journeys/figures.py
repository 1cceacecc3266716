"""The learner's own account of what was watched: the figures that the pages must show (PRODUCT.md §1, §4).

Integer milliseconds of video; written from the product's rules, not from the server's code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def shown(ms: int, ms_per_credit: int) -> str:
    """Milliseconds of video as credits, rounded down to two decimals."""
    whole, rest = divmod(ms, ms_per_credit)
    return f"{whole}.{rest * 100 // ms_per_credit:02d}"


def milliseconds(said: str, ms_per_credit: int) -> int:
    """A decimal string of credits with two places, such as "2.00", as milliseconds of video."""
    whole, _, hundredths = said.partition(".")
    return (int(whole) * 100 + int(hundredths or 0)) * ms_per_credit // 100


@dataclass(frozen=True, slots=True)
class CourseAccount:
    """A course: its cap and its videos, in the outline's order."""

    id: str
    title: str
    cap_ms: int
    videos: tuple[str, ...]


@dataclass
class Account:
    """What a person has watched in full, and what that comes to."""

    ms_per_credit: int
    courses: list[CourseAccount]
    durations: dict[str, int]
    done: set[str] = field(default_factory=set)

    def learned(self, course: CourseAccount) -> int:
        """All of a course's videos that were watched in full; one listed in two courses counts in both."""
        return sum(self.durations[video] for video in set(course.videos) & self.done)

    def recognised(self, course: CourseAccount) -> int:
        """What counts of a course: under its cap."""
        return min(self.learned(course), course.cap_ms)

    def reached(self, course: CourseAccount) -> bool:
        """Whether a course is at its cap."""
        return self.learned(course) >= course.cap_ms

    def topic_learned(self) -> int:
        """Each video once."""
        return sum(self.durations[video] for video in self.done)

    def topic_recognised(self) -> int:
        """The sum over the courses."""
        return sum(self.recognised(course) for course in self.courses)

    def topic_required(self) -> int:
        """The sum of the caps."""
        return sum(course.cap_ms for course in self.courses)

    def course_progress(self, course: CourseAccount) -> dict[str, Any]:
        """A course's figures as its page shows them."""
        notices = ["COURSE_CAP_REACHED"] if self.reached(course) else []
        return self._progress(self.learned(course), self.recognised(course), course.cap_ms, notices)

    def topic_progress(self) -> dict[str, Any]:
        """The topic's figures as its page shows them, without notices."""
        return self._progress(
            self.topic_learned(), self.topic_recognised(), self.topic_required(), notices=None
        )

    def shared(self) -> set[str]:
        """The videos that more than one course lists."""
        every = [video for course in self.courses for video in set(course.videos)]
        return {video for video in every if every.count(video) > 1}

    def to_watch(self, course: CourseAccount) -> list[str]:
        """What to watch of a course, in order, until its cap: shared videos first, then the outline's order."""
        shared, left = self.shared(), []
        sum_ms = self.learned(course)
        for video in sorted(dict.fromkeys(course.videos), key=lambda one: one not in shared):
            if sum_ms >= course.cap_ms:
                break
            if video not in self.done:
                left.append(video)
                sum_ms += self.durations[video]
        return left

    def _progress(
        self, learned: int, recognised: int, required: int, notices: list[str] | None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {
            "learned": shown(learned, self.ms_per_credit),
            "recognised": shown(recognised, self.ms_per_credit),
            "required": shown(required, self.ms_per_credit),
            "learnedMs": learned,
            "recognisedMs": recognised,
            "requiredMs": required,
            "standing": "MET" if recognised >= required else "UNMET",
        }
        return found if notices is None else {**found, "notices": notices}
