"""The keyring: one 32-byte secret a key id, a subkey for every purpose.

Subkeys come from HKDF-SHA-256 (RFC 5869) and are derived once, when the keyring is made, so that a token's
reader finds its key by a dictionary look-up.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32

_SALT = b"mobile-gateway/seals/1"
_ID = re.compile(r"[a-z0-9]{1,16}")
_INDEX_MARK = "index"


class Purpose(StrEnum):
    """What a subkey is for. Its word is hashed into the subkey: changing one breaks what was made with it."""

    COLUMN = "column"
    INDEX = "index"
    ACCESS = "access"
    REFRESH = "refresh"
    PLAYBACK = "playback"
    CODE = "code"
    LINK = "link"


class KeyringWrong(ValueError):
    """The settings string is no keyring. The text says which entry is wrong and never shows a secret."""


class Keyring:
    """The process's keys, immutable.

    `current` signs and seals whatever is new; every key of the ring reads. `index` is the one key of the
    blind index: an index must come out the same for years, so a new current key does not move it.
    """

    __slots__ = ("_keys", "_secrets", "current", "index")

    def __init__(self, secrets_by_id: Mapping[str, bytes], *, current: str, index: str | None = None) -> None:
        """Take the secrets; `index` may be left out where there is one key only.

        Raises:
            KeyringWrong: an id or secret is malformed, a named key is absent, or the index key is ambiguous.
        """
        if index is None:
            if len(secrets_by_id) > 1:
                raise KeyringWrong("several keys: mark the one of the blind index with :index")
            index = current
        for key_id, secret in secrets_by_id.items():
            if not _ID.fullmatch(key_id):
                raise KeyringWrong("a key id is 1 to 16 characters of a-z and 0-9")
            if len(secret) != SECRET_BYTES:
                raise KeyringWrong(f"the secret of key {key_id} is not {SECRET_BYTES} bytes")
        for key_id in (current, index):
            if key_id not in secrets_by_id:
                raise KeyringWrong(f"there is no key {key_id}")
        self.current = current
        self.index = index
        self._secrets = dict(secrets_by_id)
        self._keys = {
            (purpose, key_id): _derive(secret, purpose)
            for key_id, secret in secrets_by_id.items()
            for purpose in Purpose
        }

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the settings string: entries `id:secret`, separated by commas, the current key first.

        A secret is 32 bytes in base64url. To change keys put the new one in front and mark the one that the
        blind index was made with: `k2:…,k1:…:index`. An old key may go once nothing sealed or signed with it
        is left.

        Raises:
            KeyringWrong: the string does not read so.
        """
        found: dict[str, bytes] = {}
        index: str | None = None
        for number, entry in enumerate(text.split(","), start=1):
            key_id, separator, rest = entry.strip().partition(":")
            secret, _, mark = rest.partition(":")
            if not separator or not _ID.fullmatch(key_id):
                raise KeyringWrong(f"entry {number} is not of the form id:secret")
            if key_id in found:
                raise KeyringWrong(f"key {key_id} stands twice")
            if mark not in {"", _INDEX_MARK}:
                raise KeyringWrong(f"entry {number} may end in :{_INDEX_MARK}, and in nothing else")
            if mark and index is not None:
                raise KeyringWrong("two keys are marked as the index's")
            found[key_id] = _secret(secret, key_id)
            index = key_id if mark else index
        return cls(found, current=next(iter(found)), index=index)

    @classmethod
    def generate(cls) -> Self:
        """Make a keyring of one fresh random key, for a first run."""
        key_id = f"k{secrets.token_hex(3)}"
        return cls({key_id: secrets.token_bytes(SECRET_BYTES)}, current=key_id)

    def to_text(self) -> str:
        """The settings string that `parse` reads back. It holds the secrets: write it to a 0600 file only."""
        ordered = [self.current, *(key_id for key_id in self._secrets if key_id != self.current)]
        several = len(ordered) > 1
        return ",".join(
            f"{key_id}:{base64.urlsafe_b64encode(self._secrets[key_id]).decode().rstrip('=')}"
            + (f":{_INDEX_MARK}" if several and key_id == self.index else "")
            for key_id in ordered
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """Every key id, the current one first."""
        return (self.current, *(key_id for key_id in self._secrets if key_id != self.current))

    def key(self, purpose: Purpose, key_id: str) -> bytes | None:
        """The 32-byte subkey, or None where the ring has no such key."""
        return self._keys.get((purpose, key_id))

    def current_key(self, purpose: Purpose) -> bytes:
        """The current key's subkey."""
        return self._keys[purpose, self.current]

    def __repr__(self) -> str:
        return f"Keyring(current={self.current!r}, index={self.index!r}, keys={len(self._secrets)})"


def framed(*parts: bytes) -> bytes:
    """Join parts, each with its length before it: no two different lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def labelled(key_id: str, body: bytes) -> bytes:
    """A stored value that names its key: one byte of length, the key id, the body."""
    return bytes((len(key_id),)) + key_id.encode() + body


def unlabelled(stored: bytes) -> tuple[str, bytes] | None:
    """Key id and body of a `labelled` value; None when it is not one."""
    if not stored or len(stored) <= stored[0]:
        return None
    end = 1 + stored[0]
    label = stored[1:end]
    return (label.decode("ascii"), stored[end:]) if label.isascii() else None


def _secret(text: str, key_id: str) -> bytes:
    padded = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        secret = binascii.a2b_base64((padded + "=" * (-len(padded) % 4)).encode(), strict_mode=True)
    except ValueError:
        raise KeyringWrong(f"the secret of key {key_id} is not base64url") from None
    if len(secret) != SECRET_BYTES:
        raise KeyringWrong(f"the secret of key {key_id} is not {SECRET_BYTES} bytes")
    return secret


def _derive(secret: bytes, purpose: Purpose) -> bytes:
    return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=_SALT, info=purpose.encode()).derive(secret)
