"""The 2024 topic with its courses and resources, and the pages around it.

Source: `data/topic-2024.toml` (the learner's manual §二, §三), `data/outline.csv` (invented titles and
durations) and `data/home.toml` (invented banners and shelves). Linked by keys, shown in the tuples' order.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from typing import Literal

import msgspec

from mobile_gateway.rules.words import ClientKind, Identity, ResourceKind, Segment, Tab

LinkKind = Literal["TOPIC", "RESOURCE", "URL"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A video with its duration in whole milliseconds, or a document without one."""

    key: str
    kind: ResourceKind
    title: str
    title_en: str
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a course's outline; `resources` are keys of `Catalogue.resources`, in their order."""

    key: str
    title: str
    title_en: str
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """A course; `cap_credits` is both what it requires and the most it can bring, in whole credits."""

    key: str
    title: str
    title_en: str
    cap_credits: int
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """The topic; it can be learned in `[learning_from, learning_until)`, times are aware (+08:00)."""

    key: str
    title: str
    title_en: str
    learning_from: datetime
    learning_until: datetime
    certificates_from: datetime
    seconds_per_credit: int
    required_credits: int
    courses: tuple[Course, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where something leads: the key of a topic or a resource, or an https address."""

    kind: LinkKind
    to: str


@dataclass(frozen=True, slots=True)
class Banner:
    """A banner, shown in `[published_from, published_until)`; empty `identities` or `clients` mean all.

    Empty `identities` mean an anonymous reader too. `image` is a file of `pictures/`, without words.
    """

    key: str
    title: str
    title_en: str
    image: str
    link: Link
    tabs: tuple[Tab, ...]
    order: int
    published_from: datetime
    published_until: datetime | None = None
    identities: tuple[Identity, ...] = ()
    clients: tuple[ClientKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A row of topics and resources in a tab of the resource home; `order` is its place in the tab."""

    key: str
    title: str
    title_en: str
    tab: Tab
    order: int
    items: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class PublicLink:
    """An entrance from the public platform: BASIC leads to the topic, the others to an address elsewhere."""

    segment: Segment
    title: str
    title_en: str
    link: Link


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that the pages show; `resources` are unique by key, in the order of their first listing."""

    topic: Topic
    resources: tuple[Resource, ...]
    banners: tuple[Banner, ...]
    shelves: tuple[Shelf, ...]
    public_links: tuple[PublicLink, ...]


@dataclass(frozen=True, slots=True)
class _Home:
    banners: tuple[Banner, ...]
    shelves: tuple[Shelf, ...]
    public_links: tuple[PublicLink, ...]


def catalogue() -> Catalogue:
    """Answer the topic, its resources, the banners, the shelves and the public links; equal at every call.

    Raises ValueError when a resource's listings differ or a listing names a section that the topic lacks.
    """
    listings = [(row["section"], _resource(row)) for row in csv.DictReader(_text("outline.csv").splitlines())]
    topic = msgspec.toml.decode(_text("topic-2024.toml"), type=Topic)
    home = msgspec.toml.decode(_text("home.toml"), type=_Home)
    return Catalogue(
        topic=_outlined(topic, listings),
        resources=_unique(resource for _, resource in listings),
        banners=home.banners,
        shelves=home.shelves,
        public_links=home.public_links,
    )


def _text(name: str) -> str:
    return files(__package__).joinpath("data", name).read_text("utf-8")


def _resource(row: dict[str, str]) -> Resource:
    plain = {name: row[name] for name in ("key", "kind", "title", "title_en")}
    return msgspec.convert({**plain, "duration_ms": int(row["duration_ms"] or 0) or None}, Resource)


def _unique(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    found: dict[str, Resource] = {}
    for resource in resources:
        if found.setdefault(resource.key, resource) != resource:
            raise ValueError(f"the listings of {resource.key} differ")
    return tuple(found.values())


def _outlined(topic: Topic, listings: list[tuple[str, Resource]]) -> Topic:
    """Put each section's resources into it."""
    by_section: dict[str, list[str]] = {}
    for section, resource in listings:
        by_section.setdefault(section, []).append(resource.key)
    courses = []
    for course in topic.courses:
        sections = (
            replace(section, resources=tuple(by_section.pop(section.key, ()))) for section in course.sections
        )
        courses.append(replace(course, sections=tuple(sections)))
    if by_section:
        raise ValueError(f"the topic has no section {', '.join(by_section)}")
    return replace(topic, courses=tuple(courses))
