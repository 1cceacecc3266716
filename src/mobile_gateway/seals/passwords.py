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

from mobile_gateway.seals.compact import base64url, from_base64url

_LOG_N, _R, _P = 15, 8, 3
_SALT_BYTES, _HASH_BYTES = 16, 32
_MOST_BYTES = 256 * 1024 * 1024
_STORED = re.compile(
    r"scrypt\$ln=(?P<n>1?[0-9]),r=(?P<r>[0-9]{1,2}),p=(?P<p>[0-9]{1,2})"
    r"\$(?P<salt>[A-Za-z0-9_-]+)\$(?P<hash>[A-Za-z0-9_-]+)"
)


def hash_password(password: str) -> str:
    """The text to store, about 90 characters: `scrypt$ln=15,r=8,p=3$salt$hash`."""
    salt = secrets.token_bytes(_SALT_BYTES)
    hashed = _scrypt(password, salt, 1 << _LOG_N, _R, _P)
    return f"scrypt$ln={_LOG_N},r={_R},p={_P}${base64url(salt)}${base64url(hashed)}"


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; compared in constant time.

    For an account that is unknown or has no password give None: it costs the same time and is always False. A
    stored text that is not ours is False too.
    """
    match = _STORED.fullmatch(stored) if stored is not None else None
    if match is None:
        _scrypt(password, b"\0" * _SALT_BYTES, 1 << _LOG_N, _R, _P)
        return False
    try:
        hashed = _scrypt(
            password, from_base64url(match["salt"]), 1 << int(match["n"]), int(match["r"]), int(match["p"])
        )
        return hmac.compare_digest(hashed, from_base64url(match["hash"]))
    except ValueError:  # parameters beyond the memory allowed, or broken base64
        return False


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # NFKC, so that the same password typed on another keyboard is the same bytes (NIST SP 800-63B §5.1.1.2).
    secret = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MOST_BYTES, dklen=_HASH_BYTES)
