"""Signing in by a code, refreshing, signing out: a sign-in and its chain of refresh tokens (TRUST.md).

All times are the real clock's. Ending a sign-in stops its refreshing, and the pushes to its devices, at once. An access
token that is out already can be read ten minutes more: whoever acts on it must look whether its sign-in still stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import assert_never
from uuid import UUID, uuid4

import asyncpg

from mobile_gateway import seals, transactions
from mobile_gateway.actions import codes, devices
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes
from mobile_gateway.rules import sign_in as rules
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, CodePurpose, EndReason, Identity
from mobile_gateway.seals import Keyring


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in as its client holds it. The tokens are not in its repr."""

    session_id: UUID
    person_id: int
    identity: Identity
    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """A sign-in that goes on, with a fresh access token; a refresh token only where the old one died."""

    identity: Identity
    access_token: str = field(repr=False)
    access_expires_at: datetime
    strong_at: datetime | None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Holder:
    """Whom a sign-in's tokens speak for: the identity is the person's of now, the epoch the sign-in's."""

    session_id: UUID
    person_id: int
    identity: Identity
    wipe_epoch: int
    client_kind: ClientKind
    strong_at: datetime | None = None


class _Fate(Enum):
    """What becomes of a refresh token that is shown."""

    ROTATE = auto()
    REPLAY = auto()
    REUSE = auto()
    OVER = auto()


_KEEP = "INSERT INTO refresh_token (sign_in_id, token_hash, issued_at, expires_at) VALUES ($1, $2, $3, $4)"

_END = """
UPDATE sign_in s SET ended_at = $2, end_reason = $3
  FROM refresh_token r WHERE r.token_hash = $1 AND s.id = r.sign_in_id AND s.ended_at IS NULL
RETURNING s.id, s.person_id
"""

_FAMILY = """
SELECT s.id, s.person_id, s.client_kind, s.wipe_epoch, s.strong_at, s.ended_at
  FROM refresh_token r JOIN sign_in s ON s.id = r.sign_in_id
 WHERE r.token_hash = $1 FOR NO KEY UPDATE OF s
"""

_LINK = """
SELECT r.id, r.expires_at, r.rotated_at, p.identity, p.wipe_epoch, p.last_seen_at
  FROM refresh_token r JOIN sign_in s ON s.id = r.sign_in_id JOIN person p ON p.id = s.person_id
 WHERE r.token_hash = $1
"""

_ROTATED = "UPDATE refresh_token SET rotated_at = $2 WHERE id = $1"

# Never waits: who holds the person's row now may be waiting for this sign-in's. The next refresh tells it then.
_SEEN = """
UPDATE person SET last_seen_at = $2
 WHERE id = (SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)
"""

_SUCCESSOR = "SELECT token_hash, expires_at FROM refresh_token WHERE sign_in_id = $1 AND token_hash = ANY($2)"


async def sign_in(
    database: Database, keyring: Keyring, *, phone: str, code: str, client_kind: ClientKind, now: datetime
) -> SignedIn | Refusal:
    """Sign in who proves the phone by the code sent to it; the client kind is bound from here on.

    The account is looked for only once the code was right, so that a stranger learns of no account. A wrong
    code is a value, so its counted try commits.

    Refusals: CODE_WRONG, CODE_LOCKED; ACCOUNT_NOT_FOUND to who proved a number without account (the code is
    used up by it).
    """
    async with database.transaction() as connection:
        refused = await codes.prove(
            connection, keyring, phone=phone, purpose=CodePurpose.SIGN_IN, code=code, now=now
        )
        if refused is not None:
            return refused
        person = await connection.fetchrow(
            "SELECT id, identity, wipe_epoch FROM person WHERE phone = $1 FOR NO KEY UPDATE", phone
        )
        if person is None:
            return Refusal(RefusalCode.ACCOUNT_NOT_FOUND, ("phone",))
        return await begin(
            connection,
            keyring,
            person_id=person["id"],
            identity=Identity(person["identity"]),
            wipe_epoch=person["wipe_epoch"],
            client_kind=client_kind,
            now=now,
        )


async def begin(
    connection: asyncpg.Connection,
    keyring: Keyring,
    *,
    person_id: int,
    identity: Identity,
    wipe_epoch: int,
    client_kind: ClientKind,
    now: datetime,
) -> SignedIn:
    """Write a new sign-in of a person whose row the caller's transaction holds, or has just written."""
    holder = _Holder(uuid4(), person_id, identity, wipe_epoch, client_kind)
    await connection.execute(
        "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch, created_at) VALUES ($1, $2, $3, $4, $5)",
        holder.session_id,
        person_id,
        client_kind,
        wipe_epoch,
        now,
    )
    token, expires_at = seals.new_refresh(), now + rules.REFRESH_LIFE
    await connection.execute(_KEEP, holder.session_id, seals.hash_refresh(token), now, expires_at)
    seen = await connection.fetchval("SELECT last_seen_at FROM person WHERE id = $1", person_id)
    await _seen(connection, person_id, seen, now)
    return _issued(keyring, holder, token, expires_at, now)


