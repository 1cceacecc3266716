"""Sealed columns and files, and the blind index by which a sealed value is found and kept unique.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: one key may seal 2^32 values, far above this
product's people. A sealed value does not hide its length, and an older sealed value of the same owner and
column put back in its place is not noticed.
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_gateway.seals.keyring import Keyring, Purpose, framed, labelled, unlabelled

_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value was changed, belongs to another owner or column, or its key has left the ring."""


def seal(keyring: Keyring, plain: bytes | str, *, column: str, owner: int | str) -> bytes:
    """Encrypt a value for one column (`table.column`) and one owner: a person's id, or the row's own key.

    Text is sealed as UTF-8. The result is longer than the plain value by 30 bytes and the key id; twice the
    same value gives two different results.

    Raises:
        UnicodeEncodeError: the text holds a lone surrogate, which `rules.texts` refuses at the door.
    """
    data = plain.encode() if isinstance(plain, str) else plain
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(keyring.current_key(Purpose.COLUMN))
    return _VERSION + labelled(keyring.current, nonce + cipher.encrypt(nonce, data, _bound(column, owner)))


def unseal(keyring: Keyring, sealed: bytes, *, column: str, owner: int | str) -> bytes:
    """The plain bytes of a value sealed for this column and owner, with any key of the ring.

    Raises:
        SealBroken: it cannot be opened; the text never says more than the column.
    """
    named = unlabelled(sealed[1:]) if sealed[:1] == _VERSION else None
    key = named and keyring.key(Purpose.COLUMN, named[0])
    if not named or not key or len(named[1]) < _NONCE_BYTES:
        raise SealBroken(f"{column} has no seal of ours")
    nonce, data = named[1][:_NONCE_BYTES], named[1][_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, data, _bound(column, owner))
    except (InvalidTag, ValueError):
        raise SealBroken(f"{column} does not open for this owner") from None


def unseal_text(keyring: Keyring, sealed: bytes, *, column: str, owner: int | str) -> str:
    """As `unseal`, for a value that was sealed as text.

    Raises:
        SealBroken: it cannot be opened, or holds no UTF-8.
    """
    try:
        return unseal(keyring, sealed, column=column, owner=owner).decode()
    except UnicodeDecodeError:
        raise SealBroken(f"{column} holds no text") from None


def blind_index(keyring: Keyring, value: bytes | str, column: str) -> bytes:
    """32 bytes, the same for the same value and column: HMAC-SHA-256 under the ring's index key.

    The value must be normalised before. Who has the index key can test guesses (ID numbers are guessable),
    who has only the table cannot.
    """
    data = value.encode() if isinstance(value, str) else value
    key = keyring.key(Purpose.INDEX, keyring.index)
    assert key is not None  # the keyring's constructor has seen to it
    return hmac.digest(key, framed(column.encode(), data), "sha256")


def _bound(column: str, owner: int | str) -> bytes:
    kind = b"i" if isinstance(owner, int) else b"s"
    return framed(column.encode(), kind, str(owner).encode())
