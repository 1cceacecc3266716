"""Switching identity (PRODUCT.md §5): STUDENT becomes TEACHER once and for all, PARENT and TEACHER go both ways."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final, assert_never

import asyncpg

from mobile_gateway import seals, transactions
from mobile_gateway.actions import locks, notifying, readiness, sessions, wiping
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.sessions import Renewed
from mobile_gateway.models.database import Database
from mobile_gateway.reads import losses
from mobile_gateway.rules import changes, identities
from mobile_gateway.rules.identities import Step
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import Keyring

PURPOSE: Final = "identity-wipe"
"""What confirmation tokens are signed for."""

_DOCUMENT_OF_TEACHER = "person_document_of_teacher_key"
_WIPE_AT_MOST = 3

# An identity of a teacher's takes nothing with it: what was played and accepted stays evidence, and a session ends
# at this moment, offline ones too. By the evidence's clock.
_END_SESSIONS = """
UPDATE playback_session SET ended_at = greatest(domain_now(), opened_at) WHERE person_id = $1 AND ended_at IS NULL
"""


def sign_confirmation(keyring: Keyring, confirmation: bytes, expires_at: datetime) -> str:
    """The token that a student shows to have seen what will be lost; the time is the real clock's."""
    return seals.sign_link(keyring, confirmation, PURPOSE, expires_at=expires_at)


async def to_teacher(
    database: Database, keyring: Keyring, *, actor: Actor, confirmation_token: str | None, now: datetime
) -> Renewed | Refusal:
    """Make the actor a TEACHER; `now` is the real clock's. To who is one already: success, and nothing is done.

    Of a STUDENT everything but the phone is wiped in this one transaction, and every sign-in ends: the answer
    holds a new one. Whoever loses that answer signs in again by phone; the same call then finds a teacher and
    wipes nothing. A confirmation holds for one person, one epoch, and exactly what was shown.

    Refusals: SESSION_INVALID, PHONE_REQUIRED, WIPE_CONFIRMATION_REQUIRED; ID_NUMBER_IN_USE when another teacher
    has a parent's document.
    """
    left = _WIPE_AT_MOST
    while True:
        left -= 1
        try:
            async with database.transaction() as connection:
                return await _to_teacher(connection, keyring, actor, confirmation_token, now)
        except asyncpg.UniqueViolationError as why:
            if why.constraint_name != _DOCUMENT_OF_TEACHER:
                raise
            return Refusal(RefusalCode.ID_NUMBER_IN_USE)
        except asyncpg.DeadlockDetectedError:
            # Deliveries of several people are settled at once, in no order of ours; then the wipe begins anew.
            if not left:
                raise


async def _to_teacher(
    connection: asyncpg.Connection, keyring: Keyring, actor: Actor, token: str | None, now: datetime
) -> Renewed | Refusal:
    step = await _step(connection, actor, Identity.TEACHER)
    if isinstance(step, Refusal):
        return step
    match step:
        case Step.NOTHING:
            return await sessions.renew(connection, keyring, actor.sign_in_id, now)
        case Step.CHANGE:
            await connection.execute("UPDATE person SET identity = 'TEACHER' WHERE id = $1", actor.person_id)
            transactions.tell(changes.standing(actor.person_id))
            moment = await notifying.moment(connection)
            told = await readiness.events(connection, actor.person_id, moment)
            await notifying.notify(connection, actor.person_id, told)
            return await sessions.renew(connection, keyring, actor.sign_in_id, now)
        case Step.WIPE:
            return await _wipe(connection, keyring, actor, token, now)
        case never:
            assert_never(never)


async def _wipe(
    connection: asyncpg.Connection, keyring: Keyring, actor: Actor, token: str | None, now: datetime
) -> Renewed | Refusal:
    shown = seals.read_link(keyring, token, PURPOSE, now) if token else b""
    lost = await losses.of_student(connection, actor.person_id, actor.sign_in_id, now)
    if not isinstance(shown, bytes) or not hmac.compare_digest(shown, lost.confirmation):
        return Refusal(RefusalCode.WIPE_CONFIRMATION_REQUIRED, ("confirmationToken",))
    kind = await connection.fetchval("SELECT client_kind FROM sign_in WHERE id = $1", actor.sign_in_id)
    epoch = await wiping.wipe(connection, actor.person_id, now)
    begun = await sessions.begin(
        connection,
        keyring,
        person_id=actor.person_id,
        identity=Identity.TEACHER,
        wipe_epoch=epoch,
        client_kind=ClientKind(kind),
        now=now,
    )
    return Renewed(
        begun.identity,
        begun.access_token,
        begun.access_expires_at,
        None,
        begun.refresh_token,
        begun.refresh_expires_at,
    )


async def to_parent(
    database: Database, keyring: Keyring, *, actor: Actor, now: datetime
) -> Renewed | Refusal:
    """Make the actor, a TEACHER, a PARENT: nothing is wiped, and every playback session ends at this moment.

    To who is one already: success. What was accepted before is judged, and counts again on the way back.

    Refusals: SESSION_INVALID; IDENTITY_SWITCH_IMPOSSIBLE for a STUDENT.
    """
    async with database.transaction() as connection:
        step = await _step(connection, actor, Identity.PARENT)
        if isinstance(step, Refusal):
            return step
        if step is Step.CHANGE:
            await connection.execute("UPDATE person SET identity = 'PARENT' WHERE id = $1", actor.person_id)
            transactions.tell(changes.standing(actor.person_id))
            await connection.execute(_END_SESSIONS, actor.person_id)
        return await sessions.renew(connection, keyring, actor.sign_in_id, now)


async def _step(connection: asyncpg.Connection, actor: Actor, wanted: Identity) -> Step | Refusal:
    person = await locks.person(connection, actor)
    if isinstance(person, Refusal):
        return person
    has_phone = await connection.fetchval(
        "SELECT phone IS NOT NULL FROM person WHERE id = $1", actor.person_id
    )
    return identities.switch(person.identity, wanted, has_phone=has_phone)
