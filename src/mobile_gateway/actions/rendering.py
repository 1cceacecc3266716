"""What a worker has to draw: documents of certificates, and pictures of previews.

A worker claims some under a lease, draws them outside of any transaction, and settles each. What it does not settle
in time is due again. Drawing is the same each time, so twice is once. Times are the real clock's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.models.database import Database
from mobile_gateway.reads import snapshots
from mobile_gateway.rules.certificates import Snapshot
from mobile_gateway.seals import Keyring

LEASE: Final = timedelta(seconds=60)
FIRST_AGAIN_SECONDS: Final = 10
LONGEST_AGAIN_SECONDS: Final = 3_600

PICTURES_KEPT: Final = timedelta(hours=1)
"""A preview, after it was asked for: longer than it can be confirmed."""


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate whose document is to be drawn."""

    person_id: int
    certificate_id: int
    serial: str
    issued_on: date
    sealed: bytes = field(repr=False)
    tries: int

    def snapshot(self, keyring: Keyring) -> Snapshot:
        """What it says; raises SealBroken."""
        return snapshots.unseal(keyring, self.sealed, self.serial)


@dataclass(frozen=True, slots=True)
class Picture:
    """A preview whose picture is to be drawn: masked already."""

    id: UUID
    snapshot: Snapshot
    tries: int


# A statement of its own: the planner, which does not know the limit, would join what it locks to all certificates.
_DUE_DOCUMENTS = """
SELECT person_id, id FROM certificate
 WHERE document_key IS NULL AND state <> 'VOID' AND document_due_at <= $1
 ORDER BY document_due_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_CLAIM_DOCUMENTS = """
UPDATE certificate c SET document_due_at = $3, document_tries = document_tries + 1
  FROM unnest($1::bigint[], $2::bigint[]) AS due(person_id, id)
 WHERE c.person_id = due.person_id AND c.id = due.id
RETURNING c.person_id, c.id, c.serial, c.issued_at, c.snapshot_sealed, c.document_tries
"""

_CLAIM_PICTURES = """
UPDATE certificate_preview p SET due_at = $1::timestamptz + $2, tries = tries + 1
  FROM (SELECT id FROM certificate_preview WHERE picture IS NULL AND due_at <= $1
         ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
 WHERE p.id = due.id
RETURNING p.id, p.printed, p.tries
"""


async def claim_documents(database: Database, *, most: int, now: datetime) -> list[Document]:
    """At most so many certificates without a document, for a minute nobody else's."""
    async with database.transaction() as connection:
        due = await connection.fetch(_DUE_DOCUMENTS, now, most)
        if not due:
            return []
        people, certificates = [row["person_id"] for row in due], [row["id"] for row in due]
        rows = await connection.fetch(_CLAIM_DOCUMENTS, people, certificates, now + LEASE)
    return [
        Document(
            row["person_id"],
            row["id"],
            row["serial"],
            row["issued_at"].astimezone(SHANGHAI).date(),
            row["snapshot_sealed"],
            row["document_tries"],
        )
        for row in rows
    ]


async def claim_pictures(database: Database, *, most: int, now: datetime) -> list[Picture]:
    """At most so many previews without a picture, for a minute nobody else's."""
    async with database.transaction() as connection:
        rows = await connection.fetch(_CLAIM_PICTURES, now, LEASE, most)
    return [Picture(row["id"], snapshots.read(row["printed"]), row["tries"]) for row in rows]


async def document_stored(database: Database, one: Document, key: str) -> None:
    """The document lies in the store under a key: the certificate is READY."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate SET document_key = $3 WHERE person_id = $1 AND id = $2",
            one.person_id,
            one.certificate_id,
            key,
        )


async def documents_given_back(database: Database, ones: Sequence[Document], until: datetime) -> None:
    """Nothing came of these through no fault of theirs: due again at a moment, and no try is counted."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate c SET document_due_at = $3, document_tries = greatest(document_tries - 1, 0)"
            "  FROM unnest($1::bigint[], $2::bigint[]) AS back(person_id, id)"
            " WHERE c.person_id = back.person_id AND c.id = back.id AND c.document_key IS NULL",
            [one.person_id for one in ones],
            [one.certificate_id for one in ones],
            until,
        )


async def redraw(database: Database, now: datetime, *, serial: str | None = None) -> int:
    """Let a document be drawn anew that is lost or damaged, or all of them, void ones left out; answers how many."""
    async with database.transaction() as connection:
        done: str = await connection.execute(
            "UPDATE certificate SET document_key = NULL, document_due_at = $1, document_tries = 0"
            " WHERE document_key IS NOT NULL AND state <> 'VOID' AND ($2::text IS NULL OR serial = $2)",
            now,
            serial,
        )
        return int(done.rsplit(maxsplit=1)[-1])


async def document_failed(database: Database, one: Document, now: datetime) -> None:
    """Draw it again later: after 10, 20, 40 … seconds, an hour at the most."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate SET document_due_at = $3 WHERE person_id = $1 AND id = $2",
            one.person_id,
            one.certificate_id,
            now + again(one.tries),
        )


async def picture_drawn(database: Database, one: Picture, picture: bytes) -> None:
    """Keep a preview's picture; one that was asked for anew meanwhile has another id, and waits for its own."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE certificate_preview SET picture = $2 WHERE id = $1", one.id, picture)


async def picture_failed(database: Database, one: Picture, now: datetime) -> None:
    """Draw it again later, as a document."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate_preview SET due_at = $2 WHERE id = $1", one.id, now + again(one.tries)
        )


def again(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return timedelta(seconds=min(FIRST_AGAIN_SECONDS * 2 ** min(tries - 1, 20), LONGEST_AGAIN_SECONDS))


async def forget_pictures(database: Database, now: datetime, most: int) -> int:
    """Delete previews of an hour ago; what somebody holds is left for the next time."""
    async with database.transaction() as connection:
        gone = await connection.fetch(
            "DELETE FROM certificate_preview WHERE id IN (SELECT id FROM certificate_preview WHERE created_at < $1"
            " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1",
            now - PICTURES_KEPT,
            most,
        )
    return len(gone)
