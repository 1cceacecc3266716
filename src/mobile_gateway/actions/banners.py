"""Banners made, edited, moved and withdrawn by the platform's administrators (PRODUCT.md §2, §12).

A banner's place is counted from 1 among the banners of its tab that are not past; each act that changes who stands
there gives the tab its numbers anew. A banner may lead to a topic that is not published yet: it shows once that is.
`now` is the domain's clock, by which banners show.

Refusals of all: SESSION_INVALID; NOT_FOUND to who is no platform administrator, and for a banner that there is not.
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
from mobile_gateway.rules import banners, catalogue
from mobile_gateway.rules.banners import BannerState, BannerTarget
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct

SUBJECT = "Banner"

_NOT_FOUND = Refusal(RefusalCode.NOT_FOUND, ("bannerId",))
_COLUMNS = (
    "tab",
    "title",
    "title_en",
    "image_url",
    "target",
    "topic_id",
    "url",
    "publish_start",
    "publish_end",
    "identities",
    "client_kinds",
)

_INSERT = f"""
INSERT INTO banner ({", ".join(_COLUMNS)}, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
RETURNING id
"""

_UPDATE = f"""
UPDATE banner SET ({", ".join(_COLUMNS)}) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12), version = version + 1
 WHERE id = $1
"""

_TAB = """
SELECT id FROM banner WHERE tab = $1 AND withdrawn_at IS NULL AND publish_end > $2 ORDER BY position, id
"""


async def create(
    database: Database, *, actor: Actor, given: Mapping[str, Any], topic_id: int | None, now: datetime
) -> Written:
    """Add a banner at a place of its tab, by default the last one; answers its id.

    Refusals: BAD_USER_INPUT; NOT_FOUND for a topic that there is not.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, banners.banner)
        if isinstance(read, Refusal):
            return (read,)
        refused = await _whole(connection, {**read, "topic_id": topic_id, "url": read.get("url")})
        if refused is not None:
            return (refused,)
        row = _row(read, topic_id, read.get("url"))
        number: int = await connection.fetchval(_INSERT, *(row[column] for column in _COLUMNS))
        await _place(connection, read["tab"], number, read.get("position"), now)
        await catalogue_rows.changed(
            connection, actor, AuditAct.BANNER_CREATED, (SUBJECT, number), {"tab": read["tab"]}
        )
        return number


