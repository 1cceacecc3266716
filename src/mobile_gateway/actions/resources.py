"""Videos and documents made, edited, listed in outlines and taken out of them (PRODUCT.md §4, §12).

What was earned by a resource is frozen, whatever happens to its media or its listings. `now` is the domain's clock.

Refusals of all: SESSION_INVALID, BAD_USER_INPUT; NOT_FOUND to who is no platform administrator, and for what there
is not.
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
from mobile_gateway.rules.words import ResourceKind

SUBJECT = "Resource"

_NOT_FOUND = Refusal(RefusalCode.NOT_FOUND, ("resourceId",))

_INSERT = """
INSERT INTO resource (slug, kind, title, title_en, document_url) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""

_UPDATE = """
UPDATE resource SET title = $2, title_en = $3, document_url = $4, version = version + 1 WHERE id = $1
"""

_MEDIA = "INSERT INTO media_version (resource_id, version, duration_ms, url) VALUES ($1, $2, $3, $4)"

_KNOWN = "SELECT EXISTS (SELECT FROM resource WHERE id = $1)"

_NEWEST = (
    "SELECT version, duration_ms, url FROM media_version WHERE resource_id = $1 ORDER BY version DESC LIMIT 1"
)

# Published topics whose learning is not over at $2, each of which must stay possible to earn.
_PROMISED = """
SELECT DISTINCT t.id, t.ms_per_credit FROM topic t JOIN course c ON c.topic_id = t.id
  JOIN section s ON s.course_id = c.id JOIN listing l ON l.section_id = s.id
 WHERE l.resource_id = $1 AND l.removed_at IS NULL AND t.published AND t.learning_end > $2 ORDER BY t.id
"""


async def create(
    database: Database, *, actor: Actor, kind: ResourceKind, given: Mapping[str, Any]
) -> Written:
    """Make a video (`media_url`, `duration_ms`) or a document (`document_url`), listed nowhere; answers its id.

    Refusals: also SLUG_TAKEN, RESOURCE_KIND_MISMATCH.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.resource)
        if isinstance(read, Refusal):
            return (read,)
        refused = topics.of_kind(kind, read.keys())
        if refused is not None:
            return (refused,)
        number: int | None = await connection.fetchval(
            _INSERT, read["slug"], kind, read["title"], read["title_en"], read.get("document_url")
        )
        if number is None:
            return (Refusal(RefusalCode.SLUG_TAKEN, ("slug",)),)
        if kind is ResourceKind.VIDEO:
            await connection.execute(_MEDIA, number, 1, read["duration_ms"], read["media_url"])
        await catalogue_rows.changed(
            connection, actor, AuditAct.RESOURCE_CREATED, (SUBJECT, number), {"kind": kind}
        )
        return number


async def update(
    database: Database, *, actor: Actor, resource_id: int, version: int, given: Mapping[str, Any]
) -> Written:
    """Edit titles, and a document's address, of that version; what changes nothing keeps the version.

    Refusals: also CONFLICT, RESOURCE_KIND_MISMATCH (a video has no document).
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.resource)
        if isinstance(read, Refusal):
            return (read,)
        row = await connection.fetchrow("SELECT * FROM resource WHERE id = $1", resource_id)
        if row is None:
            return (_NOT_FOUND,)
        if row["version"] != version:
            return (Refusal(RefusalCode.CONFLICT, ("version",)),)
        if "document_url" in read and row["kind"] != ResourceKind.DOCUMENT:
            return (Refusal(RefusalCode.RESOURCE_KIND_MISMATCH, ("documentUrl",)),)
        columns = ("title", "title_en", "document_url")
        new = {**row, **read}
        changed = [column for column in columns if new[column] != row[column]]
        if changed:
            await connection.execute(_UPDATE, resource_id, *(new[column] for column in columns))
            data = {"changed": ",".join(map(catalogue.camel, changed))}
            await catalogue_rows.changed(
                connection, actor, AuditAct.RESOURCE_UPDATED, (SUBJECT, resource_id), data
            )
        return resource_id


