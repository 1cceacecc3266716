"""The audit log: each act of staff, and each view of full personal data, in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `role` is the role acted in, None for a person's own data; the scope is where it is read again.

    `data` holds words and ids, never a name, a phone or a document's number.
    """

    act: AuditAct
    role: StaffRole | None
    subject_kind: str
    subject_id: int
    school_id: int | None = None
    county_id: int | None = None
    reason: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)


async def write(connection: asyncpg.Connection, actor_id: int, entry: Entry) -> None:
    """Append one entry; its time is the database's real clock."""
    await connection.execute(
        "INSERT INTO audit_entry (actor_id, role, act, subject_kind, subject_id, school_id, county_id, reason, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        actor_id,
        entry.role,
        entry.act,
        entry.subject_kind,
        entry.subject_id,
        entry.school_id,
        entry.county_id,
        entry.reason,
        dict(entry.data),
    )
