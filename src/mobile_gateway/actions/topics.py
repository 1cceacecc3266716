"""Topics made, edited, published and unpublished by the platform's administrators (PRODUCT.md §1, §8, §12).

`now` is the domain's clock. Refusals of all: SESSION_INVALID; NOT_FOUND to who is no platform administrator, and
for a topic that there is not.
"""

from __future__ import annotations

from collections.abc import Mapping
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

SUBJECT = "Topic"

_NOT_FOUND = Refusal(RefusalCode.NOT_FOUND, ("topicId",))
_COLUMNS = ("title", "title_en", "learning_start", "learning_end", "certificates_open_at", "ms_per_credit")

_INSERT = f"""
INSERT INTO topic (slug, {", ".join(_COLUMNS)}, published) VALUES ($1, $2, $3, $4, $5, $6, $7, false)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""

_UPDATE = f"""
UPDATE topic SET ({", ".join(_COLUMNS)}) = ($2, $3, $4, $5, $6, $7), version = version + 1 WHERE id = $1
"""

_PUBLISH = "UPDATE topic SET published = $2, version = version + 1 WHERE id = $1"


async def create(database: Database, *, actor: Actor, given: Mapping[str, Any]) -> Written:
    """Make a topic that nobody sees until it is published; answers its id. Refusals: BAD_USER_INPUT, SLUG_TAKEN."""
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.topic)
        if isinstance(read, Refusal):
            return (read,)
        refused = _dates(read)
        if refused is not None:
            return (refused,)
        number: int | None = await connection.fetchval(
            _INSERT, read["slug"], *(read[column] for column in _COLUMNS)
        )
        if number is None:
            return (Refusal(RefusalCode.SLUG_TAKEN, ("slug",)),)
        await catalogue_rows.changed(connection, actor, AuditAct.TOPIC_CREATED, (SUBJECT, number))
        return number


async def update(
    database: Database,
    *,
    actor: Actor,
    topic_id: int,
    version: int,
    given: Mapping[str, Any],
    now: datetime,
) -> Written:
    """Edit a topic of that version; what changes nothing keeps the version.

    Dates may move at any time, and what was earned stays earned; the certificates' opening only until the first one
    was issued. Seconds per credit are frozen once anyone is enrolled, and a published topic must stay possible to
    earn. Refusals: BAD_USER_INPUT, CONFLICT, CREDITS_FROZEN, CERTIFICATES_ISSUED, COURSE_BELOW_CAP.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.topic)
        if isinstance(read, Refusal):
            return (read,)
        held = await catalogue_rows.topic(connection, topic_id)
        if held is None:
            return (_NOT_FOUND,)
        if held["version"] != version:
            return (Refusal(RefusalCode.CONFLICT, ("version",)),)
        new = {**held, **read}
        changed = [column for column in _COLUMNS if new[column] != held[column]]
        if not changed:
            return topic_id
        refusals = await _refused(connection, changed, new, now)
        if refusals:
            return refusals
        await connection.execute(_UPDATE, topic_id, *(new[column] for column in _COLUMNS))
        data = {"changed": ",".join(catalogue.camel(column) for column in changed)}
        if "ms_per_credit" in changed:
            data |= {"from": str(held["ms_per_credit"]), "to": str(new["ms_per_credit"])}
        await catalogue_rows.changed(connection, actor, AuditAct.TOPIC_UPDATED, (SUBJECT, topic_id), data)
        return topic_id


async def _refused(
    connection: asyncpg.Connection, changed: list[str], new: Mapping[str, Any], now: datetime
) -> tuple[Refusal, ...]:
    refused = _dates(new) or topics.may_change(
        changed,
        enrolled=await catalogue_rows.enrolled(connection, new["id"]),
        certified=await connection.fetchval(
            "SELECT EXISTS (SELECT FROM certificate WHERE topic_id = $1)", new["id"]
        ),
    )
    if refused is not None:
        return (refused,)
    if topics.promised(published=new["published"], learning_end=new["learning_end"], now=now):
        return await _lacking(connection, new["id"], new["ms_per_credit"])
    return ()


def _dates(row: Mapping[str, Any]) -> Refusal | None:
    return topics.dates(row["learning_start"], row["learning_end"], row["certificates_open_at"])


async def _lacking(connection: asyncpg.Connection, topic_id: int, ms_per_credit: int) -> tuple[Refusal, ...]:
    courses = (await outlines.of_topics(connection, [topic_id])).get(topic_id, [])
    return topics.lacking(ms_per_credit, [one.planned() for one in courses])


async def publish(database: Database, *, actor: Actor, topic_id: int) -> Written:
    """Show a topic to everybody. Twice is once.

    Refusals: TOPIC_WITHOUT_COURSES; COURSE_BELOW_CAP for each course whose videos cannot reach what it requires.
    """
    async with database.transaction() as connection:
        held = await _hold(connection, actor, topic_id)
        if isinstance(held, Refusal):
            return (held,)
        if held["published"]:
            return topic_id
        refusals = await _lacking(connection, topic_id, held["ms_per_credit"])
        if refusals:
            return refusals
        await connection.execute(_PUBLISH, topic_id, True)  # noqa: FBT003 - a column's value
        await catalogue_rows.changed(connection, actor, AuditAct.TOPIC_PUBLISHED, (SUBJECT, topic_id))
        return topic_id


async def unpublish(database: Database, *, actor: Actor, topic_id: int) -> Written:
    """Hide a topic again, with the banners that lead to it. Twice is once.

    Refused with TOPIC_HAS_ENROLMENTS once anyone is enrolled: learners would lose sight of what they earned, and of
    the certificate that they were promised. Such a topic is closed by the end of its learning window.
    """
    async with database.transaction() as connection:
        held = await _hold(connection, actor, topic_id)
        if isinstance(held, Refusal):
            return (held,)
        if not held["published"]:
            return topic_id
        if await catalogue_rows.enrolled(connection, topic_id):
            return (Refusal(RefusalCode.TOPIC_HAS_ENROLMENTS, ("topicId",)),)
        await connection.execute(_PUBLISH, topic_id, False)  # noqa: FBT003 - a column's value
        await catalogue_rows.changed(connection, actor, AuditAct.TOPIC_UNPUBLISHED, (SUBJECT, topic_id))
        return topic_id


async def _hold(connection: asyncpg.Connection, actor: Actor, topic_id: int) -> asyncpg.Record | Refusal:
    refused = await catalogue_rows.administer(connection, actor)
    if refused is not None:
        return refused
    return await catalogue_rows.topic(connection, topic_id) or _NOT_FOUND
