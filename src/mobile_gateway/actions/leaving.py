"""How a teaching record ends, and which one is primary after it: shared by who leaves and by who removes a teacher.

Every write about a person's records holds their active records first, all of them and in the order of their
ids. So the owner and an admin who decides or removes wait for each other, whichever record each of them is
about, and neither waits in a circle. Nothing but a school's row is to be locked between person and records.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.rules import teaching
from mobile_gateway.rules.teaching import Record
from mobile_gateway.rules.words import RecordState

_READ = """
SELECT id, school_id, state, is_primary, version, submitted_at FROM teaching_record
 WHERE person_id = $1 AND left_at IS NULL ORDER BY id
"""
_HOLD = _READ + " FOR UPDATE"


async def hold(connection: asyncpg.Connection, person_id: int) -> list[Record]:
    """Hold a person's active records until the transaction ends; answers them by id.

    Read in a second statement, after the wait: what another transaction added meanwhile is among them.
    """
    await connection.execute(_HOLD, person_id)
    return await current(connection, person_id)


async def current(connection: asyncpg.Connection, person_id: int) -> list[Record]:
    """A person's active records by id, as this transaction sees them now."""
    return [
        Record(
            row["id"],
            row["school_id"],
            RecordState(row["state"]),
            row["is_primary"],
            row["version"],
            row["submitted_at"],
        )
        for row in await connection.fetch(_READ, person_id)
    ]


async def leave(
    connection: asyncpg.Connection,
    person_id: int,
    record: Record,
    *,
    reason: str | None = None,
    now: datetime,
) -> RecordState:
    """End an active record, which this transaction holds by `hold`; answers what it became.

    A primary record hands that on, see `promote`. `reason` is an admin's, for who is removed; the decision
    and its time stay as they were. `now` is the domain's clock. What was learned is untouched.
    """
    state = teaching.left_as(record.state)
    await connection.execute(
        "UPDATE teaching_record SET state = $2, is_primary = false, left_at = $3, reason = coalesce($4, reason),"
        " version = version + 1 WHERE id = $1",
        record.id,
        state,
        now,
        reason,
    )
    await promote(connection, person_id)
    return state


async def promote(connection: asyncpg.Connection, person_id: int) -> int | None:
    """Give a person without a primary record one, if any may be it; answers its id.

    Needs the person's records held: `hold`.
    """
    found = teaching.next_primary(await current(connection, person_id))
    if found is None:
        return None
    await connection.execute(
        "UPDATE teaching_record SET is_primary = true, version = version + 1 WHERE id = $1", found.id
    )
    return found.id
