"""The audit log, newest first, each reader's own scope of it (PRODUCT.md §12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `data` holds words and ids."""

    id: int
    at: datetime
    act: AuditAct
    role: StaffRole | None
    actor_id: int
    actor_name: str | None
    subject_kind: str
    subject_id: int
    school_id: int | None
    school_name: str | None
    county_name: str | None
    reason: str | None
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose scopes, and which part of them. Acts of a newer version, unknown here, are left out."""

    viewer_id: int
    grants: Grants
    acts: tuple[AuditAct, ...]
    school_id: int | None = None
    entry_id: int | None = None


# One branch for each scope, so that each walks its own index backwards and stops at the page's end.
_PAGE = """
SELECT e.*, p.name AS actor_name, s.name AS school_name, k.name AS county_name
  FROM (SELECT x.* FROM (
          (SELECT * FROM audit_entry WHERE school_id = ANY($2::bigint[]) AND {some} ORDER BY id DESC LIMIT $8)
          UNION (SELECT * FROM audit_entry WHERE county_id = ANY($3::int[]) AND {some} ORDER BY id DESC LIMIT $8)
          UNION (SELECT * FROM audit_entry WHERE school_id IN (SELECT id FROM school WHERE county_id = ANY($3::int[]))
                    AND {some} ORDER BY id DESC LIMIT $8)
          UNION (SELECT * FROM audit_entry WHERE actor_id = $1 AND $4 AND {some} ORDER BY id DESC LIMIT $8)
          UNION (SELECT * FROM audit_entry WHERE $5 AND {some} ORDER BY id DESC LIMIT $8)
        ) x ORDER BY x.id DESC LIMIT $8) e
  JOIN person p ON p.id = e.actor_id LEFT JOIN school s ON s.id = e.school_id LEFT JOIN region k ON k.id = e.county_id
 ORDER BY e.id DESC
""".replace(
    "{some}",
    "act = ANY($6::text[]) AND id < $7"
    " AND ($9::bigint IS NULL OR school_id = $9) AND ($10::bigint IS NULL OR id = $10)",
)

_NEWEST = 2**63 - 1


async def page(
    connection: asyncpg.Connection, asked: Asked, *, first: int, after: int | None
) -> list[AuditEntry]:
    """At most `first` entries of the reader's scopes that are older than `after`. One statement."""
    grants = asked.grants
    rows = await connection.fetch(
        _PAGE,
        asked.viewer_id,
        list(grants.schools),
        list(grants.counties),
        grants.is_support,
        grants.is_platform,
        list(asked.acts),
        _NEWEST if after is None else after,
        first,
        asked.school_id,
        asked.entry_id,
    )
    return [_entry(row) for row in rows]


def _entry(row: asyncpg.Record) -> AuditEntry:
    return AuditEntry(
        row["id"],
        row["at"],
        AuditAct(row["act"]),
        StaffRole(row["role"]) if row["role"] else None,
        row["actor_id"],
        row["actor_name"],
        row["subject_kind"],
        row["subject_id"],
        row["school_id"],
        row["school_name"],
        row["county_name"],
        row["reason"],
        row["data"],
    )
