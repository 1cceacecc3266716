"""Where an account stands with its phone."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from mobile_gateway.rules.phone_change import Standing

_STANDING = """
SELECT p.phone, c.old_phone, c.old_proven_at
  FROM person p LEFT JOIN phone_change c ON c.person_id = p.id AND c.done_at IS NULL AND c.proven_in = $2
 WHERE p.id = $1
"""

_ALIVE = """
SELECT EXISTS (SELECT FROM sign_in s JOIN person p ON p.id = s.person_id
                WHERE s.id = $2 AND p.id = $1 AND s.ended_at IS NULL AND s.wipe_epoch = p.wipe_epoch)
"""


async def standing(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID) -> Standing:
    """The account's phone, and the proof of the old one that this sign-in gave and has not used. One statement."""
    row = await connection.fetchrow(_STANDING, person_id, sign_in_id)
    if row is None:
        return Standing(None, None, None)
    return Standing(row["phone"], row["old_phone"], row["old_proven_at"])


async def of_sign_in(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID) -> Standing | None:
    """As `standing`, for who acts by a sign-in; None when that has ended. Two statements."""
    if not await connection.fetchval(_ALIVE, person_id, sign_in_id):
        return None
    return await standing(connection, person_id, sign_in_id)
