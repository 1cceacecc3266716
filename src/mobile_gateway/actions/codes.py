"""One-time codes: sending one, and proving a phone by it (TRUST.md, "People's data").

Quotas and tries are rows, so nothing here depends on Redis: emptying it resets no quota, and while it is away
a code is still asked for, counted and put into the outbox; the sweeper sends it. Times are the real clock's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from mobile_gateway import seals
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.models.database import Database
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.seals import Keyring

PARAMS_COLUMN = "sms_outbox.params"
"""The column that an outbox row's secret is sealed for; its owner is the row's source."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way: how long it holds, and when the next one may be asked for."""

    expires_at: datetime
    resend_after: timedelta


# Transactions on one phone's codes go one after the other; the seed keeps other advisory locks apart.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7305))"

# Those that would send to one network too. Taken after a phone's lock and with nothing waited for behind it.
_LOCK_NETWORK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7306))"

# `breaker_at`: when the row was written that lies as many ids back as the breaker lets through a minute. Two
# probes of the primary key, instead of a count over the table.
_SENT = """
SELECT (SELECT max(created_at) FROM sms_code WHERE phone = $1) AS last_sent_at,
       (SELECT count(*) FROM sms_code WHERE phone = $1 AND created_at >= $3) AS phone_today,
       (SELECT count(*) FROM (SELECT FROM sms_code WHERE network = $2 AND created_at >= $3 LIMIT $4) AS few)
       AS network_today,
       (SELECT created_at FROM sms_code WHERE id <= (SELECT max(id) FROM sms_code) - $5
         ORDER BY id DESC LIMIT 1) AS breaker_at
"""

_CLOSE_OLDER = """
WITH older AS (
  UPDATE sms_code SET closed_at = $3 WHERE phone = $1 AND purpose = $2 AND closed_at IS NULL RETURNING id
)
UPDATE sms_outbox o SET settled_at = $3, outcome = 'SUPERSEDED', params_sealed = NULL
  FROM older WHERE o.source = 'code:' || older.id AND o.settled_at IS NULL
"""

_CLOSE_ALL = """
WITH live AS (
  UPDATE sms_code SET closed_at = $2 WHERE phone = ANY($1) AND closed_at IS NULL RETURNING id
)
UPDATE sms_outbox o SET settled_at = $2, outcome = 'SUPERSEDED', params_sealed = NULL
  FROM live WHERE o.source = 'code:' || live.id AND o.settled_at IS NULL
"""

_COUNT_A_TRY = """
UPDATE sms_code SET tries = tries + 1
 WHERE phone = $1 AND purpose = $2 AND closed_at IS NULL AND expires_at > $3 AND tries < $4
RETURNING id, code_mac, tries
"""

_LOCKED = """
SELECT tries >= $4 AND expires_at > $3 FROM sms_code
 WHERE phone = $1 AND purpose = $2 ORDER BY created_at DESC, id DESC LIMIT 1
"""


