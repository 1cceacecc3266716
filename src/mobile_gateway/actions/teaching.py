"""A teacher's own teaching records: add, edit, hand in again, make primary, leave (PRODUCT.md §6).

Held in this order: the person, the school that is chosen, the person's active records. Whoever moves records
from one school to another takes the schools before the records too. `now` is the domain's clock.

Refusals of all: SESSION_INVALID, IDENTITY_NOT_TEACHER; NOT_FOUND for a record that is not the actor's or not
active.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import asyncpg

from mobile_gateway.actions import following, leaving, locks, notifying, readiness, reviewers
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import teaching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.teaching import Details, Record
from mobile_gateway.rules.words import RecordState
from mobile_gateway.seals import Keyring

# FOR SHARE: nobody merges the school before the record stands there.
_SCHOOL = "SELECT merged_at IS NULL AS active FROM school WHERE id = $1 FOR SHARE"

_LAST_SUCCESSOR = """
WITH RECURSIVE way(id, successor_id, steps) AS (
  SELECT id, successor_id, 0 FROM school WHERE id = $1
  UNION ALL
  SELECT s.id, s.successor_id, w.steps + 1 FROM way w JOIN school s ON s.id = w.successor_id WHERE w.steps < 100
)
SELECT id FROM way ORDER BY steps DESC LIMIT 1
"""

_ADD = """
INSERT INTO teaching_record (person_id, school_id, state, is_primary, teaching_stage, subject, grade, submitted_at)
VALUES ($1, $2, 'PENDING', $3, $4, $5, $6, $7) RETURNING id
"""

_DETAILS = "SELECT teaching_stage, subject, grade FROM teaching_record WHERE id = $1"

_WRITE_DETAILS = """
UPDATE teaching_record SET teaching_stage = $2, subject = $3, grade = $4, version = version + 1 WHERE id = $1
"""

_SUBMIT = """
UPDATE teaching_record SET state = 'PENDING', reason = NULL, decided_by_id = NULL, decided_at = NULL,
                           school_id = $2, submitted_at = $3, version = version + 1
 WHERE id = $1
