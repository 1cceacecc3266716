"""The second sign-in: proving again who one is, which holds for 5 minutes (TRUST.md, "People's data").

An account with a phone proves it by a code to that phone; a student's without one by its password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from mobile_gateway.actions import codes, hashing, locks, sessions, tries
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.sessions import Renewed
from mobile_gateway.models.database import Database
from mobile_gateway.reads import student_logins
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.seals import Keyring

_STRONG = "UPDATE sign_in SET strong_at = $2 WHERE id = $1"


async def phone_of(database: Database, *, actor: Actor) -> str | Refusal:
    """The phone that a code for the actor goes to.

    Refusals: SESSION_INVALID; PHONE_REQUIRED when the account has none: then its password is asked for.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        phone = await _phone(connection, actor)
        return phone if phone is not None else Refusal(RefusalCode.PHONE_REQUIRED)


async def by_code(
    database: Database, keyring: Keyring, *, actor: Actor, code: str, now: datetime
) -> Renewed | Refusal:
    """Sign in again by the code sent to the account's own phone; the answer's token says when.

    The phone's codes are locked before the person's row, as in signing in.

    Refusals: CODE_WRONG, CODE_LOCKED, PHONE_REQUIRED, SESSION_INVALID (also when the phone changed meanwhile).
    """
    async with database.transaction() as connection:
        phone = await _phone(connection, actor)
        if phone is None:
            return Refusal(RefusalCode.PHONE_REQUIRED)
        refused = await codes.prove(
            connection, keyring, phone=phone, purpose=CodePurpose.STRONG_SIGN_IN, code=code, now=now
        )
        if refused is not None:
            return refused
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        if await _phone(connection, actor) != phone:
            return Refusal(RefusalCode.SESSION_INVALID)
        await connection.execute(_STRONG, actor.sign_in_id, now)
        return await sessions.renew(connection, keyring, actor.sign_in_id, now)


@dataclass(frozen=True, slots=True)
class _Own:
    login_index: bytes
    password_hash: str = field(repr=False)


async def by_password(
    database: Database, keyring: Keyring, *, actor: Actor, password: str, network: str, now: datetime
) -> Renewed | Refusal:
    """Sign in again by the password of an account that has no phone; tries count as those of signing in.

    Refusals: SESSION_INVALID; SECOND_SIGN_IN_REQUIRED when there is a phone to prove instead; RATE_LIMITED,
    SIGN_IN_LOCKED, SIGN_IN_WRONG.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        own = await _own(connection, keyring, actor)
        refused = (
            own if isinstance(own, Refusal) else await tries.count(connection, own.login_index, network, now)
        )
        if refused is not None:
            return refused
    assert isinstance(own, _Own)
    if not await hashing.fitting([own.password_hash], password):
        return Refusal(RefusalCode.SIGN_IN_WRONG, ("password",))
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        await tries.clear(connection, own.login_index)
        await connection.execute(_STRONG, actor.sign_in_id, now)
        return await sessions.renew(connection, keyring, actor.sign_in_id, now)


async def _own(connection: asyncpg.Connection, keyring: Keyring, actor: Actor) -> _Own | Refusal:
    row = await connection.fetchrow(
        "SELECT phone, student_school_id, student_number, password_hash FROM person WHERE id = $1",
        actor.person_id,
    )
    if row["phone"] is not None or row["password_hash"] is None:
        return Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)
    schools = await student_logins.schools(connection, row["student_school_id"])
    last = schools.last if schools else row["student_school_id"]
    return _Own(tries.login(keyring, last, row["student_number"]), row["password_hash"])


async def _phone(connection: asyncpg.Connection, actor: Actor) -> str | None:
    phone: str | None = await connection.fetchval("SELECT phone FROM person WHERE id = $1", actor.person_id)
    return phone
