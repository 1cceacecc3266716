"""Passwords of student accounts, hashed with scrypt (RFC 7914).

N = 2^15, r = 8, p = 3, one of OWASP's equal choices: 32 MiB and about a quarter of a second of one core. The
stored text carries its parameters, so that they can grow. Call these in a thread: they release the
interpreter's lock.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence

from mobile_gateway.seals.columns import blind_index
from mobile_gateway.seals.compact import base64url, from_base64url
from mobile_gateway.seals.keyring import Keyring

_LOG_N, _R, _P = 15, 8, 3
_SALT_BYTES, _HASH_BYTES = 16, 32
_MOST_BYTES = 256 * 1024 * 1024
_STORED = re.compile(
    r"scrypt\$ln=(?P<n>1?[0-9]),r=(?P<r>[0-9]{1,2}),p=(?P<p>[0-9]{1,2})"
    r"\$(?P<salt>[A-Za-z0-9_-]+)\$(?P<hash>[A-Za-z0-9_-]+)"
)


def shared_salt(keyring: Keyring, group: str) -> bytes:
    """The salt of all logins of a group: not to be known without the keys, and the same each time.

    One hash compares a password with as many of them as there are. Who has the table tries a guess on all of a group
    at once, so a group is to be small (docs/decisions/0011-students-of-merged-schools.md).
    """
    return blind_index(keyring, group, "person.password_salt")[:_SALT_BYTES]


def hash_password(password: str, salt: bytes | None = None) -> str:
    """The text to store, about 90 characters: `scrypt$ln=15,r=8,p=3$salt$hash`. A salt of its own unless given."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    hashed = _scrypt(password, salt, 1 << _LOG_N, _R, _P)
    return f"scrypt$ln={_LOG_N},r={_R},p={_P}${base64url(salt)}${base64url(hashed)}"


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; compared in constant time.

    For an account that is unknown or has no password give None: it costs the same time and is always False. A
    stored text that is not ours is False too.
    """
    return bool(fitting([] if stored is None else [stored], password, most=1))


def fitting(stored: Sequence[str], password: str, *, most: int) -> list[int]:
    """The places of the stored texts that the password fits; each is compared in constant time.

    Texts of one salt cost one hash together. At most `most` hashes are made, for the salts that come first; without
    any text one is made, so that an unknown login costs the time of a wrong password.
    """
    matches = [_STORED.fullmatch(one) for one in stored]
    kinds = dict.fromkeys((m["n"], m["r"], m["p"], m["salt"]) for m in matches if m is not None)
    made = {kind: _made(password, *kind) for kind in list(kinds)[:most]}
    if not made:
        _scrypt(password, b"\0" * _SALT_BYTES, 1 << _LOG_N, _R, _P)
    return [
        place
        for place, match in enumerate(matches)
        if match is not None
        and _same(made.get((match["n"], match["r"], match["p"], match["salt"])), match["hash"])
    ]


def _made(password: str, n: str, r: str, p: str, salt: str) -> bytes | None:
    try:
        return _scrypt(password, from_base64url(salt), 1 << int(n), int(r), int(p))
    except ValueError:  # parameters beyond the memory allowed, or broken base64
        return None


def _same(hashed: bytes | None, stored: str) -> bool:
    try:
        return hashed is not None and hmac.compare_digest(hashed, from_base64url(stored))
    except ValueError:
        return False


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # NFKC, so that the same password typed on another keyboard is the same bytes (NIST SP 800-63B §5.1.1.2).
    secret = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MOST_BYTES, dklen=_HASH_BYTES)
