"""Marking inbox rows read. What was read stays read; twice is once."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode


async def mark_read(database: Database, *, person_id: int, item_id: int, now: datetime) -> Refusal | None:
    """Mark one row of the person's own inbox read. NOT_FOUND for somebody else's."""
    async with database.transaction() as connection:
        found = await connection.fetchval(
            "UPDATE inbox_item SET read_at = coalesce(read_at, $3) WHERE person_id = $1 AND id = $2 RETURNING 1",
            person_id,
            item_id,
            now,
        )
        return None if found else Refusal(RefusalCode.NOT_FOUND, ("itemId",))


async def mark_all_read(database: Database, *, person_id: int, up_to: int, now: datetime) -> None:
    """Mark every row up to an id read, so that what arrives meanwhile stays unread."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE inbox_item SET read_at = $3 WHERE person_id = $1 AND id <= $2 AND read_at IS NULL",
            person_id,
            up_to,
            now,
        )
