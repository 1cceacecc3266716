"""Teaching records that staff act on: whose they are, and holding them (see `locks` for the order)."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from mobile_gateway.rules.verification import Decided, Standing
from mobile_gateway.rules.words import RecordState

SUBJECT = "TeachingRecord"
"""What the audit log calls a record."""

# Read after the locks, with a new snapshot: a merger may have moved the record to another school meanwhile.
_RECORD = """
SELECT r.state, r.version, r.decided_by_id, r.reason, r.school_id, s.county_id, r.is_primary,
       EXISTS (SELECT FROM staff_grant a WHERE a.person_id = r.person_id AND a.role = 'SCHOOL_ADMIN'
                  AND a.school_id = r.school_id AND a.revoked_at IS NULL) AS of_admin
  FROM teaching_record r JOIN school s ON s.id = r.school_id WHERE r.id = $1
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A record whose person and row this transaction holds, and where it stands."""

    standing: Standing
    decided: Decided
    is_primary: bool


async def person_of(connection: asyncpg.Connection, record_id: int) -> int:
    """Whose record it is, which never changes; 0, who is nobody, when there is no such record."""
    found: int | None = await connection.fetchval(
        "SELECT person_id FROM teaching_record WHERE id = $1", record_id
    )
    return found or 0


async def hold(connection: asyncpg.Connection, person_id: int, record_id: int) -> Held | None:
    """Hold a person's records, in the order of their ids, and read one of them; None when there is none."""
    await connection.execute(
        "SELECT FROM teaching_record WHERE person_id = $1 AND (left_at IS NULL OR id = $2) ORDER BY id FOR UPDATE",
        person_id,
        record_id,
    )
    row = await connection.fetchrow(_RECORD, record_id)
    if row is None:
        return None
    return Held(
        Standing(person_id, row["school_id"], row["county_id"], row["of_admin"]),
        Decided(RecordState(row["state"]), row["version"], row["decided_by_id"], row["reason"]),
        row["is_primary"],
    )
