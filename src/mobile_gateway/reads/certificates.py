"""Certificates as their holders see them, and as anybody who has a serial may check them (PRODUCT.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway import metrics
from mobile_gateway.logs import logger
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import credits
from mobile_gateway.rules.certificates import Snapshot
from mobile_gateway.rules.words import CertificateState, CheckOutcome, VoidReason
from mobile_gateway.seals import Keyring, SealBroken


@dataclass(frozen=True, slots=True)
class Certificate:
    """One version, its snapshot in full (None when its seal does not open): what leaves the product is masked."""

    id: int
    topic_id: int
    version: int
    serial: str
    state: CertificateState
    snapshot: Snapshot | None
    first_issued_at: datetime
    issued_at: datetime
    reissue_due_at: datetime | None
    document_key: str | None
    voided_at: datetime | None
    void_reason: VoidReason | None


# Progress of who is no teacher now is hidden, and certificates with it.
_OF_PERSON = """
SELECT c.* FROM certificate c JOIN person p ON p.id = c.person_id AND p.identity = 'TEACHER'
 WHERE c.person_id = $1 AND ($2::bigint IS NULL OR c.id = $2) AND ($3::bigint IS NULL OR c.id < $3)
 ORDER BY c.id DESC LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a person's versions: one of them, or those before an id."""

    certificate_id: int | None = None
    before: int | None = None


async def of_person(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, asked: Asked, *, first: int
) -> list[Certificate]:
    """At most `first` versions of a person's certificates, newest first; none while not TEACHER. One statement."""
    rows = await connection.fetch(_OF_PERSON, person_id, asked.certificate_id, asked.before, first)
    return [_certificate(keyring, row) for row in rows]


def _certificate(keyring: Keyring, row: asyncpg.Record) -> Certificate:
    return Certificate(
        row["id"],
        row["topic_id"],
        row["version"],
        row["serial"],
        CertificateState(row["state"]),
        _snapshot(keyring, row),
        row["first_issued_at"],
        row["issued_at"],
        row["reissue_due_at"],
        row["document_key"],
        row["voided_at"],
        VoidReason(row["void_reason"]) if row["void_reason"] else None,
    )


_NEWEST = """
SELECT DISTINCT ON (c.topic_id) c.* FROM certificate c JOIN person p ON p.id = c.person_id AND p.identity = 'TEACHER'
 WHERE c.person_id = $1 ORDER BY c.topic_id, c.version DESC
"""


async def newest(connection: asyncpg.Connection, keyring: Keyring, person_id: int) -> dict[int, Certificate]:
    """A person's newest version of each topic, by topic; none while not TEACHER. One statement."""
    rows = await connection.fetch(_NEWEST, person_id)
    return {row["topic_id"]: _certificate(keyring, row) for row in rows}


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody may know of a serial: no personal data but a masked name."""

    outcome: CheckOutcome
    serial: str
    topic: str
    topic_en: str
    credits: str
    issued_at: datetime
    masked_name: str
    voided_at: datetime | None


_CHECK = """
SELECT c.state, c.serial, c.recognised_ms, c.issued_at, c.masked_name, c.voided_at, c.snapshot_sealed, t.title,
       t.title_en, t.ms_per_credit
  FROM certificate c JOIN topic t ON t.id = c.topic_id WHERE c.serial = $1
"""

_OUTCOMES = {
    CertificateState.ISSUED: CheckOutcome.VALID,
    CertificateState.REISSUE_PENDING: CheckOutcome.UPDATING,
    CertificateState.VOID: CheckOutcome.VOID,
}


async def check(connection: asyncpg.Connection, keyring: Keyring, serial: str) -> Checked | None:
    """What a serial stands for; None when it was never issued. Reads what was frozen, never profile or catalogue."""
    row = await connection.fetchrow(_CHECK, serial)
    if row is None:
        return None
    topic, topic_en = row["title"], row["title_en"]
    shown = credits.shown(row["recognised_ms"], row["ms_per_credit"])
    snapshot = _snapshot(keyring, row)
    if snapshot is not None:
        topic, topic_en, shown = snapshot.topic, snapshot.topic_en, snapshot.credits
    return Checked(
        _OUTCOMES[CertificateState(row["state"])],
        row["serial"],
        topic,
        topic_en,
        shown,
        row["issued_at"],
        row["masked_name"],
        row["voided_at"],
    )


def _snapshot(keyring: Keyring, row: asyncpg.Record) -> Snapshot | None:
    """What is under a row's seal; None when it does not open: one broken seal hides nothing else."""
    try:
        return snapshots.unseal(keyring, row["snapshot_sealed"], row["serial"])
    except SealBroken:
        metrics.seals_broken.labels("certificate").inc()
        logger.error("snapshot_broken")
        return None


async def picture(connection: asyncpg.Connection, preview_id: UUID) -> tuple[bool, bytes | None]:
    """Whether there is such a preview, and its picture once it is drawn."""
    row = await connection.fetchrow("SELECT picture FROM certificate_preview WHERE id = $1", preview_id)
    return row is not None, row["picture"] if row else None
