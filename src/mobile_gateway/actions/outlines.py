"""Courses of a topic and sections of a course, added and edited by the platform's administrators (PRODUCT.md §1, §12).

Once anyone is enrolled in the topic, its courses and what they require stay as they are; titles and places may
change, and sections come and grow, at any time. `now` is the domain's clock.

Refusals of all: SESSION_INVALID, BAD_USER_INPUT; NOT_FOUND to who is no platform administrator, and for what there
is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway.actions import catalogue_rows
from mobile_gateway.actions.catalogue_rows import Written
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.reads import outlines
from mobile_gateway.rules import catalogue, topics
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.topics import Planned

SUBJECT = "Course"

_ADD_COURSE = """
INSERT INTO course (topic_id, slug, title, title_en, required_credits, position)
VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(max(position), 0) + 1 FROM course WHERE topic_id = $1))
ON CONFLICT (topic_id, slug) DO NOTHING RETURNING id
"""

_UPDATE_COURSE = """
UPDATE course SET title = $2, title_en = $3, required_credits = $4, version = version + 1 WHERE id = $1
"""

_ADD_SECTION = """
INSERT INTO section (course_id, title, title_en, position)
VALUES ($1, $2, $3, (SELECT coalesce(max(position), 0) + 1 FROM section WHERE course_id = $1)) RETURNING id
"""

_UPDATE_SECTION = "UPDATE section SET title = $2, title_en = $3, version = version + 1 WHERE id = $1"


async def add_course(
    database: Database, *, actor: Actor, topic_id: int, given: Mapping[str, Any], now: datetime
) -> Written:
    """Add a course to a topic, by default as its last one; answers its id.

    Refusals: also SLUG_TAKEN, OUTLINE_FULL, CREDITS_FROZEN (somebody is enrolled); COURSE_BELOW_CAP while the topic
    is published, since a new course has no videos yet: unpublish it first.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.course)
        if isinstance(read, Refusal):
            return (read,)
        topic = await catalogue_rows.topic(connection, topic_id)
        if topic is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("topicId",)),)
        before = await _ids(connection, "course", "topic_id", topic_id)
        if refusals := await _one_more(connection, topic, read, len(before), now):
            return refusals
        number: int | None = await connection.fetchval(
            _ADD_COURSE, topic_id, read["slug"], read["title"], read["title_en"], read["required_credits"]
        )
        if number is None:
            return (Refusal(RefusalCode.SLUG_TAKEN, ("slug",)),)
        await _place(connection, "course", before, number, read.get("position"))
        data = {"topic": str(topic_id), "requiredCredits": str(read["required_credits"])}
        await catalogue_rows.changed(connection, actor, AuditAct.COURSE_ADDED, (SUBJECT, number), data)
        return number


