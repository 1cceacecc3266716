"""Registering by phone, and binding a phone to an account that has none (PRODUCT.md §5, §7).

A code is proven before anything is looked for, so that a stranger learns of no account. The phone's codes are
locked first and the person's row after them, as in signing in: who does it the other way round waits for ever.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions import codes, locks, sessions
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, CodePurpose, Identity
from mobile_gateway.seals import Keyring

_TAKEN = Refusal(RefusalCode.PHONE_TAKEN, ("phone",))

_REGISTER = """
INSERT INTO person (identity, phone, locale) VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT person_phone_key DO NOTHING
RETURNING id
"""


async def register(
    database: Database,
    keyring: Keyring,
    *,
    phone: str,
    code: str,
    identity: Identity,
    client_kind: ClientKind,
    locale: str,
    now: datetime,
) -> SignedIn | Refusal:
    """Make an account of a phone that was proven by its code, and sign it in. `now` is the real clock's.

    Registering one phone twice at once makes one account.

    Refusals: CODE_WRONG, CODE_LOCKED; PHONE_TAKEN to who proved the number (the code is used up by it).
    """
    async with database.transaction() as connection:
        refused = await codes.prove(
            connection, keyring, phone=phone, purpose=CodePurpose.REGISTER, code=code, now=now
        )
        if refused is not None:
            return refused
        person_id = await connection.fetchval(_REGISTER, identity, phone, locale)
        if person_id is None:
            return _TAKEN
        return await sessions.begin(
            connection,
            keyring,
            person_id=person_id,
            identity=identity,
            wipe_epoch=0,
            client_kind=client_kind,
            now=now,
        )


async def may_bind(database: Database, *, actor: Actor) -> Refusal | None:
    """None when the actor's account has no phone yet, and may be sent a code to bind one.

    Refusals: SESSION_INVALID; PHONE_NOT_EDITABLE when there is a phone, which is changed in another way.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        bound = await connection.fetchval(_PHONE, actor.person_id)
        return None if bound is None else Refusal(RefusalCode.PHONE_NOT_EDITABLE)


async def bind_phone(
    database: Database, keyring: Keyring, *, actor: Actor, phone: str, code: str, now: datetime
) -> Refusal | None:
    """Bind a phone, proven by its code, to the actor's account; None when it is bound now. Twice is once.

    Of two accounts that bind one phone at once one wins.

    Refusals: CODE_WRONG, CODE_LOCKED, SESSION_INVALID; PHONE_NOT_EDITABLE when the account has another phone;
    PHONE_TAKEN to who proved the number.
    """
    try:
        async with database.transaction() as connection:
            return await _bind(connection, keyring, actor, phone, code, now)
    except asyncpg.UniqueViolationError:
        # Somebody whose proof was taken earlier (a rebind ticket) got the phone at this very moment.
        return _TAKEN


_PHONE = "SELECT phone FROM person WHERE id = $1"

_BIND = """
UPDATE person p SET phone = $2, version = version + 1
 WHERE p.id = $1 AND NOT EXISTS (SELECT FROM person o WHERE o.phone = $2)
RETURNING p.id
"""


async def _bind(
    connection: asyncpg.Connection, keyring: Keyring, actor: Actor, phone: str, code: str, now: datetime
) -> Refusal | None:
    if await connection.fetchval(_PHONE, actor.person_id) is None:
        refused = await codes.prove(
            connection, keyring, phone=phone, purpose=CodePurpose.BIND_PHONE, code=code, now=now
        )
        if refused is not None:
            return refused
    person = await locks.person(connection, actor)
    if isinstance(person, Refusal):
        return person
    bound = await connection.fetchval(_PHONE, actor.person_id)
    if bound is not None:
        return None if bound == phone else Refusal(RefusalCode.PHONE_NOT_EDITABLE)
    done = await connection.fetchval(_BIND, actor.person_id, phone)
    return _TAKEN if done is None else None
