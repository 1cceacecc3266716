"""Addresses that a file may be sent to, links to a ticket's photo, and what stands behind them.

Both are signed and hold ids alone. An address has no time in itself: its row has, so that it can be used up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import asyncpg

from mobile_gateway import seals
from mobile_gateway.rules import uploads as rules
from mobile_gateway.seals import Keyring, SealBroken, Unreadable

PHOTO_COLUMN = "upload.photo"
"""The column that a photo is sealed for; its owner is the row's id as text."""

_ADDRESS = "upload"
_VIEW = "rebind-photo"


class Standing(Enum):
    """Whether an address still takes a file."""

    OPEN = auto()
    USED = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class View:
    """Whom a link shows which ticket's photo: the agent, by the sign-in that asked for it; `link` numbers the link."""

    ticket_id: int
    agent_id: int
    sign_in_id: UUID
    link: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it was kept. Its bytes are not in its repr."""

    media_type: str
    data: bytes = field(repr=False)


def address_of(keyring: Keyring, upload_id: UUID) -> str:
    """The token that names an upload: its holder may send the file, and attach it to a ticket."""
    return seals.sign_link(keyring, upload_id.bytes, _ADDRESS)


def upload_of(keyring: Keyring, token: str, now: datetime) -> UUID | None:
    """The upload that a token names; None for what we did not sign."""
    read = seals.read_link(keyring, token, _ADDRESS, now)
    return None if isinstance(read, Unreadable) else UUID(bytes=read)


def view_link(keyring: Keyring, view: View, now: datetime) -> tuple[str, datetime]:
    """The token of a link to a photo, and until when it is good: 60 s."""
    expires_at = now + rules.VIEW_LIFE
    said = f"{view.ticket_id}:{view.agent_id}:{view.sign_in_id}:{view.link}"
    return seals.sign_link(keyring, said, _VIEW, expires_at=expires_at), expires_at


def view_of(keyring: Keyring, token: str, now: datetime) -> View | None:
    """What a link shows; None for one that we did not sign, or whose time is over."""
    read = seals.read_link(keyring, token, _VIEW, now)
    if isinstance(read, Unreadable):
        return None
    ticket, agent, sign_in, link = read.decode().split(":")
    return View(int(ticket), int(agent), UUID(sign_in), link)


_ROW = "SELECT stored_at, created_at, expires_at FROM upload WHERE id = $1"


async def standing(connection: asyncpg.Connection, upload_id: UUID, now: datetime) -> Standing:
    """Whether an upload takes a file now. USED is told as long as an unused address would be good."""
    row = await connection.fetchrow(_ROW, upload_id)
    if row is None or now >= row["created_at"] + rules.ADDRESS_LIFE:
        return Standing.GONE
    free = row["stored_at"] is None and now < row["expires_at"]
    return Standing.OPEN if free else Standing.USED


async def is_kept(connection: asyncpg.Connection, upload_id: UUID, now: datetime) -> bool:
    """Whether a photo waits there for its ticket."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM upload WHERE id = $1 AND stored_at IS NOT NULL AND attached_at IS NULL"
        " AND expires_at > $2)",
        upload_id,
        now,
    )
    return found


_PHOTO = """
SELECT u.id, u.media_type, u.sealed
  FROM rebind_ticket t JOIN upload u ON u.id = t.photo_key::uuid
 WHERE t.id = $1 AND t.agent_id = $2 AND t.closed_at IS NULL
   AND EXISTS (SELECT FROM staff_grant g
                WHERE g.person_id = $2 AND g.role = 'SUPPORT_AGENT' AND g.revoked_at IS NULL)
   AND EXISTS (SELECT FROM sign_in s WHERE s.id = $3 AND s.person_id = $2 AND s.ended_at IS NULL)
"""


async def photo(connection: asyncpg.Connection, keyring: Keyring, view: View) -> Photo | None:
    """The photo of an open ticket for its agent as of now; None when out of scope, closed or signed out."""
    row = await connection.fetchrow(_PHOTO, view.ticket_id, view.agent_id, view.sign_in_id)
    if row is None:
        return None
    try:
        data = seals.unseal(keyring, row["sealed"], column=PHOTO_COLUMN, owner=str(row["id"]))
    except SealBroken:
        return None
    return Photo(row["media_type"], data)
