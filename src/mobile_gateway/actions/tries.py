"""Tries by a password, as rows: counted before anything is compared, alike for logins that exist and that do not.

Emptying Redis resets no lock. Weak: who knows a student number can lock its password for 15 minutes; whoever has
bound a phone signs in by that meanwhile.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway import seals
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.seals import Keyring

COLUMN = "sign_in_try.login"

# Tries of one login, and of one network, go one after the other; always the login first.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7306))"

_COUNTS = """
SELECT (SELECT count(*) FROM (SELECT FROM sign_in_try WHERE login_index = $1 AND created_at > $3 LIMIT $4) few) AS mine,
       (SELECT min(created_at) FROM sign_in_try WHERE login_index = $1 AND created_at > $3) AS oldest,
       (SELECT count(*) FROM (SELECT FROM sign_in_try WHERE network = $2 AND created_at > $3 LIMIT $5) few) AS network
"""

_TRY = "INSERT INTO sign_in_try (login_index, network, created_at) VALUES ($1, $2, $3)"


def login(keyring: Keyring, school_id: int, student_number: str) -> bytes:
    """The blind index of a login name; `school_id` is the school that others were merged into."""
    return seals.blind_index(keyring, f"{school_id}:{student_number}", COLUMN)


async def count(
    connection: asyncpg.Connection, login_index: bytes, network: str, now: datetime
) -> Refusal | None:
    """Count a try to sign in; None when the password may be compared. The refusal must commit, as the try.

    Refusals: RATE_LIMITED of the network, SIGN_IN_LOCKED of the login with the minutes to wait.
    """
    found = await _counts(connection, login_index, network, now, sign_in.TRIES_A_LOGIN)
    refused = sign_in.may_try(
        now, login_tries=found["mine"], oldest=found["oldest"], network_tries=found["network"]
    )
    if refused is None:
        await connection.execute(_TRY, login_index, network, now)
    return refused


async def count_registration(
    connection: asyncpg.Connection, keyring: Keyring, network: str, now: datetime
) -> Refusal | None:
    """Count a try to register by a student number; RATE_LIMITED when the network has had its share."""
    index = seals.blind_index(keyring, f"register:{network}", COLUMN)
    found = await _counts(connection, index, network, now, sign_in.REGISTRATIONS_A_NETWORK)
    refused = sign_in.may_register(registrations=found["mine"], network_tries=found["network"])
    if refused is None:
        await connection.execute(_TRY, index, network, now)
    return refused


async def clear(connection: asyncpg.Connection, login_index: bytes) -> None:
    """Forget the tries of a login that got in. Belongs into the transaction that signs it in."""
    await connection.execute("DELETE FROM sign_in_try WHERE login_index = $1", login_index)


async def _counts(
    connection: asyncpg.Connection, index: bytes, network: str, now: datetime, most: int
) -> asyncpg.Record:
    since: datetime = now - sign_in.TRY_LIFE
    await connection.execute(_LOCK, index.hex())
    await connection.execute(_LOCK, network)
    return await connection.fetchrow(_COUNTS, index, network, since, most, sign_in.TRIES_A_NETWORK)
