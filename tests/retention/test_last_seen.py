"""When a person was last seen: written when they sign in or refresh, at most once an hour."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from mobile_gateway import seals
from mobile_gateway.actions import codes, sessions
from mobile_gateway.actions.locks import Actor, LockedPerson
from mobile_gateway.actions.locks import person as lock_person
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import ClientKind, CodePurpose
from mobile_gateway.seals import Keyring

NOW = datetime(2024, 8, 20, 4, tzinfo=UTC)
PHONE = "+8619900000001"


@pytest.fixture
async def session(database: Database, keyring: Keyring) -> SignedIn:
    async with database.connection() as connection:
        await connection.execute("INSERT INTO person (identity, phone) VALUES ('TEACHER', $1)", PHONE)
    return await enter(database, keyring, NOW)


async def enter(database: Database, keyring: Keyring, now: datetime) -> SignedIn:
    purpose = CodePurpose.SIGN_IN
    await codes.request_code(
        database, keyring, phone=PHONE, purpose=purpose, network="n", locale="en", now=now
    )
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT source, params_sealed FROM sms_outbox ORDER BY id DESC")
    plain = seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
    signed = await sessions.sign_in(
        database, keyring, phone=PHONE, code=json.loads(plain)["code"], client_kind=ClientKind.APP, now=now
    )
    assert isinstance(signed, SignedIn)
    return signed


async def seen(database: Database) -> datetime | None:
    async with database.connection() as connection:
        found: datetime | None = await connection.fetchval("SELECT last_seen_at FROM person")
    return found


async def turn(database: Database, keyring: Keyring, token: str, **later: float) -> SignedIn:
    turned = await sessions.refresh(database, keyring, token=token, now=NOW + timedelta(**later))
    assert isinstance(turned, SignedIn)
    return turned


async def test_signing_in_and_refreshing_tell_it_at_most_once_an_hour(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    assert await seen(database) == NOW
    following = await turn(database, keyring, session.refresh_token, minutes=59)
    assert await seen(database) == NOW
    await turn(database, keyring, following.refresh_token, minutes=60)
    assert await seen(database) == NOW + timedelta(hours=1)
    await enter(database, keyring, NOW + timedelta(minutes=90))
    assert await seen(database) == NOW + timedelta(hours=1)
    await enter(database, keyring, NOW + timedelta(minutes=120))
    assert await seen(database) == NOW + timedelta(hours=2)


async def test_a_refused_refresh_tells_nothing(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    late = NOW + timedelta(days=31)
    await sessions.refresh(database, keyring, token=session.refresh_token, now=late)
    assert await seen(database) == NOW


async def test_a_refresh_does_not_wait_for_who_holds_the_persons_row(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    async with database.connection() as held, held.transaction():
        await held.execute("SELECT FROM person FOR UPDATE")
        following = await asyncio.wait_for(turn(database, keyring, session.refresh_token, hours=2), 2)
    assert await seen(database) == NOW
    await turn(database, keyring, following.refresh_token, hours=3)
    assert await seen(database) == NOW + timedelta(hours=3)


async def test_acts_and_refreshes_of_one_sign_in_at_once_never_deadlock(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    actor = Actor(session.person_id, 0, session.session_id)

    async def act() -> None:
        async with database.transaction() as connection:
            assert isinstance(await lock_person(connection, actor), LockedPerson)
            await asyncio.sleep(0.005)

    token = session.refresh_token
    for round_ in range(1, 12):
        acts = [asyncio.create_task(act()) for _ in range(4)]
        token = (await turn(database, keyring, token, hours=2 * round_)).refresh_token
        await asyncio.wait_for(asyncio.gather(*acts), 5)
