"""Credits: whole milliseconds of video, shown as a decimal string with two places, rounded down (PRODUCT.md §1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mobile_gateway.rules.words import Standing


def shown(ms: int, ms_per_credit: int) -> str:
    """Milliseconds as credits, rounded down to two places: 9.999 credits is "9.99"."""
    return shown_hundredths(hundredths(ms, ms_per_credit))


def hundredths(ms: int, ms_per_credit: int) -> int:
    """Milliseconds as whole hundredths of a credit, rounded down: what `shown` shows, to be added up."""
    return ms * 100 // ms_per_credit


def shown_hundredths(amount: int) -> str:
    """Hundredths of a credit as people read them, with two places."""
    return f"{amount // 100}.{amount % 100:02d}"


def shown_up(ms: int, ms_per_credit: int) -> str:
    """Milliseconds as credits, rounded up to two places: what is missing is never shown as less than it is."""
    hundredths = -(-ms * 100 // ms_per_credit)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True, slots=True)
class Cap:
    """A course and the milliseconds at which its credits are capped."""

    course_id: int
    required_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Learned, recognised and required, in milliseconds."""

    learned_ms: int
    recognised_ms: int
    required_ms: int

    @property
    def standing(self) -> Standing:
        """MET (blue) once recognised reaches required, UNMET (red) below."""
        return Standing.MET if self.recognised_ms >= self.required_ms else Standing.UNMET

    @property
    def cap_reached(self) -> bool:
        """Whether more watching adds nothing to what is recognised."""
        return self.recognised_ms >= self.required_ms


def course_figures(learned_ms: int, required_ms: int) -> Figures:
    """A course's figures: recognised is `min(learned, cap)`."""
    return Figures(learned_ms, min(learned_ms, required_ms), required_ms)


def topic_figures(learned_once_ms: int, courses: Iterable[Figures]) -> Figures:
    """A topic's figures: recognised is the sum over its courses; a video in two courses is learned once."""
    courses = list(courses)
    return Figures(
        learned_once_ms, sum(c.recognised_ms for c in courses), sum(c.required_ms for c in courses)
    )


def reached(caps: Iterable[Cap], learned: Mapping[int, int]) -> list[int]:
    """The courses at their cap, in the order given; overflow never moves to another course."""
    return [cap.course_id for cap in caps if learned.get(cap.course_id, 0) >= cap.required_ms]


def topic_complete(caps: Iterable[Cap], learned: Mapping[int, int]) -> bool:
    """Whether every course is at its cap. A topic without courses is never complete."""
    caps = list(caps)
    return bool(caps) and len(reached(caps, learned)) == len(caps)
