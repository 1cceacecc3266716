"""Downloading the full document: on WEB only, by an address that speaks for one sign-in, audited (PRODUCT.md §8)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from mobile_gateway import seals
from mobile_gateway.actions import auditing, locks
from mobile_gateway.actions.auditing import Entry
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import CertificateState, ClientKind
from mobile_gateway.seals import Keyring

LINK_LIFE: Final = timedelta(minutes=2)
SUBJECT: Final = "Certificate"
_PURPOSE = "certificate-download"

_OWN = """
SELECT serial, state, document_key FROM certificate WHERE person_id = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True)
class Link:
    """An address's token, which is not in its repr, and until when it is good."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that may be sent: where it lies, and whose seal it has."""

    serial: str
    key: str


async def ask(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    client_kind: ClientKind,
    certificate_id: int,
    now: datetime,
) -> Link | Refusal:
    """An address of the actor's own document, good for two minutes while the sign-in stands. `now` is the real clock.

    Refusals: SESSION_INVALID, IDENTITY_NOT_TEACHER; NOT_FOUND for somebody else's; DOWNLOAD_WEB_ONLY by the client
    kind that the token is bound to; CERTIFICATE_VOID; CERTIFICATE_NOT_RENDERED while the job has not drawn it.
    """
    async with database.transaction() as connection:
        found = await _own(connection, actor, certificate_id)
        if isinstance(found, Refusal):
            return found
        if client_kind is not ClientKind.WEB:
            return Refusal(RefusalCode.DOWNLOAD_WEB_ONLY)
        entry = Entry(AuditAct.CERTIFICATE_DOWNLOADED, None, SUBJECT, certificate_id)
        await auditing.write(connection, actor.person_id, entry)
        said = {
            "person": actor.person_id,
            "epoch": actor.wipe_epoch,
            "sign_in": str(actor.sign_in_id),
            "certificate": certificate_id,
        }
        expires_at = now + LINK_LIFE
        token = seals.sign_link(
            keyring, json.dumps(said, separators=(",", ":")), _PURPOSE, expires_at=expires_at
        )
        return Link(token, expires_at)


async def begin(database: Database, keyring: Keyring, *, token: str, now: datetime) -> Stored | None:
    """What an address leads to; None when it is expired, tampered with, or its sign-in or certificate is no more."""
    payload = seals.read_link(keyring, token, _PURPOSE, now)
    if not isinstance(payload, bytes):
        return None
    said = json.loads(payload)
    actor = Actor(said["person"], said["epoch"], UUID(said["sign_in"]))
    async with database.transaction() as connection:
        found = await _own(connection, actor, said["certificate"])
    return None if isinstance(found, Refusal) else found


async def _own(connection: asyncpg.Connection, actor: Actor, certificate_id: int) -> Stored | Refusal:
    person = await locks.teacher(connection, actor)
    if isinstance(person, Refusal):
        return person
    row = await connection.fetchrow(_OWN, actor.person_id, certificate_id)
    if row is None:
        return Refusal(RefusalCode.NOT_FOUND, ("certificateId",))
    if row["state"] == CertificateState.VOID:
        return Refusal(RefusalCode.CERTIFICATE_VOID)
    if row["document_key"] is None:
        return Refusal(RefusalCode.CERTIFICATE_NOT_RENDERED)
    return Stored(row["serial"], row["document_key"])