"""


async def add(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    school_id: int,
    details: Details,
    is_primary: bool,
    now: datetime,
) -> int | Refusal:
    """Add a PENDING record and tell who decides about it; answers its id. Primary if asked for, or if none is.

    Refusals: also SCHOOL_NOT_FOUND, SCHOOL_MERGED (its data names the `successor`, by id),
    TEACHING_RECORD_EXISTS, TEACHING_RECORDS_EXCEEDED.
    """
    async with database.transaction() as connection:
        refused = await _teacher_and_school(connection, actor, school_id)
        if refused is not None:
            return refused
        records = await leaving.hold(connection, actor.person_id)
        refused = teaching.may_add(records, school_id)
        if refused is not None:
            return refused
        primary = next((one for one in records if one.is_primary), None)
        if is_primary and primary is not None:
            await _set_primary(connection, primary.id, is_primary=False)
        record_id: int = await connection.fetchval(
            _ADD,
            actor.person_id,
            school_id,
            is_primary or primary is None,
            details.get("teaching_stage"),
            details.get("subject"),
            details.get("grade"),
            now,
        )
        await reviewers.to_review(connection, owner_id=actor.person_id, record_id=record_id, now=now)
        await following.choose(connection, keyring, actor.person_id, records, now)
        return record_id


async def update(
    database: Database,
    keyring: Keyring,
    *,
    actor: Actor,
    record_id: int,
    version: int,
    details: Details,
    school_id: int | None,
    now: datetime,
) -> Refusal | None:
    """Edit a record of that version; None when it stands. What changes nothing keeps the version.

    Stage, subject and grade (as far as `details` has them) leave the verification as it is. Another school
    hands the record in there: PENDING, the old decision forgotten, who decides is told.

    Refusals: also CONFLICT, FIELD_LOCKED_VERIFIED, and of the school those of `add`.
    """
    async with database.transaction() as connection:
        refused = await _teacher_and_school(connection, actor, school_id)
        if refused is not None:
            return refused
        records = await leaving.hold(connection, actor.person_id)
        record = _of(records, record_id)
        if isinstance(record, Refusal):
            return record
        if record.version != version:
            return Refusal(RefusalCode.CONFLICT, ("version",))
        moves = school_id is not None and school_id != record.school_id
        refused = teaching.may_move(record, records, school_id or 0) if moves else None
        if refused is not None:
            return refused
        await _write_details(connection, record_id, details)
        if moves and school_id is not None:
            await _submit(connection, actor.person_id, record_id, school_id, now)
            await following.choose(connection, keyring, actor.person_id, records, now)
        return None


async def resubmit(
    database: Database, keyring: Keyring, *, actor: Actor, record_id: int, now: datetime
) -> Refusal | None:
    """Hand a REJECTED record in again; None when it waits now. Twice is once.

    Refusal: also ALREADY_DECIDED for one that is approved.
    """
    async with database.transaction() as connection:
        held = await _own(connection, actor, record_id)
        if isinstance(held, Refusal):
            return held
        record, records = held
        refused = teaching.may_resubmit(record.state)
        if refused is None and record.state is not RecordState.PENDING:
            await _submit(connection, actor.person_id, record_id, record.school_id, now)
            await following.choose(connection, keyring, actor.person_id, records, now)
        return refused


async def make_primary(
    database: Database, keyring: Keyring, *, actor: Actor, record_id: int, now: datetime
) -> Refusal | None:
    """Make a record the primary one, whatever its state; None when it is now. Twice is once.

    An approved one tells of certificates that can be claimed from now on.
    """
    async with database.transaction() as connection:
        held = await _own(connection, actor, record_id)
        if isinstance(held, Refusal):
            return held
        record, records = held
        if record.is_primary:
            return None
        for other in records:
            if other.is_primary:
                await _set_primary(connection, other.id, is_primary=False)
        await _set_primary(connection, record_id, is_primary=True)
        await following.choose(connection, keyring, actor.person_id, records, now)
        told = await readiness.events(connection, actor.person_id, now)
        await notifying.notify(connection, actor.person_id, told)
        return None


async def leave(
    database: Database, keyring: Keyring, *, actor: Actor, record_id: int, now: datetime
) -> Refusal | None:
    """Leave a school, verified or not; None when the actor is no longer there. Twice is once.

    A primary record hands that on, and what is printed on certificates may be edited from now on. The school's
    admins are told, unless they had rejected the record. What was learned is untouched.
    """
    async with database.transaction() as connection:
        held = await _own(connection, actor, record_id)
        if isinstance(held, Refusal):
            return None if await _left_before(connection, actor.person_id, record_id, held) else held
        record, _ = held
        await leaving.leave(connection, actor.person_id, record, now=now)
        await following.leave(connection, keyring, actor.person_id, record, now)
        told = await readiness.events(connection, actor.person_id, now)
        await notifying.notify(connection, actor.person_id, told)
        if record.state is not RecordState.REJECTED:
            await reviewers.has_left(connection, owner_id=actor.person_id, record_id=record_id, now=now)
        return None


async def _teacher_and_school(
    connection: asyncpg.Connection, actor: Actor, school_id: int | None
) -> Refusal | None:
    person = await locks.teacher(connection, actor)
    if isinstance(person, Refusal):
        return person
    if school_id is None:
        return None
    active = await connection.fetchval(_SCHOOL, school_id)
    if active is None:
        return Refusal(RefusalCode.SCHOOL_NOT_FOUND, ("schoolId",))
    if not active:
        successor = await connection.fetchval(_LAST_SUCCESSOR, school_id)
        return Refusal(RefusalCode.SCHOOL_MERGED, ("schoolId",), {"successor": str(successor)})
    return None


async def _own(
    connection: asyncpg.Connection, actor: Actor, record_id: int
) -> tuple[Record, list[Record]] | Refusal:
    person = await locks.teacher(connection, actor)
    if isinstance(person, Refusal):
        return person
    records = await leaving.hold(connection, actor.person_id)
    record = _of(records, record_id)
    return record if isinstance(record, Refusal) else (record, records)


def _of(records: list[Record], record_id: int) -> Record | Refusal:
    found = next((one for one in records if one.id == record_id), None)
    return found or Refusal(RefusalCode.NOT_FOUND, ("recordId",))


async def _left_before(
    connection: asyncpg.Connection, person_id: int, record_id: int, refused: Refusal
) -> bool:
    if refused.code is not RefusalCode.NOT_FOUND:
        return False
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM teaching_record WHERE id = $1 AND person_id = $2 AND left_at IS NOT NULL)",
        record_id,
        person_id,
    )
    return found


async def _set_primary(connection: asyncpg.Connection, record_id: int, *, is_primary: bool) -> None:
    await connection.execute(
        "UPDATE teaching_record SET is_primary = $2, version = version + 1 WHERE id = $1",
        record_id,
        is_primary,
    )


async def _write_details(connection: asyncpg.Connection, record_id: int, details: Details) -> None:
    old: Mapping[str, str | None] = dict(await connection.fetchrow(_DETAILS, record_id))
    new = {**old, **details}
    if new != old:
        await connection.execute(
            _WRITE_DETAILS, record_id, new["teaching_stage"], new["subject"], new["grade"]
        )


async def _submit(
    connection: asyncpg.Connection, person_id: int, record_id: int, school_id: int, now: datetime
) -> None:
    await connection.execute(_SUBMIT, record_id, school_id, now)
    await leaving.promote(connection, person_id)
    await reviewers.to_review(connection, owner_id=person_id, record_id=record_id, now=now)
