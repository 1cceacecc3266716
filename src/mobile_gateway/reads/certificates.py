"""Certificates as their holders see them, and as anybody who has a serial may check them (PRODUCT.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway.reads import snapshots
from mobile_gateway.rules.certificates import Snapshot
from mobile_gateway.rules.words import CertificateState, CheckOutcome, VoidReason
from mobile_gateway.seals import Keyring


@dataclass(frozen=True, slots=True)
class Certificate:
    """One version, its snapshot in full: what leaves the product is masked."""

    id: int
    topic_id: int
    version: int
    serial: str
    state: CertificateState
    snapshot: Snapshot
    first_issued_at: datetime
    issued_at: datetime
    reissue_due_at: datetime | None
    document_key: str | None
    voided_at: datetime | None
    void_reason: VoidReason | None


# Progress of who is no teacher now is hidden, and certificates with it.
_OF_PERSON = """
SELECT c.* FROM certificate c JOIN person p ON p.id = c.person_id AND p.identity = 'TEACHER'
 WHERE c.person_id = $1 AND ($2::bigint IS NULL OR c.topic_id = $2) AND ($3::bigint IS NULL OR c.id = $3)
   AND ($4::bigint IS NULL OR c.id < $4)
 ORDER BY c.id DESC LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a person's versions: of a topic, one of them, or those before an id."""

    topic_id: int | None = None
    certificate_id: int | None = None
    before: int | None = None


async def of_person(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, asked: Asked, *, first: int
) -> list[Certificate]:
    """At most `first` versions of a person's certificates, newest first; none while not TEACHER. One statement."""
    rows = await connection.fetch(
        _OF_PERSON, person_id, asked.topic_id, asked.certificate_id, asked.before, first
    )
    return [
        Certificate(
            row["id"],
            row["topic_id"],
            row["version"],
            row["serial"],
            CertificateState(row["state"]),
            snapshots.unseal(keyring, row["snapshot_sealed"], row["serial"]),
            row["first_issued_at"],
            row["issued_at"],
            row["reissue_due_at"],
            row["document_key"],
            row["voided_at"],
            VoidReason(row["void_reason"]) if row["void_reason"] else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of a serial: no personal data but a masked name."""

    outcome: CheckOutcome
    serial: str
    topic: str
    topic_en: str
    credits_ms: int
    ms_per_credit: int
    issued_at: datetime
    masked_name: str
    voided_at: datetime | None


_CHECK = """
SELECT c.state, c.serial, c.recognised_ms, c.issued_at, c.masked_name, c.voided_at, t.title, t.title_en, t.ms_per_credit
  FROM certificate c JOIN topic t ON t.id = c.topic_id WHERE c.serial = $1
"""

_OUTCOMES = {
    CertificateState.ISSUED: CheckOutcome.VALID,
    CertificateState.REISSUE_PENDING: CheckOutcome.UPDATING,
    CertificateState.VOID: CheckOutcome.VOID,
}


async def check(connection: asyncpg.Connection, serial: str) -> Checked | None:
    """What a serial stands for; None when it was never issued. Reads the frozen row, never the live profile."""
    row = await connection.fetchrow(_CHECK, serial)
    if row is None:
        return None
    return Checked(
        _OUTCOMES[CertificateState(row["state"])],
        row["serial"],
        row["title"],
        row["title_en"],
        row["recognised_ms"],
        row["ms_per_credit"],
        row["issued_at"],
        row["masked_name"],
        row["voided_at"],
    )


async def picture(connection: asyncpg.Connection, preview_id: UUID) -> tuple[bool, bytes | None]:
    """Whether there is such a preview, and its picture once it is drawn."""
    row = await connection.fetchrow("SELECT picture FROM certificate_preview WHERE id = $1", preview_id)
    return row is not None, row["picture"] if row else None
