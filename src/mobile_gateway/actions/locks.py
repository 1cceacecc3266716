"""Lock, then decide. The lock comes in a statement of its own: what is read after it is read with a new snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Identity


@dataclass(frozen=True, slots=True)
class LockedPerson:
    """A person whose row this transaction holds."""

    identity: Identity
    wipe_epoch: int


async def person(
    connection: asyncpg.Connection, person_id: int, wipe_epoch: int | None
) -> LockedPerson | Refusal:
    """Hold the person's row until the transaction ends. SESSION_INVALID when gone or of another wipe epoch.

    A job that judges stored evidence gives no epoch: it compares the evidence's own.
    """
    row = await connection.fetchrow(
        "SELECT identity, wipe_epoch FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id
    )
    if row is None or wipe_epoch not in {None, row["wipe_epoch"]}:
        return Refusal(RefusalCode.SESSION_INVALID)
    return LockedPerson(Identity(row["identity"]), row["wipe_epoch"])


async def teacher(connection: asyncpg.Connection, person_id: int, wipe_epoch: int) -> LockedPerson | Refusal:
    """As `person`, and IDENTITY_NOT_TEACHER when the person acts as something else now."""
    locked = await person(connection, person_id, wipe_epoch)
    if isinstance(locked, LockedPerson) and locked.identity is not Identity.TEACHER:
        return Refusal(RefusalCode.IDENTITY_NOT_TEACHER)
    return locked
