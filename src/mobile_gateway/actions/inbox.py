"""Marking inbox rows read. What was read stays read; twice is once."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode


async def mark_read(database: Database, *, actor: Actor, item_id: int, now: datetime) -> Refusal | None:
    """Mark one row of the actor's own inbox read. NOT_FOUND for somebody else's, and SESSION_INVALID."""
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        found = await connection.fetchval(
            "UPDATE inbox_item SET read_at = coalesce(read_at, $3) WHERE person_id = $1 AND id = $2 RETURNING 1",
            actor.person_id,
            item_id,
            now,
        )
        return None if found else Refusal(RefusalCode.NOT_FOUND, ("itemId",))
