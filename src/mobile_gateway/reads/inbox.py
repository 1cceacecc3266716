"""The inbox, newest first; what a person wants pushed; the devices that pushes reach.

What a newer release wrote, of a kind that this one does not know, is left out until the release is everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.rules import devices as rules
from mobile_gateway.rules.words import NotificationKind, Platform


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One notification."""

    id: int
    kind: NotificationKind
    data: Mapping[str, str]
    happened_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items of an inbox: of these kinds (None: of every kind), and whether the unread ones alone."""

    kinds: frozenset[NotificationKind] | None = None
    unread_only: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device that pushes reach; its token is nobody's to read."""

    id: int
    platform: Platform
    locale: str
    app_version: str | None
    registered_at: datetime
    last_seen_at: datetime


_KINDS = frozenset(NotificationKind)

# One text for unread items, which an index of theirs serves, and one for all.
_PAGES = {
    unread_only: f"""
SELECT id, kind, data, happened_at, read_at FROM inbox_item
 WHERE person_id = $1 AND ($2::bigint IS NULL OR id < $2) AND kind = ANY($4)
   {"AND read_at IS NULL" if unread_only else ""}
 ORDER BY id DESC LIMIT $3
"""
    for unread_only in (True, False)
}


async def page(
    connection: asyncpg.Connection, person_id: int, *, wanted: Wanted, first: int, after: int | None
) -> list[InboxItem]:
    """At most `first` of the wanted items older than `after`. One statement."""
    kinds = sorted(NotificationKind if wanted.kinds is None else wanted.kinds)
    rows = await connection.fetch(_PAGES[wanted.unread_only], person_id, after, first, kinds)
    return [_item(row) for row in rows]


async def one(connection: asyncpg.Connection, person_id: int, item_id: int) -> InboxItem | None:
    """The person's own item, or None: somebody else's is the same as absent."""
    row = await connection.fetchrow(
        "SELECT id, kind, data, happened_at, read_at FROM inbox_item WHERE person_id = $1 AND id = $2",
        person_id,
        item_id,
    )
    return _item(row) if row and row["kind"] in _KINDS else None


async def wishes(connection: asyncpg.Connection, person_id: int) -> dict[NotificationKind, bool]:
    """What the person said about kinds being pushed; a kind that is not in it is. One statement."""
    rows = await connection.fetch(
        "SELECT kind, push FROM notification_preference WHERE person_id = $1", person_id
    )
    return {NotificationKind(row["kind"]): row["push"] for row in rows if row["kind"] in _KINDS}


_DEVICES = """
SELECT id, platform, locale, app_version, registered_at, last_seen_at FROM device
 WHERE person_id = $1 AND state = 'ACTIVE' AND ($2::bigint IS NULL OR id = $2)
 ORDER BY last_seen_at DESC, id DESC LIMIT $3
"""


async def devices(
    connection: asyncpg.Connection, person_id: int, device_id: int | None = None
) -> list[Device]:
    """The person's active devices, or the one of an id; the one seen last is first. One statement."""
    rows = await connection.fetch(_DEVICES, person_id, device_id, rules.MOST)
    return [
        Device(
            row["id"],
            Platform(row["platform"]),
            row["locale"],
            row["app_version"],
            row["registered_at"],
            row["last_seen_at"],
        )
        for row in rows
    ]


def _item(row: asyncpg.Record) -> InboxItem:
    return InboxItem(
        row["id"], NotificationKind(row["kind"]), row["data"], row["happened_at"], row["read_at"]
    )
