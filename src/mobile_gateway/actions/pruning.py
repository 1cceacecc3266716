"""Empty courses and sections taken out of a topic: slips of the pen, which nobody has learned in (PRODUCT.md §12).

Where something was listed once, its place is kept as long as anyone may have earned by it: of a topic in which
anyone is enrolled only what never listed anything goes.

Refusals of all: SESSION_INVALID; NOT_FOUND to who is no platform administrator, and for what there is not, or no
longer; OUTLINE_NOT_EMPTY.
"""

from __future__ import annotations

import asyncpg

from mobile_gateway.actions import catalogue_rows
from mobile_gateway.actions.catalogue_rows import Written
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct

SUBJECT = "Topic"

_SECTION = "SELECT s.course_id, c.topic_id FROM section s JOIN course c ON c.id = s.course_id WHERE s.id = $1"

_LISTS = "SELECT EXISTS (SELECT FROM listing WHERE section_id = $1 AND ($2 OR removed_at IS NULL))"


async def remove_course(database: Database, *, actor: Actor, course_id: int) -> Written:
    """Take a course without sections out of a topic; answers the topic's id.

    Refusals: also CREDITS_FROZEN once anyone is enrolled.
    """
    async with database.transaction() as connection:
        refused = await catalogue_rows.administer(connection, actor)
        if refused is not None:
            return (refused,)
        topic_id: int | None = await connection.fetchval(
            "SELECT topic_id FROM course WHERE id = $1", course_id
        )
        if topic_id is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("courseId",)),)
        await catalogue_rows.topic(connection, topic_id)
        if await catalogue_rows.enrolled(connection, topic_id):
            return (Refusal(RefusalCode.CREDITS_FROZEN, ("courseId",)),)
        if await connection.fetchval("SELECT EXISTS (SELECT FROM section WHERE course_id = $1)", course_id):
            return (Refusal(RefusalCode.OUTLINE_NOT_EMPTY, ("courseId",)),)
        await connection.execute("DELETE FROM course WHERE id = $1", course_id)
        await _told(connection, actor, AuditAct.COURSE_REMOVED, topic_id, "course", course_id)
        return topic_id


async def remove_section(database: Database, *, actor: Actor, section_id: int) -> Written:
    """Take a section that lists nothing out of its course; answers the course's id."""
    async with database.transaction() as connection:
        refused = await catalogue_rows.administer(connection, actor)
        if refused is not None:
            return (refused,)
        row = await connection.fetchrow(_SECTION, section_id)
        if row is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("sectionId",)),)
        topic_id: int = row["topic_id"]
        await catalogue_rows.topic(connection, topic_id)
        enrolled = await catalogue_rows.enrolled(connection, topic_id)
        if await connection.fetchval(_LISTS, section_id, enrolled):
            return (Refusal(RefusalCode.OUTLINE_NOT_EMPTY, ("sectionId",)),)
        await connection.execute("DELETE FROM listing WHERE section_id = $1", section_id)
        await connection.execute("DELETE FROM section WHERE id = $1", section_id)
        await _told(connection, actor, AuditAct.SECTION_REMOVED, topic_id, "section", section_id)
        course_id: int = row["course_id"]
        return course_id


async def _told(
    connection: asyncpg.Connection, actor: Actor, act: AuditAct, topic_id: int, what: str, number: int
) -> None:
    """What is gone can be looked up no more: the log is about its topic."""
    await catalogue_rows.changed(connection, actor, act, (SUBJECT, topic_id), {what: str(number)})
