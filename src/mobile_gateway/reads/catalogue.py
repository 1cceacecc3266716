"""The catalogue: topics, outlines, banners and shelves as one immutable snapshot in memory.

A snapshot is read in one transaction and replaced whole; processes follow the `catalogue` revision, so that every
process shows a change within 5 s (docs/operations.md). Pages of anonymous readers need no database at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import asyncpg

from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.enrolment import Window
from mobile_gateway.rules.words import ClientKind, ResourceKind, Segment, Tab

ANONYMOUS = "ANONYMOUS"


@dataclass(frozen=True, slots=True)
class Title:
    """A title in both languages."""

    zh: str
    en: str

    def within(self, locale: str) -> str:
        """The title in `zh-CN` or `en`."""
        return self.en if locale.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Media:
    """The newest version of a video."""

    version_id: int
    duration_ms: int
    url: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A video (with media) or a document (with an address)."""

    id: int
    kind: ResourceKind
    title: Title
    media: Media | None
    document_url: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an outline with its resources, in order."""

    id: int
    title: Title
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Course:
    """A course with its outline."""

    id: int
    topic_id: int
    title: Title
    required_credits: int
    ms_per_credit: int
    sections: tuple[Section, ...]

    @property
    def required_ms(self) -> int:
        """The cap, in milliseconds of video."""
        return self.required_credits * self.ms_per_credit

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource of the outline once, in order."""
        return tuple({r.id: r for section in self.sections for r in section.resources}.values())


@dataclass(frozen=True)
class Topic:
    """A published topic with its courses."""

    id: int
    slug: str
    title: Title
    window: Window
    ms_per_credit: int
    courses: tuple[Course, ...]

    @cached_property
    def caps(self) -> tuple[Cap, ...]:
        """Each course's cap, in order."""
        return tuple(Cap(course.id, course.required_ms) for course in self.courses)

    @property
    def required_ms(self) -> int:
        """What the topic requires: the sum over its courses."""
        return sum(course.required_ms for course in self.courses)

    @cached_property
    def resource_ids(self) -> frozenset[int]:
        """Every resource that the outlines list now."""
        return frozenset(r.id for course in self.courses for r in course.resources)


