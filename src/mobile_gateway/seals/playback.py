"""Playback-session tokens: what a client must show with every beat (PRODUCT.md §4, evidence of watching).

They carry no time: whether a session still takes beats is decided by its row and the database's clock. So a
key must stay in the ring for nine days after it stopped being current (offline sessions live seven, uploads
two more).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from mobile_gateway.seals import compact
from mobile_gateway.seals.compact import Unreadable
from mobile_gateway.seals.keyring import Keyring, Purpose

_LAYOUT = struct.Struct(">5q")
_LONGEST = 128


class PlaybackClaims(NamedTuple):
    """What a playback token is bound to; every field fits a bigint column."""

    person_id: int
    wipe_epoch: int
    topic_id: int
    media_version: int
    session_id: int


def issue_playback(keyring: Keyring, claims: PlaybackClaims) -> str:
    """Sign the claims into at most 94 characters, safe in an address.

    Raises:
        struct.error: a field is beyond 64 bits.
    """
    return compact.write(keyring, Purpose.PLAYBACK, _LAYOUT.pack(*claims))


def read_playback(keyring: Keyring, token: str) -> PlaybackClaims | Unreadable:
    """The claims of a token signed by one of our keys, else INVALID.

    That the person and the epoch are the viewer's own is the caller's to compare.
    """
    body = compact.read(keyring, Purpose.PLAYBACK, token) if len(token) <= _LONGEST else None
    if body is None or len(body) != _LAYOUT.size:
        return Unreadable.INVALID
    return PlaybackClaims._make(_LAYOUT.unpack(body))
