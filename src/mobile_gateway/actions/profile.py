"""Editing one's own profile, and seeing one's own full document number (PRODUCT.md §6, §12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway import seals, transactions
from mobile_gateway.actions import auditing, following, leaving, locks
from mobile_gateway.actions.auditing import Entry
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.reads.snapshots import DOCUMENT_COLUMN
from mobile_gateway.rules import changes, documents_of_identity, profile
from mobile_gateway.rules.certificates import Event
from mobile_gateway.rules.documents_of_identity import Document
from mobile_gateway.rules.profile import Edit
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import ProfileField
from mobile_gateway.seals import Keyring

_UNIQUE = "person_document_of_teacher_key"
_TRIES = 3

_PROFILE = """
SELECT name, gender, email, document_type, document_sealed, document_index, document_last4, version
  FROM person WHERE id = $1
"""

_WRITE = """
UPDATE person SET name = $2, gender = $3, email = $4, document_type = $5, document_sealed = $6, document_index = $7,
                  document_last4 = $8, version = version + 1,
                  identity_edited_at = CASE WHEN $9 THEN $10 ELSE identity_edited_at END
 WHERE id = $1
"""

# Who decides about a record decides about the name and document that stood beside it.
_TO_BE_READ_AGAIN = """
UPDATE teaching_record SET version = version + 1 WHERE person_id = $1 AND state = 'PENDING' AND left_at IS NULL
"""


async def update(
    database: Database, keyring: Keyring, *, actor: Actor, version: int, edit: Edit, now: datetime
) -> Refusal | None:
    """Write an edit over the profile of that version; None when it stands. What changes nothing keeps the version.

    A new name or document makes the versions of the records that wait for a decision grow, so that nobody
    decides on what is no longer there. The document's lock is looked at with the records held: an approval at
    the same moment comes either before (then it is locked) or after (then it is decided anew). Certificates of who
    left their school follow; `now` is the domain's clock.

    Refusals: SESSION_INVALID, CONFLICT, FIELD_LOCKED_VERIFIED, ID_NUMBER_IN_USE (only among teachers). Weak:
    the last one tells that a number is registered, and no row counts how often one asks.
    """
    left = _TRIES
    while True:
        left -= 1
        try:
            async with database.transaction() as connection:
                person = await locks.person(connection, actor)
                if isinstance(person, Refusal):
                    return person
                return await _write(connection, keyring, actor.person_id, version, edit, now)
        except asyncpg.UniqueViolationError as why:
            if why.constraint_name != _UNIQUE:
                raise
            return Refusal(RefusalCode.ID_NUMBER_IN_USE, ("documentNumber",))
        except asyncpg.DeadlockDetectedError:
            # Two teachers who swap their numbers wait for each other; then one begins anew.
            if not left:
                raise


async def _write(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, version: int, edit: Edit, now: datetime
) -> Refusal | None:
    row = await connection.fetchrow(_PROFILE, person_id)
    if row["version"] != version:
        return Refusal(RefusalCode.CONFLICT, ("version",))
    new = {**row, **edit.plain}
    other_document = edit.document is not None and _document(keyring, person_id, row) != (
        edit.document.type,
        edit.document.number,
    )
    identity = other_document or new["name"] != row["name"]
    if identity:
        states = {one.state for one in await leaving.hold(connection, person_id)}
        if other_document and ProfileField.IDENTITY_DOCUMENT in profile.locked(states):
            return Refusal(RefusalCode.FIELD_LOCKED_VERIFIED, ("documentNumber",))
        await connection.execute(_TO_BE_READ_AGAIN, person_id)
    if other_document and edit.document is not None:
        new |= _sealed(keyring, person_id, edit.document)
    if new != dict(row):
        columns = (
            "name",
            "gender",
            "email",
            "document_type",
            "document_sealed",
            "document_index",
            "document_last4",
        )
        written = [new[column] for column in columns]
        await connection.execute(_WRITE, person_id, *written, identity, now)
    if identity:
        transactions.tell(changes.standing(person_id))
        await following.follow(connection, keyring, person_id, Event.EDITED, now)
    return None


def _document(keyring: Keyring, person_id: int, row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Type and full number that stand in a person's row."""
    if row["document_sealed"] is None:
        return None
    number = seals.unseal_text(keyring, row["document_sealed"], column=DOCUMENT_COLUMN, owner=person_id)
    return row["document_type"], number


def _sealed(keyring: Keyring, person_id: int, document: Document) -> dict[str, str | bytes]:
    return {
        "document_type": document.type,
        "document_sealed": seals.seal(keyring, document.number, column=DOCUMENT_COLUMN, owner=person_id),
        "document_index": seals.blind_index(keyring, document.unique_text, DOCUMENT_COLUMN),
        "document_last4": documents_of_identity.last_four(document.number),
    }


async def reveal_document(
    database: Database, keyring: Keyring, *, actor: Actor, reason: str
) -> str | Refusal:
    """The actor's own full document number; each answer leaves a row in the audit log.

    That the second sign-in is fresh is the caller's to see to.

    Refusals: SESSION_INVALID, NOT_FOUND when there is no document.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        found = _document(keyring, actor.person_id, await connection.fetchrow(_PROFILE, actor.person_id))
        if found is None:
            return Refusal(RefusalCode.NOT_FOUND)
        await auditing.write(
            connection,
            actor.person_id,
            Entry(AuditAct.DOCUMENT_REVEALED, None, "Person", actor.person_id, reason=reason),
        )
        return found[1]