async def renew(connection: asyncpg.Connection, keyring: Keyring, sign_in_id: UUID, now: datetime) -> Renewed:
    """A fresh access token of a sign-in that the caller's transaction holds, of the identity of now.

    The refresh token stays the one that the client has, so a lost answer costs nothing.
    """
    row = await connection.fetchrow(
        "SELECT p.id, p.identity, s.wipe_epoch, s.client_kind, s.strong_at"
        "  FROM sign_in s JOIN person p ON p.id = s.person_id WHERE s.id = $1",
        sign_in_id,
    )
    holder = _Holder(
        sign_in_id,
        row["id"],
        Identity(row["identity"]),
        row["wipe_epoch"],
        ClientKind(row["client_kind"]),
        row["strong_at"],
    )
    expires_at = now.replace(microsecond=0) + seals.ACCESS_LIFETIME
    return Renewed(holder.identity, _access(keyring, holder, now), expires_at, holder.strong_at)


async def refresh(database: Database, keyring: Keyring, *, token: str, now: datetime) -> SignedIn | Refusal:
    """Rotate a refresh token: its successor, and an access token of the person's identity of now.

    Within 30 s of the rotation the same successor is answered again, also to a second call at once. Later, a
    rotated token is somebody's copy: the whole sign-in ends. The wipe epoch is the sign-in's; one that the
    person has left behind is refused.

    Refusals: SESSION_INVALID.
    """
    hashed = seals.hash_refresh(token)
    async with database.transaction() as connection:
        family = await connection.fetchrow(_FAMILY, hashed)
        link = None if family is None else await connection.fetchrow(_LINK, hashed)
        if family is None or link is None:
            return _invalid()
        holder = _Holder(
            family["id"],
            family["person_id"],
            Identity(link["identity"]),
            family["wipe_epoch"],
            ClientKind(family["client_kind"]),
            family["strong_at"],
        )
        match _fate(family, link, now):
            case _Fate.ROTATE:
                following, expires_at = seals.successor(keyring, token), now + rules.REFRESH_LIFE
                await connection.execute(_ROTATED, link["id"], now)
                await connection.execute(
                    _KEEP, holder.session_id, seals.hash_refresh(following), now, expires_at
                )
                await _seen(connection, holder.person_id, link["last_seen_at"], now)
                await devices.seen(connection, holder.person_id, holder.session_id, now)
                return _issued(keyring, holder, following, expires_at, now)
            case _Fate.REPLAY:
                by_hash = {
                    seals.hash_refresh(each): each for each in seals.possible_successors(keyring, token)
                }
                row = await connection.fetchrow(_SUCCESSOR, holder.session_id, list(by_hash))
                if row is None:  # the key it was derived with has left the ring
                    return _invalid()
                return _issued(keyring, holder, by_hash[row["token_hash"]], row["expires_at"], now)
            case _Fate.REUSE:
                await _end(connection, hashed, EndReason.REUSE, now)
                logger.warning("refresh_token_reused", session_id=str(holder.session_id))
                return _invalid()
            case _Fate.OVER:
                return _invalid()
            case never:
                assert_never(never)


async def sign_out(database: Database, *, token: str, now: datetime) -> None:
    """End the sign-in that a refresh token belongs to, be it rotated or expired; its devices get no more pushes.

    Twice is once, and an unknown token is no error: what was asked for holds already (RFC 7009 §2.2).
    """
    async with database.transaction() as connection:
        await _end(connection, seals.hash_refresh(token), EndReason.SIGN_OUT, now)


async def _end(connection: asyncpg.Connection, hashed: bytes, why: EndReason, now: datetime) -> None:
    ended = await connection.fetchrow(_END, hashed, now, why)
    if ended is not None:
        await devices.retire_of(connection, ended["person_id"], ended["id"])
        transactions.tell(changes.sign_ins(ended["person_id"]))


async def _seen(
    connection: asyncpg.Connection, person_id: int, last_seen_at: datetime | None, now: datetime
) -> None:
    if rules.is_seen_anew(last_seen_at, now):
        await connection.execute(_SEEN, person_id, now)


def _fate(family: asyncpg.Record, link: asyncpg.Record, now: datetime) -> _Fate:
    if family["ended_at"] is not None or family["wipe_epoch"] != link["wipe_epoch"]:
        return _Fate.OVER
    if link["rotated_at"] is not None:
        return _Fate.REPLAY if now < link["rotated_at"] + rules.REFRESH_REPLAY else _Fate.REUSE
    return _Fate.ROTATE if now < link["expires_at"] else _Fate.OVER


def _issued(keyring: Keyring, holder: _Holder, token: str, expires_at: datetime, now: datetime) -> SignedIn:
    return SignedIn(
        holder.session_id,
        holder.person_id,
        holder.identity,
        _access(keyring, holder, now),
        now.replace(microsecond=0) + seals.ACCESS_LIFETIME,
        token,
        expires_at,
    )


def _access(keyring: Keyring, holder: _Holder, now: datetime) -> str:
    return seals.issue_access(
        keyring,
        session_id=holder.session_id,
        person_id=holder.person_id,
        identity=holder.identity,
        wipe_epoch=holder.wipe_epoch,
        client_kind=holder.client_kind,
        now=now,
        strong_at=holder.strong_at,
    )


def _invalid() -> Refusal:
    return Refusal(RefusalCode.SESSION_INVALID, ("refreshToken",))
