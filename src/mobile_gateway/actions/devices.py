"""Devices that pushes reach. A device that changes hands follows the account that registers it.

Whoever shows a token has the device: who registers it or rotates to it, last. What was queued for the former holder
is dropped with the handing over, and what is written for them meanwhile is dropped when it is claimed.
"""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import devices as rules
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import DeviceState, Platform, PushProviderName


def token_hash(token: str) -> bytes:
    """What makes a token unique, whatever its length."""
    return hashlib.sha256(token.encode()).digest()


_REGISTER = """
INSERT INTO device AS d (person_id, provider, platform, token, token_hash, locale, app_version, state, last_seen_at,
                         sign_in_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'ACTIVE', $8, $9)
ON CONFLICT ON CONSTRAINT device_token_key DO UPDATE
   SET person_id = excluded.person_id, provider = excluded.provider, platform = excluded.platform,
       locale = excluded.locale, app_version = excluded.app_version, state = 'ACTIVE',
       last_seen_at = excluded.last_seen_at, sign_in_id = excluded.sign_in_id
RETURNING d.id
"""

# Nothing queued for the former holder may reach the device.
_DROP_FORMER = """
UPDATE delivery SET state = 'DROPPED', settled_at = $3, outcome = 'DEVICE_GONE', lease_until = NULL
 WHERE device_id = $1 AND person_id <> $2 AND state = 'DUE' AND settled_at IS NULL
"""

# What waits for it goes the way that it is reached by now.
_MOVE_LANE = """
UPDATE delivery SET provider = $2, platform = $3
 WHERE device_id = $1 AND state = 'DUE' AND settled_at IS NULL AND (provider, platform) <> ($2, $3)
"""

# It holds a device already, so it waits for no other one: what somebody holds is left to the next registration.
_RETIRE_TOO_MANY = """
UPDATE device SET state = 'RETIRED'
 WHERE id IN (SELECT id FROM device
               WHERE id IN (SELECT id FROM device WHERE person_id = $1 AND state = 'ACTIVE'
                             ORDER BY id = $2 DESC, last_seen_at DESC, id DESC OFFSET $3)
                 FOR NO KEY UPDATE SKIP LOCKED)
"""


async def register(
    database: Database,
    *,
    actor: Actor,
    platform: Platform,
    token: str,
    locale: str,
    app_version: str | None,
    now: datetime,
    provider: PushProviderName = PushProviderName.FCM,
) -> int | Refusal:
    """Register a device for a person, or take it over with its token; answers its id. Twice is once.

    Of a person's devices the `rules.MOST` seen last stay; the others are retired.

    Refusals: SESSION_INVALID; BAD_USER_INPUT for a provider that does not carry to the platform.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        refused = person if isinstance(person, Refusal) else rules.uncarried(provider, platform)
        if refused is not None:
            return refused
        device_id: int = await connection.fetchval(
            _REGISTER,
            actor.person_id,
            provider,
            platform,
            token,
            token_hash(token),
            locale,
            app_version,
            now,
            actor.sign_in_id,
        )
        await connection.execute(_DROP_FORMER, device_id, actor.person_id, now)
        await connection.execute(_MOVE_LANE, device_id, provider, platform)
        await connection.execute(_RETIRE_TOO_MANY, actor.person_id, device_id, rules.MOST)
        return device_id


_BY_TOKENS = """
SELECT id, person_id, state, token_hash FROM device WHERE token_hash = ANY($1::bytea[]) ORDER BY id FOR NO KEY UPDATE
"""

# What waits for the row that gives its token away goes to the row that gets it, unless that has it already.
_MOVE_OWN = """
UPDATE delivery y SET device_id = $2, provider = d.provider, platform = d.platform
  FROM device d
 WHERE d.id = $2 AND y.device_id = $1 AND y.person_id = $3 AND y.state = 'DUE' AND y.settled_at IS NULL
   AND NOT EXISTS (SELECT FROM delivery o WHERE o.person_id = y.person_id AND o.inbox_item_id = y.inbox_item_id
                      AND o.device_id = $2)
"""

_DROP_REST = """
UPDATE delivery SET state = 'DROPPED', settled_at = $2, outcome = 'DEVICE_GONE', lease_until = NULL
 WHERE device_id = $1 AND state = 'DUE' AND settled_at IS NULL
"""

# The hash of bytes that are no text's: whoever registers what, no token is that row's.
_GIVE_AWAY = r"""
UPDATE device SET state = 'RETIRED', token = '', token_hash = sha256('\xff'::bytea || int8send(id)) WHERE id = $1
"""

_ROTATE = """
UPDATE device SET token = $2, token_hash = $3, state = 'ACTIVE', last_seen_at = $4, sign_in_id = $5 WHERE id = $1
"""


async def rotate(
    database: Database, *, actor: Actor, old_token: str, new_token: str, now: datetime
) -> int | Refusal:
    """Give a device of the actor the token that its provider replaced the old one by; answers its id.

    It stays the same device, so what waits for it goes to the new token; a retired one is in use again, and counts.
    What is being sent to the old one settles without touching the device, and goes to the new one if the old is dead.
    Where another row has the new token already (the app registered it before, or it changed hands), that row gives it
    away. Twice is once.

    Refusals: SESSION_INVALID; NOT_FOUND for an old token that no device of the actor has: register instead.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(
            asyncpg.UniqueViolationError
        ):  # somebody got the new token in between: seen now
            return await _rotate(database, actor, old_token, new_token, now)
    return await _rotate(database, actor, old_token, new_token, now)