async def update_course(
    database: Database,
    *,
    actor: Actor,
    course_id: int,
    version: int,
    given: Mapping[str, Any],
    now: datetime,
) -> Written:
    """Edit a course of that version, or move it; what changes nothing keeps the version.

    Refusals: also CONFLICT, CREDITS_FROZEN, COURSE_BELOW_CAP (the topic is published, and the videos do not reach it).
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.course)
        if isinstance(read, Refusal):
            return (read,)
        row = await connection.fetchrow("SELECT * FROM course WHERE id = $1", course_id)
        if row is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("courseId",)),)
        if row["version"] != version:
            return (Refusal(RefusalCode.CONFLICT, ("version",)),)
        new = {**row, **read}
        if new["required_credits"] != row["required_credits"]:
            refusals = await _other_credits(connection, new, now)
            if refusals:
                return refusals
        before = await _ids(connection, "course", "topic_id", row["topic_id"])
        changed = _changed(row, new, ("title", "title_en", "required_credits"), read, before)
        if changed:
            values = (new["title"], new["title_en"], new["required_credits"])
            await connection.execute(_UPDATE_COURSE, course_id, *values)
            if "position" in changed:
                await _place(connection, "course", before, course_id, read["position"])
            data = {"topic": str(row["topic_id"]), "changed": ",".join(map(catalogue.camel, changed))}
            await catalogue_rows.changed(
                connection, actor, AuditAct.COURSE_UPDATED, (SUBJECT, course_id), data
            )
        return course_id


async def add_section(
    database: Database, *, actor: Actor, course_id: int, given: Mapping[str, Any]
) -> Written:
    """Add a section to a course, by default as its last one; answers its id. Refusals: also OUTLINE_FULL."""
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.section)
        if isinstance(read, Refusal):
            return (read,)
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM course WHERE id = $1)", course_id):
            return (Refusal(RefusalCode.NOT_FOUND, ("courseId",)),)
        before = await _ids(connection, "section", "course_id", course_id)
        if len(before) >= topics.MOST_SECTIONS:
            return (_full(topics.MOST_SECTIONS),)
        number: int = await connection.fetchval(_ADD_SECTION, course_id, read["title"], read["title_en"])
        await _place(connection, "section", before, number, read.get("position"))
        data = {"section": str(number)}
        await catalogue_rows.changed(connection, actor, AuditAct.SECTION_ADDED, (SUBJECT, course_id), data)
        return number


async def update_section(
    database: Database, *, actor: Actor, section_id: int, version: int, given: Mapping[str, Any]
) -> Written:
    """Edit a section of that version, or move it within its course. Refusals: also CONFLICT."""
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.section)
        if isinstance(read, Refusal):
            return (read,)
        row = await connection.fetchrow("SELECT * FROM section WHERE id = $1", section_id)
        if row is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("sectionId",)),)
        if row["version"] != version:
            return (Refusal(RefusalCode.CONFLICT, ("version",)),)
        new = {**row, **read}
        before = await _ids(connection, "section", "course_id", row["course_id"])
        changed = _changed(row, new, ("title", "title_en"), read, before)
        if changed:
            await connection.execute(_UPDATE_SECTION, section_id, new["title"], new["title_en"])
            if "position" in changed:
                await _place(connection, "section", before, section_id, read["position"])
            subject = (SUBJECT, row["course_id"])
            data = {"section": str(section_id), "changed": ",".join(map(catalogue.camel, changed))}
            await catalogue_rows.changed(connection, actor, AuditAct.SECTION_UPDATED, subject, data)
        return section_id


async def _one_more(
    connection: asyncpg.Connection,
    topic: Mapping[str, Any],
    read: Mapping[str, Any],
    courses: int,
    now: datetime,
) -> tuple[Refusal, ...]:
    """Why a topic with so many courses may not get this one."""
    if await catalogue_rows.enrolled(connection, topic["id"]):
        return (Refusal(RefusalCode.CREDITS_FROZEN, ("topicId",)),)
    if courses >= topics.MOST_COURSES:
        return (_full(topics.MOST_COURSES),)
    return _broken(topic, [Planned(0, read["title"], read["title_en"], read["required_credits"], 0)], now)


async def _other_credits(
    connection: asyncpg.Connection, new: Mapping[str, Any], now: datetime
) -> tuple[Refusal, ...]:
    """Why a course may not require other credits."""
    topic = await catalogue_rows.topic(connection, new["topic_id"])
    if await catalogue_rows.enrolled(connection, new["topic_id"]):
        return (Refusal(RefusalCode.CREDITS_FROZEN, ("requiredCredits",)),)
    courses = (await outlines.of_topics(connection, [new["topic_id"]]))[new["topic_id"]]
    (video_ms,) = (one.planned().video_ms for one in courses if one.id == new["id"])
    planned = Planned(new["id"], new["title"], new["title_en"], new["required_credits"], video_ms)
    return _broken(topic, [planned], now)


def _broken(
    topic: Mapping[str, Any] | None, courses: Sequence[Planned], now: datetime
) -> tuple[Refusal, ...]:
    """What these courses lack, where their topic must stay possible to earn."""
    if topic is None or not topics.promised(
        published=topic["published"], learning_end=topic["learning_end"], now=now
    ):
        return ()
    return topics.lacking(topic["ms_per_credit"], courses)


def _changed(
    row: Mapping[str, Any],
    new: Mapping[str, Any],
    columns: Sequence[str],
    read: Mapping[str, Any],
    before: Sequence[int],
) -> list[str]:
    changed = [column for column in columns if new[column] != row[column]]
    if "position" in read and catalogue.placed(before, row["id"], read["position"]) != before:
        changed.append("position")
    return changed


def _full(most: int) -> Refusal:
    return Refusal(RefusalCode.OUTLINE_FULL, data={"most": str(most)})


async def _ids(connection: asyncpg.Connection, table: str, parent: str, number: int) -> list[int]:
    rows = await connection.fetch(f"SELECT id FROM {table} WHERE {parent} = $1 ORDER BY position, id", number)
    return [row["id"] for row in rows]


async def _place(
    connection: asyncpg.Connection, table: str, before: Sequence[int], one: int, position: int | None
) -> None:
    await catalogue_rows.reorder(connection, table, catalogue.placed(before, one, position))
