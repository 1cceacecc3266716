"""What the house signs, seals and hashes: the only room that knows cryptography and JWT.

Everything takes a `Keyring`, whose one secret a key id serves all purposes through derived subkeys. Nothing
here reads a clock: `now` is an argument, always aware and always the real clock's, never the movable one of a
local run.
"""

from __future__ import annotations

from mobile_gateway.seals.access import ACCESS_LIFETIME, AccessClaims, issue_access, read_access
from mobile_gateway.seals.codes import check_code, hash_code, new_code
from mobile_gateway.seals.columns import SealBroken, blind_index, seal, unseal, unseal_text
from mobile_gateway.seals.compact import Unreadable
from mobile_gateway.seals.keyring import Keyring, KeyringWrong
from mobile_gateway.seals.links import LINK_LIMIT_BYTES, read_link, sign_link
from mobile_gateway.seals.passwords import check_password, fitting, hash_password, shared_salt
from mobile_gateway.seals.playback import PlaybackClaims, issue_playback, read_playback
from mobile_gateway.seals.refresh import hash_refresh, new_refresh, possible_successors, successor

__all__ = [
    "ACCESS_LIFETIME",
    "LINK_LIMIT_BYTES",
    "AccessClaims",
    "Keyring",
    "KeyringWrong",
    "PlaybackClaims",
    "SealBroken",
    "Unreadable",
    "blind_index",
    "check_code",
    "check_password",
    "fitting",
    "hash_code",
    "hash_password",
    "hash_refresh",
    "issue_access",
    "issue_playback",
    "new_code",
    "new_refresh",
    "possible_successors",
    "read_access",
    "read_link",
    "read_playback",
    "seal",
    "shared_salt",
    "sign_link",
    "successor",
    "unseal",
    "unseal_text",
]
