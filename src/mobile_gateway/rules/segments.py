"""Whom a campaign reaches: parts that all hold, each typed; no part at all is everybody (PRODUCT.md §11).

A person's school is that of the primary teaching record, whatever its verification; a student's is the one they
registered with. Regions, schools and stages speak of that school. `reads.audience` compiles a segment to SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from mobile_gateway.rules.catalogue import unfit
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import Identity, SchoolStage

MOST_PLACES: Final = 500
"""How many regions or schools a segment names at most."""

LARGEST_REGION: Final = 2**31 - 1
LARGEST_SCHOOL: Final = 2**63 - 1
LONGEST_DAYS: Final = 3650
_CREDITS = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?")
W = TypeVar("W", bound=StrEnum)


class TopicProgress(StrEnum):
    """How far a person is in a topic, as segments ask."""

    NOT_ENROLLED = "NOT_ENROLLED"
    ENROLLED = "ENROLLED"
    COURSE_MISSING = "COURSE_MISSING"
    CREDITS_BETWEEN = "CREDITS_BETWEEN"
    COMPLETE = "COMPLETE"
    CERTIFICATE_UNCLAIMED = "CERTIFICATE_UNCLAIMED"


@dataclass(frozen=True, slots=True)
class TopicPart:
    """How far in which topic. `course_id` narrows COURSE_MISSING to one course.

    CREDITS_BETWEEN compares what is recognised as people see it, in hundredths, both ends included.
    """

    topic_id: int
    progress: TopicProgress
    course_id: int | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Seen within so many days, or not (who was never seen was not)."""

    days: int
    within: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """Parts that all hold; an empty one holds for everybody."""

    identities: tuple[Identity, ...] = ()
    regions: tuple[int, ...] = ()
    stages: tuple[SchoolStage, ...] = ()
    schools: tuple[int, ...] = ()
    topic: TopicPart | None = None
    last_seen: LastSeen | None = None

    def kept(self) -> dict[str, Any]:
        """As the campaign's row keeps it."""
        found: dict[str, Any] = {
            "identities": [word.value for word in self.identities],
            "regions": list(self.regions),
            "stages": [word.value for word in self.stages],
            "schools": list(self.schools),
        }
        if self.topic is not None:
            part = self.topic
            found["topic"] = {
                "topic": part.topic_id,
                "progress": part.progress.value,
                "course": part.course_id,
                "least": part.least,
                "most": part.most,
            }
        if self.last_seen is not None:
            found["last_seen"] = {"days": self.last_seen.days, "within": self.last_seen.within}
        return {key: value for key, value in found.items() if value}


def of(kept: Mapping[str, Any]) -> Segment:
    """The segment that a row keeps."""
    part, seen = kept.get("topic"), kept.get("last_seen")
    return Segment(
        tuple(Identity(word) for word in kept.get("identities", ())),
        tuple(kept.get("regions", ())),
        tuple(SchoolStage(word) for word in kept.get("stages", ())),
        tuple(kept.get("schools", ())),
        TopicPart(part["topic"], TopicProgress(part["progress"]), part["course"], part["least"], part["most"])
        if part
        else None,
        LastSeen(seen["days"], seen["within"]) if seen else None,
    )


def identities(given: Sequence[Identity]) -> tuple[Identity, ...]:
    """Each once, in the set's order; all of them are none, which asks for nothing: everybody has one."""
    return () if len(set(given)) == len(Identity) else each(Identity, given)


def each(words: type[W], given: Sequence[W]) -> tuple[W, ...]:
    """Each word once, in the set's order."""
    return tuple(word for word in words if word in given)


def places(
    given: Sequence[int | None], field: str, largest: int = LARGEST_SCHOOL
) -> tuple[int, ...] | Refusal:
    """Regions or schools, each once; None stands for an id of something else, `largest` is what a column holds."""
    for place, number in enumerate(given):
        if number is None or number > largest:
            return unfit(field, f"{field}[{place}]: id")
    if len(given) > MOST_PLACES:
        return unfit(field, f"{field}: ≤ {MOST_PLACES}")
    return tuple(sorted({number for number in given if number is not None}))


def topic(
    topic_id: int | None,
    progress: TopicProgress,
    *,
    course_id: int | None,
    least: str | None,
    most: str | None,
) -> TopicPart | Refusal:
    """A topic's part as it was given; credits are decimal strings with two places at most."""
    if topic_id is None:
        return unfit("segment.topic.topicId", "topicId")
    if course_id is not None and progress is not TopicProgress.COURSE_MISSING:
        return unfit("segment.topic.courseId", "courseId: COURSE_MISSING")
    if (progress is TopicProgress.CREDITS_BETWEEN) is (least is None and most is None):
        return unfit("segment.topic.creditsFrom", "creditsFrom, creditsTo: CREDITS_BETWEEN")
    read = [_hundredths(text) for text in (least, most)]
    if -1 in read:
        return unfit("segment.topic.creditsFrom", "creditsFrom, creditsTo: 0.00–999.99")
    if read[0] is not None and read[1] is not None and read[0] > read[1]:
        return unfit("segment.topic.creditsTo", "creditsFrom ≤ creditsTo")
    return TopicPart(topic_id, progress, course_id, *read)


def last_seen(days: int, *, within: bool) -> LastSeen | Refusal:
    """A number of days."""
    if not 1 <= days <= LONGEST_DAYS:
        return unfit("segment.lastSeen.days", f"days: 1–{LONGEST_DAYS}")
    return LastSeen(days, within)


def _hundredths(text: str | None) -> int | None:
    if text is None:
        return None
    found = _CREDITS.fullmatch(text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1
