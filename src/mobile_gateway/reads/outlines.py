"""Outlines as administrators edit them, of topics published or not: every title, place and version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from mobile_gateway.reads.resources import COLUMNS, JOINS, ManagedResource, resource
from mobile_gateway.rules.topics import Planned
from mobile_gateway.rules.words import ResourceKind

_COURSES = """
SELECT id, topic_id, slug, title, title_en, required_credits, version FROM course
 WHERE topic_id = ANY($1::bigint[]) ORDER BY topic_id, position
"""

_SECTIONS = """
SELECT s.id, s.course_id, s.title, s.title_en, s.version FROM section s JOIN course c ON c.id = s.course_id
 WHERE c.topic_id = ANY($1::bigint[]) ORDER BY s.course_id, s.position
"""

_LISTINGS = f"""
SELECT l.id AS listing_id, l.section_id, {COLUMNS}
  FROM listing l JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
  JOIN resource r ON r.id = l.resource_id{JOINS}
 WHERE c.topic_id = ANY($1::bigint[]) AND l.removed_at IS NULL ORDER BY l.section_id, l.position, l.id
"""


@dataclass(frozen=True, slots=True)
class ManagedListing:
    """A resource where it is listed now."""

    id: int
    resource: ManagedResource


@dataclass(frozen=True, slots=True)
class ManagedSection:
    """A part of an outline."""

    id: int
    course_id: int
    title: str
    title_en: str
    version: int
    listings: Sequence[ManagedListing]


@dataclass(frozen=True, slots=True)
class ManagedCourse:
    """A course with its outline."""

    id: int
    topic_id: int
    slug: str
    title: str
    title_en: str
    required_credits: int
    version: int
    sections: Sequence[ManagedSection] = field(default=())

    def planned(self, *, without: int | None = None, durations: Mapping[int, int] | None = None) -> Planned:
        """The course as a certificate counts on it: without a listing, or with other durations of resources."""
        videos = {
            one.resource.id: one.resource.media.duration_ms
            for section in self.sections
            for one in section.listings
            if one.id != without and one.resource.kind is ResourceKind.VIDEO and one.resource.media
        }
        videos |= {number: ms for number, ms in (durations or {}).items() if number in videos}
        return Planned(self.id, self.title, self.title_en, self.required_credits, sum(videos.values()))


async def of_topics(
    connection: asyncpg.Connection, topic_ids: Sequence[int]
) -> dict[int, list[ManagedCourse]]:
    """The courses of some topics in order, by topic; nothing for a topic without any. Three statements."""
    asked = list(topic_ids)
    listings: dict[int, list[ManagedListing]] = {}
    for row in await connection.fetch(_LISTINGS, asked):
        one = ManagedListing(row["listing_id"], resource(row))
        listings.setdefault(row["section_id"], []).append(one)
    sections: dict[int, list[ManagedSection]] = {}
    for row in await connection.fetch(_SECTIONS, asked):
        part = ManagedSection(
            row["id"],
            row["course_id"],
            row["title"],
            row["title_en"],
            row["version"],
            tuple(listings.get(row["id"], ())),
        )
        sections.setdefault(row["course_id"], []).append(part)
    courses: dict[int, list[ManagedCourse]] = {}
    for row in await connection.fetch(_COURSES, asked):
        course = ManagedCourse(
            row["id"],
            row["topic_id"],
            row["slug"],
            row["title"],
            row["title_en"],
            row["required_credits"],
            row["version"],
            tuple(sections.get(row["id"], ())),
        )
        courses.setdefault(row["topic_id"], []).append(course)
    return courses


async def around_course(connection: asyncpg.Connection, course_id: int) -> list[ManagedCourse]:
    """The courses of the topic that a course is of; none when there is no such course."""
    topic_id = await connection.fetchval("SELECT topic_id FROM course WHERE id = $1", course_id)
    return (await of_topics(connection, [topic_id])).get(topic_id, []) if topic_id else []


async def around_section(connection: asyncpg.Connection, section_id: int) -> list[ManagedCourse]:
    """The courses of the topic that a section is of; none when there is no such section."""
    course_id = await connection.fetchval("SELECT course_id FROM section WHERE id = $1", section_id)
    return await around_course(connection, course_id) if course_id else []
