"""Topics and their outlines: what may be written, what publishing needs, and what is frozen (PRODUCT.md §1, §4, §8).

A course's videos must reach its cap before a topic is published, and as long as it is published and learning is
not over: nobody is promised a certificate that cannot be earned. Once anyone is enrolled, what the certificate
promises (seconds per credit, the courses, what they require) stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from mobile_gateway.rules import catalogue, credits
from mobile_gateway.rules.catalogue import Reader, unfit
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ResourceKind

MOST_COURSES: Final = 50
MOST_SECTIONS: Final = 50
MOST_LISTINGS: Final = 200
"""How many courses a topic, sections a course, and resources a section has at most."""

LONGEST_VIDEO_MS: Final = 86_400_000
SHORTEST_VIDEO_MS: Final = 1000

# 200 credits of two hours each are 1.44e9 ms: a course's cap fits the database's integers.
_MOST_SECONDS, _MOST_CREDITS = 7200, 200


class TopicState(StrEnum):
    """Whether people see a topic."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


TOPIC: Mapping[str, Reader] = MappingProxyType(
    {
        "slug": catalogue.slug(60),
        "title": catalogue.title(100),
        "title_en": catalogue.title(100),
        "learning_start": catalogue.moment,
        "learning_end": catalogue.moment,
        "certificates_open_at": catalogue.moment,
        "seconds_per_credit": catalogue.whole(1, _MOST_SECONDS),
    }
)
COURSE: Mapping[str, Reader] = MappingProxyType(
    {
        "slug": catalogue.slug(60),
        "title": catalogue.title(100),
        "title_en": catalogue.title(100),
        "required_credits": catalogue.whole(1, _MOST_CREDITS),
        "position": catalogue.POSITION,
    }
)
SECTION: Mapping[str, Reader] = MappingProxyType(
    {
        "title": catalogue.title(100),
        "title_en": catalogue.title(160),
        "position": catalogue.POSITION,
    }
)
RESOURCE: Mapping[str, Reader] = MappingProxyType(
    {
        "slug": catalogue.slug(80),
        "title": catalogue.title(120),
        "title_en": catalogue.title(200),
        "duration_ms": catalogue.whole(SHORTEST_VIDEO_MS, LONGEST_VIDEO_MS),
        "media_url": catalogue.address,
        "document_url": catalogue.address,
    }
)
"""How each field of an input is read."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A course as a certificate counts on it: `video_ms` is the sum of its videos, each once."""

    id: int
    title: str
    title_en: str
    required_credits: int
    video_ms: int


def topic(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """A topic's columns as far as they were given; seconds per credit become `ms_per_credit`."""
    found = catalogue.read(given, TOPIC)
    if isinstance(found, dict) and "seconds_per_credit" in found:
        found["ms_per_credit"] = found.pop("seconds_per_credit") * 1000
    return found


def course(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """A course's columns as far as they were given, and its place."""
    return catalogue.read(given, COURSE)


def section(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """A section's columns as far as they were given, and its place."""
    return catalogue.read(given, SECTION)


def resource(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """What was given of a resource and its media."""
    return catalogue.read(given, RESOURCE)


def dates(start: datetime, end: datetime, opening: datetime) -> Refusal | None:
    """Whether a topic's dates go together: learning ends after it starts, certificates open no earlier than that."""
    if end <= start:
        return unfit("learningEnd", "learningStart < learningEnd")
    return unfit("certificatesOpenAt", "learningStart ≤ certificatesOpenAt") if opening < start else None


def lacking(ms_per_credit: int, courses: Sequence[Planned]) -> tuple[Refusal, ...]:
    """What a topic lacks to be earned: courses at all, or videos of a course that do not reach its cap."""
    if not courses:
        return (Refusal(RefusalCode.TOPIC_WITHOUT_COURSES),)
    return tuple(
        Refusal(
            RefusalCode.COURSE_BELOW_CAP,
            (),
            {
                "course": one.title,
                "course_en": one.title_en,
                "has": credits.shown(one.video_ms, ms_per_credit),
                "needs": credits.shown(one.required_credits * ms_per_credit, ms_per_credit),
            },
        )
        for one in courses
        if one.video_ms < one.required_credits * ms_per_credit
    )


def promised(*, published: bool, learning_end: datetime, now: datetime) -> bool:
    """Whether a topic must stay possible to earn: it is published, and learning is not over."""
    return published and now < learning_end


def may_change(changed: Sequence[str], *, enrolled: bool, certified: bool) -> Refusal | None:
    """Whether these columns of a topic may change, now that somebody is enrolled or a certificate was issued."""
    if enrolled and "ms_per_credit" in changed:
        return Refusal(RefusalCode.CREDITS_FROZEN, ("secondsPerCredit",))
    if certified and "certificates_open_at" in changed:
        return Refusal(RefusalCode.CERTIFICATES_ISSUED, ("certificatesOpenAt",))
    return None


_PARTS = {
    ResourceKind.VIDEO: frozenset({"media_url", "duration_ms"}),
    ResourceKind.DOCUMENT: frozenset({"document_url"}),
}


def of_kind(kind: ResourceKind, given: Collection[str]) -> Refusal | None:
    """Whether what was given is what a resource of this kind has: media with a duration, or a document's address."""
    wanted = _PARTS[kind]
    known = frozenset().union(*_PARTS.values())
    wrong = sorted((known & set(given)) ^ wanted)
    return Refusal(RefusalCode.RESOURCE_KIND_MISMATCH, (catalogue.camel(wrong[0]),)) if wrong else None
