"""What every act on the catalogue shares: who may, one at a time, the audit log, and the revision.

Helpers for a transaction. Held in this order: the actor's person with sign-in and grants, the catalogue's
revision (so that administrators act one after the other, also on what has no row yet), then a topic. A topic is
held FOR UPDATE: whoever enrols or is issued a certificate refers to it, and comes before or after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg

from mobile_gateway.actions import auditing, locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole

Written: TypeAlias = int | tuple[Refusal, ...]
"""The id of what an act wrote, or found as it was wanted already; or every reason why not."""

Read: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any] | Refusal]
"""A rule that reads what was given."""

_TOPIC = """
SELECT id, slug, title, title_en, learning_start, learning_end, certificates_open_at, ms_per_credit, published, version
  FROM topic WHERE id = $1 FOR UPDATE
"""


async def administer(connection: asyncpg.Connection, actor: Actor) -> Refusal | None:
    """Let a platform administrator alone act on the catalogue until the transaction ends.

    Refusals: SESSION_INVALID; NOT_FOUND to who is none.
    """
    grants = await locks.staff(connection, actor)
    if isinstance(grants, Refusal):
        return grants
    if not grants.is_platform:
        return Refusal(RefusalCode.NOT_FOUND)
    await connection.execute("INSERT INTO revision (name) VALUES ('catalogue') ON CONFLICT (name) DO NOTHING")
    await connection.execute("SELECT FROM revision WHERE name = 'catalogue' FOR UPDATE")
    return None


async def begin(
    connection: asyncpg.Connection, actor: Actor, given: Mapping[str, Any], read: Read
) -> dict[str, Any] | Refusal:
    """As `administer`, and the given columns as they are kept. Refusals: also BAD_USER_INPUT."""
    return await administer(connection, actor) or read(given)


async def topic(connection: asyncpg.Connection, topic_id: int) -> asyncpg.Record | None:
    """Hold a topic; None when there is none. Nobody enrols in it meanwhile."""
    return await connection.fetchrow(_TOPIC, topic_id)


async def enrolled(connection: asyncpg.Connection, topic_id: int) -> bool:
    """Whether anyone is enrolled in a topic that is held."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM enrolment WHERE topic_id = $1)", topic_id
    )
    return found


async def changed(
    connection: asyncpg.Connection,
    actor: Actor,
    act: AuditAct,
    subject: tuple[str, int],
    data: Mapping[str, str] | None = None,
) -> None:
    """Tell the audit log, and let the catalogue's revision grow: every process shows the change within 5 s."""
    kind, number = subject
    entry = auditing.Entry(act, StaffRole.PLATFORM_ADMIN, kind, number, data=data or {})
    await auditing.write(connection, actor.person_id, entry)
    await connection.execute(
        "UPDATE revision SET value = value + 1, changed_at = now() WHERE name = 'catalogue'"
    )


async def reorder(connection: asyncpg.Connection, table: str, ids: Sequence[int]) -> None:
    """Give rows of a table the positions of this order, counted from 1. A place is free before it is taken."""
    await connection.execute(
        f"UPDATE {table} SET position = -abs(position) - 1 WHERE id = ANY($1::bigint[])", list(ids)
    )
    await connection.execute(
        f"UPDATE {table} x SET position = n.position"
        " FROM unnest($1::bigint[]) WITH ORDINALITY n(id, position) WHERE x.id = n.id",
        list(ids),
    )
