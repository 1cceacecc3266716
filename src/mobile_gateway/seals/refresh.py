"""Refresh tokens: opaque, 256 bits, stored as a hash, each the parent of exactly one successor.

The successor is computed from its parent's token and a key, so that the same successor can be answered twice
within the grace of 30 s without any raw token being stored. Who has the tables and no key cannot compute one;
neither can who has the key and only the hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from mobile_gateway.seals.compact import base64url
from mobile_gateway.seals.keyring import Keyring, Purpose, framed


def new_refresh() -> str:
    """The first token of a family: 43 characters of base64url, 256 bits from the system's generator."""
    return base64url(secrets.token_bytes(32))


def hash_refresh(token: str) -> bytes:
    """32 bytes to store and find a token by. SHA-256 without a key: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def successor(keyring: Keyring, token: str) -> str:
    """The one token that follows this one under the current key; as long and as random as a first one."""
    return _successor(keyring.current_key(Purpose.REFRESH), token)


def possible_successors(keyring: Keyring, token: str) -> list[str]:
    """The successor under each key of the ring, the current one first.

    For the grace while keys are being changed: of these the one whose hash is stored is the successor.
    """
    keys = (keyring.key(Purpose.REFRESH, key_id) for key_id in keyring.ids)
    return [_successor(key, token) for key in keys if key is not None]


def _successor(key: bytes, token: str) -> str:
    return base64url(hmac.digest(key, framed(b"successor", token.encode("utf-8", "surrogatepass")), "sha256"))