async def request_code(
    database: Database,
    keyring: Keyring,
    *,
    phone: str,
    purpose: CodePurpose,
    network: str,
    locale: str,
    now: datetime,
) -> CodeSent | Refusal:
    """Make a code and put its text into the outbox; the older code of the phone and purpose dies.

    Never looks whether the phone has an account: answer and timing are the same. The wait of 60 s and the
    daily quota (a day of Shanghai) hold for a phone whatever the purpose. Two requests at once for one phone
    send one code, and requests at once from one network do not pass its quota together. Weak: the breaker counts
    ids, so it may trip a little early where transactions were rolled back, and requests at once from several
    networks may pass it by as many as run at the same moment.

    Refusals: CODE_RESEND_TOO_SOON, CODE_QUOTA_EXCEEDED, RATE_LIMITED.
    """
    async with database.transaction() as connection:
        await connection.execute(_LOCK, phone)
        refused = await _may_send(connection, phone, network, now)
        if refused is None:
            # What is refused already waits for nobody: a flood from one network does not queue up here. The
            # lock in a statement of its own, so that the count after it sees what was sent meanwhile.
            await connection.execute(_LOCK_NETWORK, network)
            refused = await _may_send(connection, phone, network, now)
        if refused is not None:
            return refused
        await connection.execute(_CLOSE_OLDER, phone, purpose, now)
        expires_at = now + sign_in.CODE_LIFE
        code = seals.new_code()
        code_id = await connection.fetchval(
            "INSERT INTO sms_code (phone, purpose, code_mac, network, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            phone,
            purpose,
            seals.hash_code(keyring, code, phone=phone, purpose=purpose),
            network,
            now,
            expires_at,
        )
        source = f"code:{code_id}"
        await connection.execute(
            "INSERT INTO sms_outbox (source, phone, kind, locale, params_sealed, due_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            source,
            phone,
            purpose,
            locale,
            seals.seal(keyring, json.dumps({"code": code}), column=PARAMS_COLUMN, owner=source),
            now,
            expires_at,
        )
        return CodeSent(expires_at, sign_in.CODE_RESEND_AFTER)


async def _may_send(
    connection: asyncpg.Connection, phone: str, network: str, now: datetime
) -> Refusal | None:
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = await connection.fetchrow(
        _SENT, phone, network, today, sign_in.CODES_A_DAY_AND_NETWORK, sign_in.CODES_A_MINUTE_IN_ALL - 1
    )
    tripped = sent["breaker_at"] is not None and sent["breaker_at"] > now - timedelta(minutes=1)
    return sign_in.may_send_code(
        now,
        last_sent_at=sent["last_sent_at"],
        phone_today=sent["phone_today"],
        network_today=sent["network_today"],
        last_minute=sign_in.CODES_A_MINUTE_IN_ALL if tripped else 0,
    )


async def prove(
    connection: asyncpg.Connection,
    keyring: Keyring,
    *,
    phone: str,
    purpose: CodePurpose,
    code: str,
    now: datetime,
) -> Refusal | None:
    """None when the code is the phone's live one, which dies by it: a code is good once.

    Belongs into the transaction of what the proof is for, which must commit on a refusal too: a try is
    counted before the code is compared. The fifth wrong try closes the code. Holds the phone until the
    transaction ends. Weak: who guesses wrongly five times closes somebody else's code, and a new one must be
    asked for.

    Refusals: CODE_WRONG (also expired, used, superseded or never sent), CODE_LOCKED.
    """
    await connection.execute(_LOCK, phone)
    live = await connection.fetchrow(_COUNT_A_TRY, phone, purpose, now, sign_in.CODE_MAX_TRIES)
    if live is None:
        locked = await connection.fetchval(_LOCKED, phone, purpose, now, sign_in.CODE_MAX_TRIES)
        return _wrong(locked=bool(locked))
    right = seals.check_code(keyring, live["code_mac"], code, phone=phone, purpose=purpose)
    locked = not right and live["tries"] >= sign_in.CODE_MAX_TRIES
    if right or locked:
        await connection.execute("UPDATE sms_code SET closed_at = $2 WHERE id = $1", live["id"], now)
    return None if right else _wrong(locked=locked)


def _wrong(*, locked: bool) -> Refusal:
    return Refusal(RefusalCode.CODE_LOCKED if locked else RefusalCode.CODE_WRONG, ("code",))


async def hold(connection: asyncpg.Connection, *phones: str) -> None:
    """Hold the codes of several phones until the transaction ends, always in one order.

    Who proves a phone holds it first and locks rows of people afterwards; so must who changes one.
    """
    for phone in sorted(set(phones)):
        await connection.execute(_LOCK, phone)


async def close_all(connection: asyncpg.Connection, phones: Sequence[str], now: datetime) -> None:
    """Close every live code of these phones, whatever it is for; texts that wait go out no more."""
    await connection.execute(_CLOSE_ALL, list(phones), now)