@dataclass(frozen=True, slots=True)
class Banner:
    """A slide of the carousel."""

    id: int
    tab: Tab
    title: Title
    image_url: str
    topic_id: int | None
    url: str | None
    publish_start: datetime
    publish_end: datetime
    identities: frozenset[str]
    client_kinds: frozenset[str]

    def shows(self, now: datetime, audience: str, client_kind: ClientKind) -> bool:
        """Whether it shows now to an identity (or `ANONYMOUS`) on a client kind; `[start, end)`."""
        return (
            self.publish_start <= now < self.publish_end
            and audience in self.identities
            and client_kind in self.client_kinds
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A titled row of topics and resources."""

    id: int
    tab: Tab
    title: Title
    items: tuple[tuple[int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class PublicLink:
    """Where an entrance of the public platform leads."""

    slug: str
    segment: Segment
    topic_id: int | None
    url: str | None


@dataclass(frozen=True)
class Catalogue:
    """One revision of the catalogue."""

    revision: int
    topics: dict[int, Topic] = field(default_factory=dict)
    resources: dict[int, Resource] = field(default_factory=dict)
    banners: tuple[Banner, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    public_links: dict[tuple[str, Segment], PublicLink] = field(default_factory=dict)

    @cached_property
    def courses(self) -> dict[int, Course]:
        """Every course of every published topic."""
        return {course.id: course for topic in self.topics.values() for course in topic.courses}

    def carousel(self, tab: Tab, now: datetime, audience: str, client_kind: ClientKind) -> Iterator[Banner]:
        """The banners that show, in their order; none that leads to a topic which is not published."""
        return (
            b
            for b in self.banners
            if b.tab is tab
            and b.shows(now, audience, client_kind)
            and (b.topic_id is None or b.topic_id in self.topics)
        )


NOT_READ = Catalogue(revision=-1)
"""What a process has before it read the first one; an empty database's catalogue has revision 0."""

_READS = {
    "topics": "SELECT * FROM topic WHERE published ORDER BY id",
    "courses": "SELECT * FROM course ORDER BY topic_id, position",
    "sections": "SELECT * FROM section ORDER BY course_id, position",
    "listings": "SELECT * FROM listing WHERE removed_at IS NULL ORDER BY section_id, position, id",
    "resources": "SELECT r.*, m.id AS media_id, m.duration_ms, m.url FROM resource r LEFT JOIN LATERAL"
    " (SELECT id, duration_ms, url FROM media_version v WHERE v.resource_id = r.id ORDER BY version DESC LIMIT 1) m"
    " ON true",
    "banners": "SELECT * FROM banner WHERE withdrawn_at IS NULL ORDER BY position, id",
    "shelves": "SELECT * FROM shelf ORDER BY position",
    "items": "SELECT * FROM shelf_item ORDER BY shelf_id, position",
    "links": "SELECT * FROM public_link",
}


async def revision(connection: asyncpg.Connection) -> int:
    """The number that grows with every change of the catalogue; 0 before the first."""
    found: int | None = await connection.fetchval("SELECT value FROM revision WHERE name = 'catalogue'")
    return found or 0


async def read(connection: asyncpg.Connection) -> Catalogue:
    """The whole catalogue as it stands, consistent in itself."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        number = await revision(connection)
        rows = {name: await connection.fetch(sql) for name, sql in _READS.items()}
    resources = {r["id"]: _resource(r) for r in rows["resources"]}
    listed: dict[int, list[Resource]] = {}
    for row in rows["listings"]:
        listed.setdefault(row["section_id"], []).append(resources[row["resource_id"]])
    sections: dict[int, list[Section]] = {}
    for row in rows["sections"]:
        section = Section(row["id"], _title(row), tuple(listed.get(row["id"], ())))
        sections.setdefault(row["course_id"], []).append(section)
    topics = {r["id"]: _topic(r, rows["courses"], sections) for r in rows["topics"]}
    items: dict[int, list[tuple[int | None, int | None]]] = {}
    for row in rows["items"]:
        items.setdefault(row["shelf_id"], []).append((row["topic_id"], row["resource_id"]))
    listed_in_topics = (number for topic in topics.values() for number in topic.resource_ids)
    shown = {*listed_in_topics, *(rid for row in items.values() for _, rid in row if rid is not None)}
    return Catalogue(
        number,
        topics,
        {number: resources[number] for number in shown},
        tuple(_banner(row) for row in rows["banners"]),
        tuple(
            Shelf(r["id"], Tab(r["tab"]), _title(r), tuple(items.get(r["id"], ()))) for r in rows["shelves"]
        ),
        {
            (r["slug"], Segment(r["segment"])): PublicLink(
                r["slug"], Segment(r["segment"]), r["topic_id"], r["url"]
            )
            for r in rows["links"]
        },
    )


def _title(row: Any) -> Title:
    return Title(row["title"], row["title_en"])


def _resource(row: Any) -> Resource:
    media = Media(row["media_id"], row["duration_ms"], row["url"]) if row["media_id"] else None
    return Resource(row["id"], ResourceKind(row["kind"]), _title(row), media, row["document_url"])


def _topic(row: Any, courses: list[Any], sections: dict[int, list[Section]]) -> Topic:
    return Topic(
        row["id"],
        row["slug"],
        _title(row),
        Window(row["learning_start"], row["learning_end"], row["certificates_open_at"]),
        row["ms_per_credit"],
        tuple(
            Course(
                course["id"],
                row["id"],
                _title(course),
                course["required_credits"],
                row["ms_per_credit"],
                tuple(sections.get(course["id"], ())),
            )
            for course in courses
            if course["topic_id"] == row["id"]
        ),
    )


def _banner(row: Any) -> Banner:
    return Banner(
        row["id"],
        Tab(row["tab"]),
        _title(row),
        row["image_url"],
        row["topic_id"],
        row["url"],
        row["publish_start"],
        row["publish_end"],
        frozenset(row["identities"]),
        frozenset(row["client_kinds"]),
    )
