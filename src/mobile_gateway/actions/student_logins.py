"""Registering and signing in by school, student number and password (PRODUCT.md §5).

Two short transactions with the hashing between them: nothing is locked while a password is compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mobile_gateway import seals
from mobile_gateway.actions import hashing, sessions, tries
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.models.database import Database
from mobile_gateway.reads import student_logins as reads
from mobile_gateway.reads.student_logins import Login
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import Keyring


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a student types: a school's id, a number as `rules.student_numbers` gives it, and a password."""

    school_id: int
    number: str
    password: str = field(repr=False)


_TAKEN = Refusal(RefusalCode.STUDENT_NUMBER_TAKEN, ("studentNumber",))
_WRONG = Refusal(RefusalCode.SIGN_IN_WRONG)

_REGISTER = """
INSERT INTO person (identity, student_school_id, student_number, password_hash, locale)
VALUES ('STUDENT', $1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT person_student_number_key DO NOTHING
RETURNING id
"""

# Asked for again under the lock, by the very hash that was compared: a wipe in between leaves nobody to sign in.
_STILL = """
SELECT id, identity, wipe_epoch FROM person WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE
"""


async def register(
    database: Database,
    keyring: Keyring,
    *,
    given: Credentials,
    client_kind: ClientKind,
    network: str,
    locale: str,
    now: datetime,
) -> SignedIn | Refusal:
    """Make a student's account without a phone, and sign it in. `now` is the real clock's.

    A number is refused too when it is in use at a school that was merged into this one. Weak: that a number is
    taken cannot be hidden from who registers it, so a network may ask 60 times in 15 minutes.

    Refusals: RATE_LIMITED, SCHOOL_NOT_FOUND, SCHOOL_MERGED, STUDENT_NUMBER_TAKEN.
    """
    async with database.transaction() as connection:
        refused = await tries.count_registration(connection, keyring, network, now)
        if refused is not None:
            return refused
        schools = await reads.schools(connection, given.school_id)
        if schools is None:
            return Refusal(RefusalCode.SCHOOL_NOT_FOUND, ("schoolId",))
        if schools.merged:
            return Refusal(RefusalCode.SCHOOL_MERGED, ("schoolId",))
        if await reads.candidates(connection, schools, given.school_id, given.number):
            return _TAKEN
    salt = seals.shared_salt(keyring, f"{schools.county_id}:{given.number}")
    password_hash = await hashing.hashed(given.password, salt)
    async with database.transaction() as connection:
        person_id = await connection.fetchval(_REGISTER, given.school_id, given.number, password_hash, locale)
        if person_id is None:
            return _TAKEN
        return await sessions.begin(
            connection,
            keyring,
            person_id=person_id,
            identity=Identity.STUDENT,
            wipe_epoch=0,
            client_kind=client_kind,
            now=now,
        )


async def sign_in(
    database: Database,
    keyring: Keyring,
    *,
    given: Credentials,
    client_kind: ClientKind,
    network: str,
    now: datetime,
) -> SignedIn | Refusal:
    """Sign a student in; a school that was merged, however long ago, and its successor both lead to the account.

    Where merging brought one number together from several schools, the password tells whose it is. If it fits
    several, it is the named school's student; if none of them is of that school, it is nobody, for nobody shall get
    into another's account (docs/decisions/0011-students-of-merged-schools.md).

    The try is counted and committed before the password is compared; the right one clears the login's tries. An
    unknown login costs a comparison too, and all students of a number in a county cost one together. Weak: where
    schools of several counties were merged, the time of a refusal tells of how many, up to `hashing.MOST`; students
    of further counties get in under their old school alone.

    Refusals: RATE_LIMITED, SIGN_IN_LOCKED, SIGN_IN_WRONG.
    """
    async with database.transaction() as connection:
        schools = await reads.schools(connection, given.school_id)
        login_index = tries.login(keyring, schools.last if schools else given.school_id, given.number)
        refused = await tries.count(connection, login_index, network, now)
        if refused is not None:
            return refused
        found = await reads.candidates(connection, schools, given.school_id, given.number) if schools else []
    fitting = [
        found[place] for place in await hashing.fitting([one.password_hash for one in found], given.password)
    ]
    login = _meant(fitting, given.school_id)
    if login is None:
        return _WRONG
    async with database.transaction() as connection:
        person = await connection.fetchrow(_STILL, login.person_id, login.password_hash)
        if person is None:
            return _WRONG
        await tries.clear(connection, login_index)
        return await sessions.begin(
            connection,
            keyring,
            person_id=person["id"],
            identity=Identity(person["identity"]),
            wipe_epoch=person["wipe_epoch"],
            client_kind=client_kind,
            now=now,
        )


def _meant(fitting: list[Login], school_id: int) -> Login | None:
    """Whom a password means that fits these: the student of the named school, else the only one."""
    own = [one for one in fitting if one.school_id == school_id]
    return next(iter(own or fitting), None) if own or len(fitting) == 1 else None