_TRIES = 3


async def _rotate(
    database: Database, actor: Actor, old_token: str, new_token: str, now: datetime
) -> int | Refusal:
    old, new = token_hash(old_token), token_hash(new_token)
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        rows = {row["token_hash"]: row for row in await connection.fetch(_BY_TOKENS, [old, new])}
        mine, other = rows.get(old), rows.get(new)
        if mine is None or mine["person_id"] != actor.person_id:
            if other is None or other["person_id"] != actor.person_id:
                return Refusal(RefusalCode.NOT_FOUND, ("oldToken",))
            if other["state"] == DeviceState.ACTIVE:
                return int(other["id"])  # rotated already
            mine = other  # and retired since
        if other is not None and other["id"] != mine["id"]:
            await _give_away(connection, other["id"], mine["id"], actor.person_id, now)
        await connection.execute(_ROTATE, mine["id"], new_token, new, now, actor.sign_in_id)
        await connection.execute(_RETIRE_TOO_MANY, actor.person_id, mine["id"], rules.MOST)
        return int(mine["id"])


async def _give_away(
    connection: asyncpg.Connection, giver: int, taker: int, person_id: int, now: datetime
) -> None:
    await connection.execute(_MOVE_OWN, giver, taker, person_id)
    await connection.execute(_DROP_REST, giver, now)
    await connection.execute(_GIVE_AWAY, giver)


async def forget(database: Database, *, actor: Actor, token: str) -> Refusal | None:
    """Stop sending to a device of the actor; unknown ones and somebody else's are left as they are.

    Refusal: SESSION_INVALID.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
        await connection.execute(
            "UPDATE device SET state = 'RETIRED' WHERE token_hash = $1 AND person_id = $2",
            token_hash(token),
            actor.person_id,
        )
        return None


_RETIRE_OF_SIGN_IN = """
UPDATE device SET state = 'RETIRED'
 WHERE id IN (SELECT id FROM device WHERE person_id = $1 AND sign_in_id = $2 AND state = 'ACTIVE'
               ORDER BY id FOR NO KEY UPDATE)
"""


async def retire_of(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID) -> None:
    """Pushes no longer reach what a sign-in registered, which the caller's transaction holds and has ended.

    A statement of its own, after the wait for the sign-in: a device that was being registered is seen. The person's
    other sign-ins keep theirs. Who signs in again and registers the token has the device back.
    """
    await connection.execute(_RETIRE_OF_SIGN_IN, person_id, sign_in_id)


# It waits for nobody: who refreshes holds the sign-in's row.
_SEEN = """
UPDATE device SET last_seen_at = $3
 WHERE id IN (SELECT id FROM device WHERE person_id = $1 AND sign_in_id = $2 AND state = 'ACTIVE'
                 AND last_seen_at <= $4 FOR NO KEY UPDATE SKIP LOCKED)
"""


async def seen(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID, now: datetime) -> None:
    """The device that this sign-in registered is in use; written once a day at most."""
    await connection.execute(_SEEN, person_id, sign_in_id, now, now - rules.SEEN_EVERY)


# A sign-in that has ended retires its devices itself; releases before this one did not. Looked up device by device:
# as EXISTS it may be a walk over all sign-ins.
_STALE = """
(d.state = 'ACTIVE' AND (d.last_seen_at < $2
  OR (SELECT s.ended_at FROM sign_in s WHERE s.id = d.sign_in_id) IS NOT NULL))
"""

_LAST = "SELECT coalesce(max(id), 0) FROM device"

# By the key, a stretch at a time: no index has to follow what is written each day.
_NEXT = f"SELECT id, {_STALE} AS stale FROM device d WHERE id > $1 ORDER BY id LIMIT $3"

_RETIRE_STALE = f"""
UPDATE device SET state = 'RETIRED'
 WHERE id IN (SELECT id FROM device d WHERE id = ANY($1::bigint[]) AND {_STALE} FOR NO KEY UPDATE SKIP LOCKED)
"""


async def last_id(database: Database) -> int:
    """The newest device's id, 0 without any."""
    async with database.connection() as connection:
        found: int = await connection.fetchval(_LAST)
        return found


async def retire_stale(database: Database, now: datetime, after: int, most: int) -> tuple[int, int]:
    """Retire those of the next `most` devices behind `after` that nobody has seen for so long that they are stale.

    Also those of a sign-in that has ended. Answers how many, and where to go on; behind the last device that is 0
    again. One that somebody holds is left for the next round. The app's next start registers a retired one anew.
    """
    before = now - rules.STALE_AFTER
    async with database.transaction() as connection:
        seen = await connection.fetch(_NEXT, after, before, most)
        stale = [row["id"] for row in seen if row["stale"]]
        status = await connection.execute(_RETIRE_STALE, stale, before) if stale else "UPDATE 0"
    return int(status.rpartition(" ")[2]), seen[-1]["id"] if len(seen) == most else 0