async def replace_media(
    database: Database,
    *,
    actor: Actor,
    resource_id: int,
    media_version: int,
    given: Mapping[str, Any],
    now: datetime,
) -> Written:
    """Give a video a new version of its media, over the one that was seen. The same media again is no new version.

    New watching is judged on it; what was earned by an older one stays. Refusals: also CONFLICT,
    RESOURCE_KIND_MISMATCH (a document), COURSE_BELOW_CAP (a published course could no longer reach its cap).
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, topics.resource)
        if isinstance(read, Refusal):
            return (read,)
        newest = await connection.fetchrow(_NEWEST, resource_id)
        if newest is None:
            known = await connection.fetchval(_KNOWN, resource_id)
            mismatch = Refusal(RefusalCode.RESOURCE_KIND_MISMATCH, ("resourceId",))
            return (mismatch if known else _NOT_FOUND,)
        held, duration, url = newest
        if (read["duration_ms"], read["media_url"]) == (duration, url):
            return resource_id
        if media_version != held:
            return (Refusal(RefusalCode.CONFLICT, ("mediaVersion",)),)
        durations = {resource_id: read["duration_ms"]}
        if read["duration_ms"] < duration and (
            refusals := await _broken(connection, resource_id, now, durations=durations)
        ):
            return refusals
        await connection.execute(_MEDIA, resource_id, held + 1, read["duration_ms"], read["media_url"])
        data = {"version": str(held + 1), "durationMs": str(read["duration_ms"])}
        await catalogue_rows.changed(connection, actor, AuditAct.MEDIA_REPLACED, (SUBJECT, resource_id), data)
        return resource_id


async def enlist(
    database: Database, *, actor: Actor, section_id: int, resource_id: int, position: int | None
) -> Written:
    """List a resource in a section, by default as its last one; answers the section's id.

    One that is there is moved to the position, if one is given. Refusals: also OUTLINE_FULL.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, {"position": position}, topics.section)
        if isinstance(read, Refusal):
            return (read,)
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM section WHERE id = $1)", section_id):
            return (Refusal(RefusalCode.NOT_FOUND, ("sectionId",)),)
        if not await connection.fetchval(_KNOWN, resource_id):
            return (_NOT_FOUND,)
        rows = await connection.fetch(
            "SELECT id, resource_id FROM listing WHERE section_id = $1 AND removed_at IS NULL ORDER BY position, id",
            section_id,
        )
        before = [row["id"] for row in rows]
        listing = next((row["id"] for row in rows if row["resource_id"] == resource_id), None)
        if listing is None:
            if len(before) >= topics.MOST_LISTINGS:
                return (Refusal(RefusalCode.OUTLINE_FULL, data={"most": str(topics.MOST_LISTINGS)}),)
            listing = await connection.fetchval(
                "INSERT INTO listing (section_id, resource_id, position) VALUES ($1, $2, 0) RETURNING id",
                section_id,
                resource_id,
            )
        elif position is None or catalogue.placed(before, listing, position) == before:
            return section_id
        await catalogue_rows.reorder(connection, "listing", catalogue.placed(before, listing, position))
        data = {"section": str(section_id)}
        await catalogue_rows.changed(
            connection, actor, AuditAct.RESOURCE_LISTED, (SUBJECT, resource_id), data
        )
        return section_id


async def delist(database: Database, *, actor: Actor, listing_id: int, now: datetime) -> Written:
    """Take a resource out of a section; what it earned stays. Answers the section's id. Twice is once.

    Refused with COURSE_BELOW_CAP where a published course could no longer reach its cap: list another video first.
    """
    async with database.transaction() as connection:
        refused = await catalogue_rows.administer(connection, actor)
        if refused is not None:
            return (refused,)
        row = await connection.fetchrow(
            "SELECT section_id, resource_id, removed_at FROM listing WHERE id = $1", listing_id
        )
        if row is None:
            return (Refusal(RefusalCode.NOT_FOUND, ("listingId",)),)
        section_id: int = row["section_id"]
        if row["removed_at"] is not None:
            return section_id
        refusals = await _broken(connection, row["resource_id"], now, without=listing_id)
        if refusals:
            return refusals
        # By the clock that beats are earned by: what was covered before this moment still counts.
        await connection.execute("UPDATE listing SET removed_at = domain_now() WHERE id = $1", listing_id)
        data = {"section": str(section_id)}
        await catalogue_rows.changed(
            connection, actor, AuditAct.RESOURCE_DELISTED, (SUBJECT, row["resource_id"]), data
        )
        return section_id


async def _broken(
    connection: asyncpg.Connection,
    resource_id: int,
    now: datetime,
    *,
    without: int | None = None,
    durations: Mapping[int, int] | None = None,
) -> tuple[Refusal, ...]:
    """The published courses that could no longer be earned."""
    promised = {
        row["id"]: row["ms_per_credit"] for row in await connection.fetch(_PROMISED, resource_id, now)
    }
    courses = await outlines.of_topics(connection, list(promised))
    return tuple(
        refusal
        for topic_id, found in courses.items()
        for refusal in topics.lacking(
            promised[topic_id], [one.planned(without=without, durations=durations) for one in found]
        )
    )
