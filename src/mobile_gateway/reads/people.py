"""The viewer, as the app's own pages show them; and the staff roles that hold now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from mobile_gateway.reads import teaching
from mobile_gateway.reads.teaching import TeachingRecord
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.enrolment import Candidate
from mobile_gateway.rules.words import Gender, Identity, StaffRole


@dataclass(frozen=True, slots=True)
class Grant:
    """A staff role with its scope."""

    role: StaffRole
    school_id: int | None
    school_name: str | None
    county_id: int | None
    county_name: str | None


@dataclass(frozen=True, slots=True)
class Me:
    """A person as they see themselves. `alive` is false for an ended or outdated sign-in."""

    id: int
    alive: bool
    identity: Identity
    name: str | None
    phone: str | None
    email: str | None
    gender: Gender | None
    document_type: DocumentType | None
    document_last4: str | None
    version: int
    unread: int
    grants: tuple[Grant, ...]
    records: tuple[TeachingRecord, ...]

    @property
    def candidate(self) -> Candidate:
        """What decides about enrolling."""
        primary = next((one for one in self.records if one.is_primary), None)
        return Candidate(
            self.identity,
            self.name is not None,
            self.document_type is not None,
            primary.state if primary else None,
            primary.school.stage if primary else None,
        )


_ME = f"""
SELECT p.id, p.identity, p.name, p.phone, p.email, p.gender, p.document_type, p.document_last4, p.version,
       EXISTS (SELECT FROM sign_in g WHERE g.id = $2 AND g.person_id = p.id AND g.ended_at IS NULL
                  AND g.wipe_epoch = p.wipe_epoch) AS alive,
       (SELECT count(*) FROM inbox_item i WHERE i.person_id = p.id AND i.read_at IS NULL) AS unread,
       (SELECT coalesce(array_agg((g.role, g.school_id, s.name, g.county_id, r.name) ORDER BY g.id), '{{}}')
          FROM staff_grant g LEFT JOIN school s ON s.id = g.school_id LEFT JOIN region r ON r.id = g.county_id
         WHERE g.person_id = p.id AND g.revoked_at IS NULL) AS grants,
       (SELECT coalesce(array_agg(x.it ORDER BY x.is_primary DESC, x.id), '{{}}')
          FROM (SELECT t.is_primary, t.id, ROW({teaching.COLUMNS}) AS it FROM {teaching.SOURCE}
                 WHERE t.person_id = p.id AND t.left_at IS NULL) x) AS records
  FROM person p WHERE p.id = $1
"""


async def me(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID) -> Me | None:
    """The person behind a sign-in; None when there is no such person. One statement."""
    row = await connection.fetchrow(_ME, person_id, sign_in_id)
    if row is None:
        return None
    return Me(
        row["id"],
        row["alive"],
        Identity(row["identity"]),
        row["name"],
        row["phone"],
        row["email"],
        Gender(row["gender"]) if row["gender"] else None,
        DocumentType(row["document_type"]) if row["document_type"] else None,
        row["document_last4"],
        row["version"],
        row["unread"],
        tuple(Grant(StaffRole(g[0]), *g[1:]) for g in row["grants"]),
        tuple(teaching.record(one) for one in row["records"]),
    )


@dataclass(frozen=True, slots=True)
class StaffQueue:
    """How many things wait for a member of staff."""

    teachers_to_review: int | None
    tickets_to_handle: int | None
    campaigns_open: int | None


# Who decides what is `rules.verification.may_decide`: the same as `reads.verification` lists as the viewer's.
_QUEUE = """
SELECT (SELECT count(*) FROM teaching_record t JOIN staff_grant g ON g.school_id = t.school_id
         WHERE g.person_id = $1 AND g.role = 'SCHOOL_ADMIN' AND g.revoked_at IS NULL AND t.state = 'PENDING'
           AND t.left_at IS NULL AND t.person_id <> $1
           AND NOT EXISTS (SELECT FROM staff_grant a WHERE a.person_id = t.person_id AND a.school_id = t.school_id
                              AND a.role = 'SCHOOL_ADMIN' AND a.revoked_at IS NULL))
     + (SELECT count(*) FROM teaching_record t JOIN school s ON s.id = t.school_id
          JOIN staff_grant g ON g.county_id = s.county_id
         WHERE g.person_id = $1 AND g.role = 'COUNTY_ADMIN' AND g.revoked_at IS NULL AND t.state = 'PENDING'
           AND t.left_at IS NULL AND t.person_id <> $1 AND s.merged_at IS NULL
           AND EXISTS (SELECT FROM staff_grant a WHERE a.person_id = t.person_id AND a.school_id = t.school_id
                          AND a.role = 'SCHOOL_ADMIN' AND a.revoked_at IS NULL)) AS teachers,
       (SELECT count(*) FROM rebind_ticket k
         WHERE k.closed_at IS NULL AND (k.agent_id IS NULL OR k.agent_id = $1
            OR NOT EXISTS (SELECT FROM staff_grant f WHERE f.person_id = k.agent_id AND f.role = 'SUPPORT_AGENT'
                              AND f.revoked_at IS NULL))) AS tickets,
       (SELECT count(*) FROM campaign c WHERE c.state NOT IN ('SENT', 'CANCELLED')) AS campaigns
"""


REVIEWERS = frozenset({StaffRole.SCHOOL_ADMIN, StaffRole.COUNTY_ADMIN})
"""Who decides verification: school admins their teachers, county admins the school admins of their county."""


async def staff_queue(
    connection: asyncpg.Connection, person_id: int, roles: frozenset[StaffRole]
) -> StaffQueue:
    """The viewer's own queues; None where the role is not theirs. One statement."""
    row = await connection.fetchrow(_QUEUE, person_id)
    return StaffQueue(
        row["teachers"] if roles & REVIEWERS else None,
        row["tickets"] if StaffRole.SUPPORT_AGENT in roles else None,
        row["campaigns"] if StaffRole.PLATFORM_ADMIN in roles else None,
    )