async def update(
    database: Database,
    *,
    actor: Actor,
    banner_id: int,
    version: int,
    given: Mapping[str, Any],
    topic_id: int | None,
    now: datetime,
) -> Written:
    """Edit a banner of that version; what changes nothing keeps the version. A new target replaces the other kind.

    In another tab, and when it is no longer past, it stands last. Refusals: BAD_USER_INPUT, CONFLICT, BANNER_ENDED
    (withdrawn); NOT_FOUND for a topic that there is not.
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, given, banners.banner)
        if isinstance(read, Refusal):
            return (read,)
        held = await _hold(connection, banner_id, version)
        if isinstance(held, Refusal):
            return (held,)
        if topic_id is not None and "url" in read:
            return (catalogue.unfit("url", "topicId / url"),)
        leads = topic_id is not None or "url" in read
        url = read.get("url") if leads else held["url"]
        row = _row({**held, **read}, topic_id if leads else held["topic_id"], url)
        refused = await _whole(connection, row)
        if refused is not None:
            return (refused,)
        changed = [column for column in _COLUMNS if row[column] != held[column]]
        if changed:
            await connection.execute(_UPDATE, banner_id, *(row[column] for column in _COLUMNS))
            if row["tab"] != held["tab"] or held["publish_end"] <= now < row["publish_end"]:
                await _place(connection, row["tab"], banner_id, None, now)
            data = {"changed": ",".join(catalogue.camel(column) for column in changed)}
            await catalogue_rows.changed(
                connection, actor, AuditAct.BANNER_UPDATED, (SUBJECT, banner_id), data
            )
        return banner_id


async def move(
    database: Database, *, actor: Actor, banner_id: int, version: int, position: int, now: datetime
) -> Written:
    """Move a banner of that version to a place of its tab; beyond the end is the end. Where it stands is no move.

    Refusals: BAD_USER_INPUT, CONFLICT, BANNER_ENDED (it is past and has no place).
    """
    async with database.transaction() as connection:
        read = await catalogue_rows.begin(connection, actor, {"position": position}, banners.banner)
        if isinstance(read, Refusal):
            return (read,)
        held = await _hold(connection, banner_id, version)
        if isinstance(held, Refusal):
            return (held,)
        if held["publish_end"] <= now:
            return (Refusal(RefusalCode.BANNER_ENDED, ("bannerId",)),)
        if await _place(connection, held["tab"], banner_id, position, now):
            await connection.execute("UPDATE banner SET version = version + 1 WHERE id = $1", banner_id)
            data = {"tab": held["tab"], "position": str(position)}
            await catalogue_rows.changed(connection, actor, AuditAct.BANNER_MOVED, (SUBJECT, banner_id), data)
        return banner_id


async def withdraw(database: Database, *, actor: Actor, banner_id: int, now: datetime) -> Written:
    """Take a banner out of the carousel, for good. Twice is once, and one whose time is over is out already.

    It keeps its window, and cannot be edited any more.
    """
    async with database.transaction() as connection:
        refused = await catalogue_rows.administer(connection, actor)
        if refused is not None:
            return (refused,)
        row = await connection.fetchrow(
            "SELECT publish_start, publish_end, withdrawn_at FROM banner WHERE id = $1", banner_id
        )
        if row is None:
            return (_NOT_FOUND,)
        state = banners.state(row["publish_start"], row["publish_end"], row["withdrawn_at"], now)
        if state is not BannerState.PAST:
            await connection.execute(
                "UPDATE banner SET withdrawn_at = $2, version = version + 1 WHERE id = $1", banner_id, now
            )
            await catalogue_rows.changed(connection, actor, AuditAct.BANNER_WITHDRAWN, (SUBJECT, banner_id))
        return banner_id


async def _hold(connection: asyncpg.Connection, banner_id: int, version: int) -> Mapping[str, Any] | Refusal:
    """A banner of that version that was not withdrawn."""
    row = await connection.fetchrow("SELECT * FROM banner WHERE id = $1", banner_id)
    if row is None:
        return _NOT_FOUND
    if row["withdrawn_at"] is not None:
        return Refusal(RefusalCode.BANNER_ENDED, ("bannerId",))
    if row["version"] != version:
        return Refusal(RefusalCode.CONFLICT, ("version",))
    return dict(row)


async def _whole(connection: asyncpg.Connection, row: Mapping[str, Any]) -> Refusal | None:
    """Whether a banner's parts go together, and its topic is there."""
    refused = banners.target(topic=row["topic_id"] is not None, url=row["url"] is not None) or banners.window(
        row["publish_start"], row["publish_end"]
    )
    if refused is not None or row["topic_id"] is None:
        return refused
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM topic WHERE id = $1)", row["topic_id"])
    return None if known else Refusal(RefusalCode.NOT_FOUND, ("topicId",))


def _row(read: Mapping[str, Any], topic_id: int | None, url: str | None) -> dict[str, Any]:
    target = BannerTarget.URL if topic_id is None else BannerTarget.TOPIC
    return {**read, "topic_id": topic_id, "url": url, "target": target}


async def _place(
    connection: asyncpg.Connection, tab: str, banner_id: int, position: int | None, now: datetime
) -> bool:
    """Give a banner its place, and its tab the numbers; whether the order changed."""
    before = [row["id"] for row in await connection.fetch(_TAB, tab, now)]
    if banner_id not in before:
        return False
    after = catalogue.placed(before, banner_id, position)
    await catalogue_rows.reorder(connection, "banner", after)
    return before != after
