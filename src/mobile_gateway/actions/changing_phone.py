"""Changing the account's phone with the old one at hand (PRODUCT.md §7; manual, question 3).

Phones are held before the person's row, as everywhere where a code is proven: signing in does so too, and the
other way round the two would wait for each other.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway.actions import codes, locks, notifying, swapping
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.notifying import Event
from mobile_gateway.actions.swapping import Swap
from mobile_gateway.models.database import Database
from mobile_gateway.reads import phones as reads
from mobile_gateway.rules import phone_change as rules
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose, NotificationKind
from mobile_gateway.seals import Keyring

_PHONE = "SELECT phone FROM person WHERE id = $1"

_PROVEN = """
INSERT INTO phone_change (person_id, old_phone, old_proven_at, proven_in) VALUES ($1, $2, $3, $4)
ON CONFLICT (person_id) WHERE done_at IS NULL
DO UPDATE SET old_phone = EXCLUDED.old_phone, old_proven_at = EXCLUDED.old_proven_at, proven_in = EXCLUDED.proven_in
"""

_DONE_ALREADY = """
SELECT EXISTS (SELECT FROM phone_change WHERE person_id = $1 AND new_phone = $2 AND done_at > $3)
"""

_DONE = """
UPDATE phone_change SET new_phone = $2, done_at = $3 WHERE person_id = $1 AND done_at IS NULL RETURNING id
"""


async def prove_old(
    database: Database, keyring: Keyring, *, actor: Actor, code: str, now: datetime
) -> datetime | Refusal:
    """Prove the account's own phone; answers until when a new one may follow. Again begins the time anew.

    The proof is the sign-in's that gave it: another one of the same account cannot go on from it.
    `now` is the real clock's. Refusals: SESSION_INVALID, PHONE_REQUIRED, CODE_WRONG, CODE_LOCKED.
    """
    async with database.transaction() as connection:
        phone = await _held(connection, actor)
        if isinstance(phone, Refusal):
            return phone
        refused = await codes.prove(
            connection, keyring, phone=phone, purpose=CodePurpose.CHANGE_OLD_PHONE, code=code, now=now
        )
        if refused is not None:
            return refused
        await connection.execute(_PROVEN, actor.person_id, phone, now, actor.sign_in_id)
        return now + rules.PROOF_LIFE


async def finish(
    database: Database, keyring: Keyring, *, actor: Actor, new_phone: str, code: str, now: datetime
) -> Refusal | None:
    """Give the account the new phone, which the code proves; None when it has it now.

    Every other sign-in of the account ends, both numbers are told. A repeat after a lost answer is answered as
    the first one for 15 minutes, whatever its code. `now` is the real clock's.

    Refusals: SESSION_INVALID, PHONE_REQUIRED, OLD_PHONE_NOT_PROVEN, PHONE_UNCHANGED, CODE_WRONG, CODE_LOCKED;
    PHONE_TAKEN to who proved the number (the code is used up by it).
    """
    async with database.transaction() as connection:
        old_phone = await _held(connection, actor, new_phone)
        if isinstance(old_phone, Refusal):
            return old_phone
        since = now - rules.PROOF_LIFE
        if old_phone == new_phone and await connection.fetchval(
            _DONE_ALREADY, actor.person_id, new_phone, since
        ):
            return None
        standing = await reads.standing(connection, actor.person_id, actor.sign_in_id)
        refused = rules.may_change(standing, new_phone, now) or await codes.prove(
            connection, keyring, phone=new_phone, purpose=CodePurpose.CHANGE_NEW_PHONE, code=code, now=now
        )
        if refused is not None:
            return refused
        change_id = await connection.fetchval(
            "SELECT id FROM phone_change WHERE person_id = $1 AND done_at IS NULL", actor.person_id
        )
        swap = Swap(actor.person_id, old_phone, new_phone, f"phone_change:{change_id}", actor.sign_in_id)
        refused = await swapping.swap(connection, keyring, swap, now)
        if refused is not None:
            return refused
        await connection.execute(_DONE, actor.person_id, new_phone, now)
        happened_at = await notifying.moment(connection)
        told = Event(NotificationKind.PHONE_CHANGED, f"phone:{change_id}", {}, happened_at)
        await notifying.notify(connection, actor.person_id, [told])
        return None


async def forget_unfinished(database: Database, now: datetime) -> int:
    """Delete proofs of an old phone that nobody went on from for an hour; answers how many."""
    async with database.transaction() as connection:
        gone = await connection.fetch(
            "DELETE FROM phone_change WHERE done_at IS NULL AND old_proven_at <= $1 RETURNING id",
            now - rules.FORGOTTEN_AFTER,
        )
    return len(gone)


async def _held(connection: asyncpg.Connection, actor: Actor, *others: str) -> str | Refusal:
    """The account's phone, held together with the others and the person; or why not.

    The phone is looked up before it can be held. When it changed in between, it is none that was proven.
    """
    seen = await connection.fetchval(_PHONE, actor.person_id)
    held = {phone for phone in (seen, *others) if phone is not None}
    await codes.hold(connection, *held)
    locked = await locks.person(connection, actor)
    if isinstance(locked, Refusal):
        return locked
    phone: str | None = await connection.fetchval(_PHONE, actor.person_id)
    if phone is None:
        return Refusal(RefusalCode.PHONE_REQUIRED)
    return phone if phone in held else Refusal(RefusalCode.OLD_PHONE_NOT_PROVEN)
