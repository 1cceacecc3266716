"""Devices that pushes reach. A device that changes hands follows the account that registers it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import Platform, PushProviderName


def token_hash(token: str) -> bytes:
    """What makes a token unique, whatever its length."""
    return hashlib.sha256(token.encode()).digest()


_REGISTER = """
INSERT INTO device AS d (person_id, provider, platform, token, token_hash, locale, app_version, state, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'ACTIVE', $8)
ON CONFLICT ON CONSTRAINT device_token_key DO UPDATE
   SET person_id = excluded.person_id, provider = excluded.provider, platform = excluded.platform,
       locale = excluded.locale, app_version = excluded.app_version, state = 'ACTIVE',
       last_seen_at = excluded.last_seen_at
RETURNING d.id
"""

# Nothing queued for the former holder may reach the device.
_DROP_FORMER = """
UPDATE delivery SET state = 'DROPPED', settled_at = $3, outcome = 'DEVICE_GONE', lease_until = NULL
 WHERE device_id = $1 AND person_id <> $2 AND state = 'DUE'
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

    Refusal: SESSION_INVALID.
    """
    async with database.transaction() as connection:
        person = await locks.person(connection, actor)
        if isinstance(person, Refusal):
            return person
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
        )
        await connection.execute(_DROP_FORMER, device_id, actor.person_id, now)
        return device_id


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
