"""Signed links and opaque cursors: a small payload that a client carries and cannot change.

The payload is signed, not hidden: a reader can decode it, so nothing personal belongs in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mobile_gateway.seals import compact
from mobile_gateway.seals.compact import Unreadable
from mobile_gateway.seals.keyring import Keyring, Purpose

LINK_LIMIT_BYTES: Final = 1024
"""The longest payload."""

_LONGEST = 2 * LINK_LIMIT_BYTES
_EXPIRY_BYTES = 6


def sign_link(
    keyring: Keyring, payload: bytes | str, purpose: str, *, expires_at: datetime | None = None
) -> str:
    """Sign a payload for one purpose; the answer is made of letters, digits, `-`, `_` and `.`.

    `expires_at` is rounded down to a second; without it the link is good as long as its key is in the ring.

    Raises:
        ValueError: the payload is over 1,024 bytes, or the time is naive.
    """
    data = payload.encode() if isinstance(payload, str) else payload
    if len(data) > LINK_LIMIT_BYTES:
        raise ValueError(f"a link carries at most {LINK_LIMIT_BYTES} bytes")
    if expires_at is None:
        body = b"\0" + data
    else:
        body = bytes((_EXPIRY_BYTES,)) + _seconds(expires_at).to_bytes(_EXPIRY_BYTES, "big") + data
    return compact.write(keyring, Purpose.LINK, body, purpose.encode())


def read_link(keyring: Keyring, token: str, purpose: str, now: datetime) -> bytes | Unreadable:
    """The payload of a link signed for this purpose whose time, if it has one, is not over.

    Raises:
        ValueError: `now` is naive.
    """
    if len(token) > _LONGEST:
        return Unreadable.INVALID
    body = compact.read(keyring, Purpose.LINK, token, purpose.encode())
    if not body:
        return Unreadable.INVALID
    start = 1 + body[0]
    if body[0] and _seconds(now) >= int.from_bytes(body[1:start], "big"):
        return Unreadable.EXPIRED
    return body[start:]


def _seconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a link's time must be aware")
    return int(moment.timestamp())
