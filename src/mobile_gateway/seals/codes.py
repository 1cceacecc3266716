"""One-time codes sent by SMS: six digits, kept as an HMAC bound to phone and purpose.

Six digits are guessed in a million tries whatever the hash; the key makes a stolen table useless, and the
counting of tries (rows, before comparing) makes the door safe. Neither is done here.
"""

from __future__ import annotations

import hmac
import secrets

from mobile_gateway.seals.keyring import Keyring, Purpose, framed, labelled, unlabelled


def new_code() -> str:
    """Six digits, uniform, from the system's generator."""
    return f"{secrets.randbelow(1_000_000):06d}"


def hash_code(keyring: Keyring, code: str, *, phone: str, purpose: str) -> bytes:
    """What to store: the key id and HMAC-SHA-256 over code, phone (E.164) and purpose."""
    return labelled(keyring.current, _mac(keyring.current_key(Purpose.CODE), code, phone, purpose))


def check_code(keyring: Keyring, stored: bytes, code: str, *, phone: str, purpose: str) -> bool:
    """Whether this is the code stored for this phone and purpose; compared in constant time."""
    named = unlabelled(stored)
    key = named and keyring.key(Purpose.CODE, named[0])
    if not named or not key:
        return False
    return hmac.compare_digest(_mac(key, code, phone, purpose), named[1])


def _mac(key: bytes, code: str, phone: str, purpose: str) -> bytes:
    parts = (part.encode("utf-8", "surrogatepass") for part in (purpose, phone, code))
    return hmac.digest(key, framed(*parts), "sha256")
