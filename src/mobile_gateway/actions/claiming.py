"""Claiming a certificate: a preview over exactly what will stand on it, and its confirmation (PRODUCT.md §8)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from mobile_gateway import seals
from mobile_gateway.actions import issuing, locks, notifying
from mobile_gateway.actions.issuing import Issue
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.reads import claims, snapshots
from mobile_gateway.rules import certificates
from mobile_gateway.rules.certificates import Snapshot
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.seals import Keyring

PREVIEW_LIFE: Final = timedelta(minutes=30)
"""How long a preview can be confirmed."""

_PURPOSE = "certificate-preview"
_DIGEST = "certificate.preview"

_LIVE = "SELECT id FROM certificate WHERE person_id = $1 AND topic_id = $2 AND state <> 'VOID'"

_KEEP = """
INSERT INTO certificate_preview (id, person_id, topic_id, printed, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT ON CONSTRAINT certificate_preview_key DO UPDATE
   SET id = CASE WHEN certificate_preview.printed = excluded.printed THEN certificate_preview.id ELSE excluded.id END,
       picture = CASE WHEN certificate_preview.printed = excluded.printed THEN certificate_preview.picture END,
       printed = excluded.printed, created_at = excluded.created_at, due_at = excluded.due_at, tries = 0
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be printed, masked; the token that confirms it; and under which id its picture is drawn."""

    snapshot: Snapshot
    token: str = field(repr=False)
    expires_at: datetime
    picture_id: UUID


async def preview(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    topic_id: int,
    lacking: Callable[[str], str],
    now: datetime,
    real_now: datetime,
) -> Preview | int | list[Refusal]:
    """What the certificate will say, masked, with a token over exactly that; the id of a live one when there is one.

    Asked for again, the picture of the same data is drawn once.

    `lacking` tells which characters of a text the certificate's font lacks. `now` is the domain's clock.
    Refusals, all that hold: SESSION_INVALID, NOT_FOUND, those of `rules.certificates.missing`, PROFILE_INCOMPLETE,
    NAME_NOT_PRINTABLE.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return [person]
        live: int | None = await connection.fetchval(_LIVE, actor.person_id, topic_id)
        refused, snapshot = await _claim(connection, keyring, actor.person_id, topic_id, now)
        if live is not None and not any(one.code is RefusalCode.IDENTITY_NOT_TEACHER for one in refused):
            return live
        if snapshot is not None and not refused:
            refused = _unprintable(snapshot, lacking)
        if refused or snapshot is None:
            return refused
        about = await _about(connection, actor, topic_id)
        token = seals.sign_link(
            keyring, about + _digest(keyring, snapshot), _PURPOSE, expires_at=real_now + PREVIEW_LIFE
        )
        shown = snapshot.masked()
        picture = await connection.fetchval(
            _KEEP, uuid4(), actor.person_id, topic_id, snapshots.written(shown), real_now
        )
        return Preview(shown, token, real_now + PREVIEW_LIFE, picture)


async def confirm(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    topic_id: int,
    token: str,
    now: datetime,
    real_now: datetime,
) -> int | list[Refusal]:
    """Issue the certificate that was previewed; answers its id. Twice, or ten at once, is one certificate.

    In one transaction: the frozen snapshot, the serial, the notification. Who has a live certificate gets that one,
    whatever the token. `now` is the domain's clock, `real_now` the real one.
    Refusals, all that hold: SESSION_INVALID, NOT_FOUND, those of `rules.certificates.missing`, PROFILE_INCOMPLETE,
    PREVIEW_STALE when what would be printed is not what was shown, or the preview is too old.
    """
    async with database.transaction() as connection:
        person = await locks.teacher(connection, actor)
        if isinstance(person, Refusal):
            return [person]
        live: int | None = await connection.fetchval(_LIVE, actor.person_id, topic_id)
        if live is not None:
            return live
        refused, snapshot = await _claim(connection, keyring, actor.person_id, topic_id, now)
        if any(one.code is RefusalCode.NOT_FOUND for one in refused):
            return refused
        about = await _about(connection, actor, topic_id)
        if snapshot is None or not _shown(keyring, about + _digest(keyring, snapshot), token, real_now):
            refused = [Refusal(RefusalCode.PREVIEW_STALE, ("previewToken",)), *refused]
        if refused or snapshot is None:
            return refused
        number = await issuing.issue(
            connection, keyring, Issue(actor.person_id, topic_id, now, now), snapshot
        )
        told = await issuing.event(connection, NotificationKind.CERTIFICATE_ISSUED, topic_id, number, now)
        await notifying.notify(connection, actor.person_id, [told])
        return number


async def _claim(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, topic_id: int, now: datetime
) -> tuple[list[Refusal], Snapshot | None]:
    """Why not, and what would be printed as far as that is known."""
    # Held after the person: nobody moves the opening or the credits until the certificate stands.
    await connection.execute("SELECT FROM topic WHERE id = $1 FOR KEY SHARE", topic_id)
    claim = await claims.of(connection, person_id, topic_id)
    if claim is None:
        return [Refusal(RefusalCode.NOT_FOUND, ("topicId",))], None
    refused = certificates.missing(claim, now)
    holder = await snapshots.holder(connection, keyring, person_id)
    if holder is None:
        missing = await connection.fetchval(_MISSING, person_id)
        return [*refused, Refusal(RefusalCode.PROFILE_INCOMPLETE, data={"missing": missing})], None
    return refused, await snapshots.of(connection, holder, topic_id)


_MISSING = """
SELECT concat_ws(',', CASE WHEN name IS NULL THEN 'name' END,
                      CASE WHEN document_sealed IS NULL THEN 'identityDocument' END) FROM person WHERE id = $1
"""


def _unprintable(snapshot: Snapshot, lacking: Callable[[str], str]) -> list[Refusal]:
    characters = "".join(dict.fromkeys("".join(lacking(text) for text in snapshot.texts)))
    if not characters:
        return []
    return [Refusal(RefusalCode.NAME_NOT_PRINTABLE, ("topicId",), {"characters": " ".join(characters)})]


_VERSIONS = "SELECT count(*) FROM certificate WHERE person_id = $1 AND topic_id = $2"


async def _about(connection: asyncpg.Connection, actor: Actor, topic_id: int) -> bytes:
    """Whom and what a token is for: also which version, so that one confirms once."""
    versions = await connection.fetchval(_VERSIONS, actor.person_id, topic_id)
    return f"{actor.person_id}:{actor.wipe_epoch}:{topic_id}:{versions}:".encode()


def _digest(keyring: Keyring, snapshot: Snapshot) -> bytes:
    # Keyed: the token goes through clients' hands, and a document's number could be guessed from a plain one.
    return seals.blind_index(keyring, snapshots.text_of(snapshot), _DIGEST)


def _shown(keyring: Keyring, bound: bytes, token: str, now: datetime) -> bool:
    """Whether the token was given for exactly this, and not long ago."""
    said = seals.read_link(keyring, token, _PURPOSE, now)
    return isinstance(said, bytes) and hmac.compare_digest(said, bound)
