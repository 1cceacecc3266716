"""Lock, then decide. The lock comes in a statement of its own: what is read after it is read with a new snapshot.

Within that statement only locked rows are read anew after a wait; so the sign-in is locked too, not just looked at.

The order, so that no two wait for each other in a circle: people, in the order of their ids where one transaction
holds two of them (`staff_over`: an admin is a teacher too, and two may act on each other at once); then sign-ins
and grants; then a person's teaching records, in the order of their ids; then what else is written, devices among it.
The teacher's row stands before the teacher's records: leaving, completing a course and being decided on happen one
after the other, so that whichever of them comes last sees what the others did.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.words import Identity, StaffRole


@dataclass(frozen=True, slots=True)
class LockedPerson:
    """A person whose row this transaction holds."""

    identity: Identity
    wipe_epoch: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the person, the wipe epoch and the sign-in that the access token speaks for."""

    person_id: int
    wipe_epoch: int
    sign_in_id: UUID


async def person(connection: asyncpg.Connection, actor: Actor) -> LockedPerson | Refusal:
    """Hold the actor's row until the transaction ends.

    SESSION_INVALID when the person is gone or of another wipe epoch, or the sign-in has ended: an access token
    outlives it by up to ten minutes, and writes nothing in them.
    """
    row = await connection.fetchrow(
        "SELECT p.identity, p.wipe_epoch FROM person p"
        " JOIN sign_in s ON s.id = $2 AND s.person_id = p.id AND s.ended_at IS NULL"
        " WHERE p.id = $1 FOR NO KEY UPDATE OF p FOR SHARE OF s",
        actor.person_id,
        actor.sign_in_id,
    )
    if row is None or row["wipe_epoch"] != actor.wipe_epoch:
        return Refusal(RefusalCode.SESSION_INVALID)
    return LockedPerson(Identity(row["identity"]), row["wipe_epoch"])


async def teacher(connection: asyncpg.Connection, actor: Actor) -> LockedPerson | Refusal:
    """As `person`, and IDENTITY_NOT_TEACHER when the person acts as something else now."""
    locked = await person(connection, actor)
    if isinstance(locked, LockedPerson) and locked.identity is not Identity.TEACHER:
        return Refusal(RefusalCode.IDENTITY_NOT_TEACHER)
    return locked


async def anybody(connection: asyncpg.Connection, person_id: int) -> LockedPerson | None:
    """Hold a person's row for a job, which compares the wipe epoch of its own evidence; None when gone."""
    row = await connection.fetchrow(
        "SELECT identity, wipe_epoch FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id
    )
    return LockedPerson(Identity(row["identity"]), row["wipe_epoch"]) if row else None


async def staff(connection: asyncpg.Connection, actor: Actor) -> Grants | Refusal:
    """As `person`, and the staff roles that hold now; nobody revokes them until the transaction ends.

    Who has none gets empty grants, out of whose scope everything is.
    """
    locked = await person(connection, actor)
    if isinstance(locked, Refusal):
        return locked
    rows = await connection.fetch(
        "SELECT role, school_id, county_id FROM staff_grant WHERE person_id = $1 AND revoked_at IS NULL FOR SHARE",
        actor.person_id,
    )
    roles = {row["role"] for row in rows}
    return Grants(
        frozenset(row["school_id"] for row in rows if row["school_id"] is not None),
        frozenset(row["county_id"] for row in rows if row["county_id"] is not None),
        is_support=StaffRole.SUPPORT_AGENT in roles,
        is_platform=StaffRole.PLATFORM_ADMIN in roles,
    )


async def staff_over(connection: asyncpg.Connection, actor: Actor, person_id: int) -> Grants | Refusal:
    """As `staff`, and hold the row of the person who is acted on, whoever of the two has the smaller id."""
    await connection.execute(
        "SELECT FROM person WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        [actor.person_id, person_id],
    )
    return await staff(connection, actor)
