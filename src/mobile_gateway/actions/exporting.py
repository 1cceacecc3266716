"""Exports of progress: asked for with a second sign-in, fetched once by a signed link, both audited (PRODUCT.md §12).

A link names its asker, sign-in and scope. It is good for five minutes and for one download, which the audit log
itself tells; and only while the sign-in and the role still stand.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from mobile_gateway import seals
from mobile_gateway.actions import auditing, locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.reads import places
from mobile_gateway.reads.places import Place
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct, ExportLayout
from mobile_gateway.rules.words import StaffRole
from mobile_gateway.seals import Keyring, Unreadable

LINK_LIFE = timedelta(minutes=5)
SUBJECT = "Topic"
_PURPOSE = "progress-export"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export is of: a school, or a region, or (with neither) everything; in which layout and language."""

    topic_id: int
    school_id: int | None
    region_id: int | None
    layout: ExportLayout
    locale: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link's token, which is not in its repr, and until when it is good."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """A download that may begin: what of, and which counties or school it covers."""

    wanted: Wanted
    place: Place


async def ask(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    strong_at: datetime | None,
    wanted: Wanted,
    now: datetime,
) -> Link | Refusal:
    """A link to an export, and its first audit entry. `now` is the real clock.

    Refusals: SESSION_INVALID; NOT_FOUND for what is out of scope; SECOND_SIGN_IN_REQUIRED.
    """
    async with database.transaction() as connection:
        found = await _allowed(connection, actor, wanted)
        if isinstance(found, Refusal):
            return found
        if not sign_in.is_strong(strong_at, now):
            return Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)
        number, expires_at = uuid4().hex, now + LINK_LIFE
        await _audit(connection, actor, wanted, found, number, "asked")
        said = {
            "person": actor.person_id,
            "epoch": actor.wipe_epoch,
            "sign_in": str(actor.sign_in_id),
            "link": number,
            "wanted": asdict(wanted),
        }
        payload = json.dumps(said, separators=(",", ":"))
        return Link(seals.sign_link(keyring, payload, _PURPOSE, expires_at=expires_at), expires_at)


async def begin(database: Database, keyring: Keyring, *, token: str, now: datetime) -> Granted | None:
    """Use a link up and audit the download; None when it is expired, tampered with, used, or no longer allowed."""
    payload = seals.read_link(keyring, token, _PURPOSE, now)
    if isinstance(payload, Unreadable):
        return None
    said = json.loads(payload)
    actor = Actor(said["person"], said["epoch"], UUID(said["sign_in"]))
    given = said["wanted"]
    wanted = Wanted(**{**given, "layout": ExportLayout(given["layout"])})
    async with database.transaction() as connection:
        found = await _allowed(connection, actor, wanted)
        if isinstance(found, Refusal) or await _used(connection, actor.person_id, said["link"]):
            return None
        await _audit(connection, actor, wanted, found, said["link"], "fetched")
        return Granted(wanted, found[0])


async def _allowed(
    connection: asyncpg.Connection, actor: Actor, wanted: Wanted
) -> tuple[Place, StaffRole] | Refusal:
    grants = await locks.staff(connection, actor)
    if isinstance(grants, Refusal):
        return grants
    found = await places.named(connection, grants, school_id=wanted.school_id, region_id=wanted.region_id)
    return found or Refusal(RefusalCode.NOT_FOUND)


async def _used(connection: asyncpg.Connection, person_id: int, number: str) -> bool:
    """Whether the link was fetched before; the asker's row is held, so two fetches at once are one after the other."""
    used: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM audit_entry WHERE actor_id = $1 AND act = 'PROGRESS_EXPORTED'"
        " AND at > now() - interval '1 hour' AND data ->> 'link' = $2 AND data ->> 'step' = 'fetched')",
        person_id,
        number,
    )
    return used


async def _audit(
    connection: asyncpg.Connection,
    actor: Actor,
    wanted: Wanted,
    found: tuple[Place, StaffRole],
    number: str,
    step: str,
) -> None:
    place, role = found
    county = place.counties[0] if place.school_id or place.counties == (place.region_id,) else None
    data = {"step": step, "layout": wanted.layout.value, "link": number}
    if place.region_id is not None:
        data["region"] = str(place.region_id)
    entry = auditing.Entry(
        AuditAct.PROGRESS_EXPORTED, role, SUBJECT, wanted.topic_id, place.school_id, county, data=data
    )
    await auditing.write(connection, actor.person_id, entry)
