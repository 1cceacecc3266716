"""The inbox, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.rules.words import NotificationKind


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One notification."""

    id: int
    kind: NotificationKind
    data: Mapping[str, str]
    happened_at: datetime
    read_at: datetime | None


_PAGE = """
SELECT id, kind, data, happened_at, read_at FROM inbox_item
 WHERE person_id = $1 AND ($2::bigint IS NULL OR id < $2)
 ORDER BY id DESC LIMIT $3
"""


async def page(
    connection: asyncpg.Connection, person_id: int, *, first: int, after: int | None
) -> list[InboxItem]:
    """At most `first` items older than `after`. One statement."""
    rows = await connection.fetch(_PAGE, person_id, after, first)
    return [_item(row) for row in rows]


async def one(connection: asyncpg.Connection, person_id: int, item_id: int) -> InboxItem | None:
    """The person's own item, or None: somebody else's is the same as absent."""
    row = await connection.fetchrow(
        "SELECT id, kind, data, happened_at, read_at FROM inbox_item WHERE person_id = $1 AND id = $2",
        person_id,
        item_id,
    )
    return _item(row) if row else None


def _item(row: asyncpg.Record) -> InboxItem:
    return InboxItem(
        row["id"], NotificationKind(row["kind"]), row["data"], row["happened_at"], row["read_at"]
    )
