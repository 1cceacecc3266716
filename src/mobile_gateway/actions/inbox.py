"""Marking inbox rows read, and what of them is pushed. What was read stays read; twice is once."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway import transactions
from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes, notices
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import NotificationKind

_OWN = "SELECT EXISTS (SELECT FROM inbox_item WHERE person_id = $1 AND id = $2)"

_MARK_ALL = """
UPDATE inbox_item SET read_at = $3 WHERE person_id = $1 AND id <= $2 AND read_at IS NULL RETURNING 1
"""

_UNREAD = "SELECT count(*) FROM inbox_item WHERE person_id = $1 AND read_at IS NULL"

_PREFER = """
INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT notification_preference_key DO UPDATE SET push = excluded.push
"""


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
        if not found:
            return Refusal(RefusalCode.NOT_FOUND, ("itemId",))
        transactions.tell(changes.inbox(actor.person_id))
        return None


async def mark_all_read(database: Database, *, actor: Actor, up_to: int, now: datetime) -> int | Refusal:
    """Mark the rows read that the actor's inbox had when `up_to` was its newest; answers how many are unread still.

    What came after that one stays unread. Weak: a row that was being written while the reader looked may have a
    smaller id and come to light a moment later; it is marked too.
    Refusals: SESSION_INVALID; NOT_FOUND for a row that is not the actor's.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        if not await connection.fetchval(_OWN, actor.person_id, up_to):
            return Refusal(RefusalCode.NOT_FOUND, ("upTo",))
        marked = await connection.fetch(_MARK_ALL, actor.person_id, up_to, now)
        if marked:
            transactions.tell(changes.inbox(actor.person_id))
        unread: int = await connection.fetchval(_UNREAD, actor.person_id)
        return unread


async def prefer(database: Database, *, actor: Actor, kind: NotificationKind, push: bool) -> Refusal | None:
    """Say whether a kind is pushed to the actor's devices from now on; the inbox gets it in any case.

    What waits to be sent already is sent. Refusals: SESSION_INVALID; NOT_FOUND for a kind that only staff are told of.
    """
    async with database.transaction() as connection:
        grants = await locks.staff(connection, actor)
        if isinstance(grants, Refusal):
            return grants
        if kind not in notices.kinds_of(grants):
            return Refusal(RefusalCode.NOT_FOUND, ("kind",))
        await connection.execute(_PREFER, actor.person_id, kind, push)
        transactions.tell(changes.inbox(actor.person_id))
        return None
