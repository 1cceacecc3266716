"""Access tokens: signed JWTs (RFC 7519) that live ten minutes.

HS256, and nothing else. Only this gateway verifies them, so a public key would buy nothing; checking Ed25519
costs some fifty times more; and one keyring serves all purposes. PyJWT writes a token. Reading is our own, in
a seventh of its time: the header must be, character for character, one that we write, so there is no
algorithm to negotiate, and the claims are parsed only after the signature held.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec
from jwt.api_jws import PyJWS

from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals.compact import Unreadable, base64url, from_base64url
from mobile_gateway.seals.keyring import Keyring, Purpose

ACCESS_LIFETIME: Final = timedelta(minutes=10)

_ALGORITHM = "HS256"
_LONGEST = 1024
_WRITER = PyJWS(algorithms=[_ALGORITHM])


class AccessClaims(
    msgspec.Struct,
    frozen=True,
    rename={
        "person_id": "pid",
        "session_id": "sid",
        "identity": "idn",
        "wipe_epoch": "epo",
        "client_kind": "cli",
        "issued_s": "iat",
        "expires_s": "exp",
        "strong_s": "str",
    },
):
    """What an access token says. Times are whole seconds since 1970, as in the token."""

    person_id: int
    session_id: UUID
    identity: Identity
    wipe_epoch: int
    client_kind: ClientKind
    issued_s: int
    expires_s: int
    strong_s: int | None = None

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the token is no longer good."""
        return datetime.fromtimestamp(self.expires_s, UTC)

    @property
    def strong_at(self) -> datetime | None:
        """When the person last signed in a second time, rounded down to a second; None if never."""
        return None if self.strong_s is None else datetime.fromtimestamp(self.strong_s, UTC)


_decode = msgspec.json.Decoder(AccessClaims).decode
_encode = msgspec.json.Encoder().encode


def issue_access(
    keyring: Keyring,
    *,
    session_id: UUID,
    person_id: int,
    identity: Identity,
    wipe_epoch: int,
    client_kind: ClientKind,
    now: datetime,
    strong_at: datetime | None = None,
) -> str:
    """Write a token good for `[now, now + 10 min)`, `now` rounded down to a second.

    Raises:
        ValueError: a time is naive.
    """
    issued = int(_seconds(now))
    claims = AccessClaims(
        person_id=person_id,
        session_id=session_id,
        identity=identity,
        wipe_epoch=wipe_epoch,
        client_kind=client_kind,
        issued_s=issued,
        expires_s=issued + int(ACCESS_LIFETIME.total_seconds()),
        strong_s=None if strong_at is None else int(_seconds(strong_at)),
    )
    return _WRITER.encode(
        _encode(claims),
        keyring.current_key(Purpose.ACCESS),
        algorithm=_ALGORITHM,
        headers={"kid": keyring.current},
    )


def read_access(keyring: Keyring, token: str, now: datetime) -> AccessClaims | Unreadable:
    """The claims of a token that one of our keys signed and whose time is not over.

    EXPIRED is said only of a token that is otherwise good. That the session, person and wipe epoch still
    stand is the caller's to look up.

    Raises:
        ValueError: `now` is naive.
    """
    if len(token) > _LONGEST or not token.isascii():
        return Unreadable.INVALID
    signed, _, signature = token.rpartition(".")
    header, _, body = signed.partition(".")
    key_id = _key_id(header)
    key = None if key_id is None else keyring.key(Purpose.ACCESS, key_id)
    if key is None:
        return Unreadable.INVALID
    if not hmac.compare_digest(base64url(hmac.digest(key, signed.encode("ascii"), "sha256")), signature):
        return Unreadable.INVALID
    try:
        claims = _decode(from_base64url(body))
    except (
        ValueError
    ):  # signed by us, but by a release whose claims were others; msgspec's errors are of this kind
        return Unreadable.INVALID
    return claims if _seconds(now) < claims.expires_s else Unreadable.EXPIRED


@lru_cache(maxsize=64)
def _key_id(header: str) -> str | None:
    """The key id of a header segment that is exactly as we write it; else None."""
    try:
        found = msgspec.json.decode(from_base64url(header))
        key_id = found["kid"] if isinstance(found, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None
    return key_id if isinstance(key_id, str) and _header(key_id) == header else None


def _header(key_id: str) -> str:
    # The writer's own: whatever a later PyJWT writes is what a reader of the same release expects.
    return _WRITER.encode(b"", b"\0" * 32, algorithm=_ALGORITHM, headers={"kid": key_id}).partition(".")[0]


def _seconds(moment: datetime) -> float:
    if moment.tzinfo is None:
        raise ValueError("a token's time must be aware")
    return moment.timestamp()
