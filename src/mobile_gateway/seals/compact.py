"""The compact signed form that playback tokens and links share: `keyid.body.mac`, safe in an address.

The MAC is HMAC-SHA-256 cut to 128 bits, compared as the text it stands as: a token has one spelling only. The
body is signed, not hidden.
"""

from __future__ import annotations

import binascii
import hmac
from enum import StrEnum

from mobile_gateway.seals.keyring import Keyring, Purpose

_MAC_BYTES = 16
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


class Unreadable(StrEnum):
    """Why a token or link was not accepted."""

    INVALID = "INVALID"
    EXPIRED = "EXPIRED"


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 4648 §5)."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def from_base64url(text: str) -> bytes:
    """The bytes of an unpadded base64url text.

    Raises:
        ValueError: it is none.
    """
    raw = text.encode("ascii").translate(_FROM_URL)
    return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)


def write(keyring: Keyring, purpose: Purpose, body: bytes, context: bytes = b"") -> str:
    """Sign a body with the current key; `context` is signed along and must be given again to read."""
    signed = f"{keyring.current}.{base64url(body)}"
    return f"{signed}.{_mac(keyring.current_key(purpose), signed, context)}"


def read(keyring: Keyring, purpose: Purpose, token: str, context: bytes = b"") -> bytes | None:
    """The body, or None when the token was not written by a key of this ring for this purpose and context."""
    if not token.isascii():
        return None
    signed, _, mac = token.rpartition(".")
    key_id, _, body = signed.partition(".")
    key = keyring.key(purpose, key_id)
    if key is None or not hmac.compare_digest(_mac(key, signed, context), mac):
        return None
    return from_base64url(body)


def _mac(key: bytes, signed: str, context: bytes) -> str:
    # `signed` has no zero byte, so the first one is where the context begins.
    return base64url(hmac.digest(key, signed.encode("ascii") + b"\0" + context, "sha256")[:_MAC_BYTES])
