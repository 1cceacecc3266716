"""What is kept for a time is gone after it, in small batches, and nothing else is."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from mobile_gateway.actions import forgetting
from mobile_gateway.models.database import Database
from mobile_gateway.workers import retention
from servers import Urls

NOW = datetime(2024, 8, 20, 4, tzinfo=UTC)
PHONE = "+8619900000001"
Forget = Callable[[Database, datetime, int], Awaitable[int]]


async def rows(database: Database, query: str, *args: object) -> list[asyncpg.Record]:
    async with database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query, *args)
    return found


async def count(database: Database, table: str) -> int:
    return len(await rows(database, f"SELECT FROM {table}"))


async def code(database: Database, age: timedelta) -> None:
    await rows(
        database,
        "INSERT INTO sms_code (phone, purpose, code_mac, network, created_at, expires_at, closed_at)"
        " VALUES ($1, 'SIGN_IN', '', '192.0.2.0/24', $2, $2, $2)",
        PHONE,
        NOW - age,
    )


async def text(database: Database, age: timedelta, *, settled: bool = True) -> None:
    await rows(
        database,
        "INSERT INTO sms_outbox (source, phone, kind, locale, params_sealed, due_at, expires_at, settled_at, outcome)"
        " VALUES ($1, $2, 'SIGN_IN', 'en', $3, $4, $4, $5, $6)",
        uuid4().hex,
        PHONE,
        None if settled else b"x",
        NOW - age,
        NOW - age if settled else None,
        "SENT" if settled else None,
    )


async def try_(database: Database, age: timedelta) -> None:
    await rows(
        database,
        "INSERT INTO sign_in_try (login_index, network, created_at) VALUES ('x', 'n', $1)",
        NOW - age,
    )


async def sign_in(database: Database, age: timedelta, *, ended: timedelta | None = None) -> UUID:
    person = await rows(
        database,
        "INSERT INTO person (identity, phone) VALUES ('TEACHER', $1)"
        " ON CONFLICT (phone) DO UPDATE SET phone = excluded.phone RETURNING id",
        PHONE,
    )
    made = uuid4()
    await rows(
        database,
        "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch, created_at, ended_at, end_reason)"
        " VALUES ($1, $2, 'APP', 0, $3, $4, $5)",
        made,
        person[0]["id"],
        NOW - age,
        None if ended is None else NOW - ended,
        None if ended is None else "SIGN_OUT",
    )
    return made


async def link(database: Database, of: UUID, expired: timedelta, *, rotated: bool = False) -> None:
    await rows(
        database,
        "INSERT INTO refresh_token (sign_in_id, token_hash, expires_at, rotated_at) VALUES ($1, $2, $3, $4)",
        of,
        uuid4().bytes,
        NOW - expired,
        NOW - expired if rotated else None,
    )


A_SECOND = timedelta(seconds=1)
KINDS: list[Any] = [
    pytest.param(forgetting.codes, code, "sms_code", timedelta(days=2), id="codes"),
    pytest.param(forgetting.texts, text, "sms_outbox", timedelta(days=7), id="texts"),
    pytest.param(forgetting.tries, try_, "sign_in_try", timedelta(days=1), id="tries"),
]


@pytest.mark.parametrize(("forget", "make", "table", "kept"), KINDS)
async def test_what_is_past_its_time_goes_and_what_is_not_stays(
    database: Database, forget: Forget, make: Callable[..., Awaitable[None]], table: str, kept: timedelta
) -> None:
    for age in (kept + A_SECOND, kept + A_SECOND, kept - A_SECOND, timedelta(0)):
        await make(database, age)
    assert await forget(database, NOW, 100) == 2
    assert await count(database, table) == 2
    assert await forget(database, NOW, 100) == 0


@pytest.mark.parametrize(("forget", "make", "table", "kept"), KINDS)
async def test_a_batch_takes_no_more_than_it_is_told(
    database: Database, forget: Forget, make: Callable[..., Awaitable[None]], table: str, kept: timedelta
) -> None:
    for _ in range(5):
        await make(database, kept + A_SECOND)
    assert [await forget(database, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_text_that_is_still_to_be_sent_is_never_forgotten(database: Database) -> None:
    await text(database, timedelta(days=400), settled=False)
    assert await forgetting.texts(database, NOW, 100) == 0


async def ticket(database: Database, state: str, age: timedelta) -> None:
    await rows(
        database,
        "INSERT INTO rebind_ticket (number, secret_hash, state, new_phone, created_at, closed_at)"
        " VALUES ($1, '', $2, $3, $4, $5)",
        uuid4().hex[:16],
        state,
        f"+86188{secrets.randbelow(10**8):08d}",
        NOW - age,
        None if state == "SUBMITTED" else NOW - age,
    )


async def test_what_is_open_for_ever_hides_nothing_that_is_due_behind_it(database: Database) -> None:
    for _ in range(5):
        await ticket(database, "SUBMITTED", timedelta(days=400))
        await text(database, timedelta(days=400), settled=False)
    await ticket(database, "CANCELLED", forgetting.TICKETS_KEPT + A_SECOND)
    await text(database, forgetting.TEXTS_KEPT + A_SECOND)
    assert await forgetting.tickets(database, NOW, 3) == 1
    assert await forgetting.texts(database, NOW, 3) == 1
    assert (await count(database, "rebind_ticket"), await count(database, "sms_outbox")) == (5, 5)


async def test_rows_that_somebody_holds_are_left_and_nobody_waits(database: Database) -> None:
    for _ in range(3):
        await code(database, timedelta(days=3))
    async with database.connection() as held, held.transaction():
        await held.execute("SELECT FROM sms_code WHERE id = (SELECT min(id) FROM sms_code) FOR UPDATE")
        assert await asyncio.wait_for(forgetting.codes(database, NOW, 100), 2) == 2
    assert await forgetting.codes(database, NOW, 100) == 1


async def test_workers_at_once_forget_each_row_once(database: Database) -> None:
    for _ in range(5):
        for _ in range(20):
            await try_(database, timedelta(days=2))
        forgotten = await asyncio.gather(*(forgetting.tries(database, NOW, 100) for _ in range(4)))
        assert sum(forgotten) == 20


async def test_refresh_tokens_go_ten_days_after_they_expired(database: Database) -> None:
    of = await sign_in(database, timedelta(days=60))
    await link(database, of, timedelta(days=10, seconds=1), rotated=True)
    await link(database, of, timedelta(days=9), rotated=True)
    await link(database, of, -timedelta(days=20))
    assert await forgetting.links(database, NOW, 100) == 1
    assert await count(database, "refresh_token") == 2


@pytest.mark.parametrize(
    ("age", "ended", "linked", "gone"),
    [
        (200, 91, False, True),
        (200, 89, False, False),
        (91, None, False, True),
        (89, None, False, False),
        (400, None, True, False),
        (400, 91, True, False),
    ],
)
async def test_sign_ins_go_ninety_days_after_they_ended_or_were_left(
    database: Database, age: int, ended: int | None, linked: bool, gone: bool
) -> None:
    of = await sign_in(database, timedelta(days=age), ended=None if ended is None else timedelta(days=ended))
    if linked:
        await link(database, of, -timedelta(days=5))
    forgotten, further = await forgetting.sign_ins(database, NOW, forgetting.START, 10)
    assert (forgotten, further) == (int(gone), forgetting.START)
    assert await count(database, "sign_in") == 1 - gone


async def test_a_walk_round_the_sign_ins_leaves_none_out(database: Database) -> None:
    for number in range(12):
        await sign_in(database, timedelta(days=200), ended=timedelta(days=100 if number % 2 else 1))
    after, forgotten = uuid4(), 0
    for _ in range(8):
        some, after = await forgetting.sign_ins(database, NOW, after, 2)
        assert some <= 2
        forgotten += some
    assert forgotten == 6
    assert await count(database, "sign_in") == 6


async def test_a_pass_forgets_every_kind_however_many_batches_it_takes(database: Database) -> None:
    await rows(
        database,
        "INSERT INTO sign_in_try (login_index, network, created_at)"
        " SELECT 'x', 'n', $1 FROM generate_series(1, 2500)",
        NOW - timedelta(days=2),
    )
    await code(database, timedelta(days=3))
    await text(database, timedelta(days=8))
    of = await sign_in(database, timedelta(days=200), ended=timedelta(days=100))
    await link(database, of, timedelta(days=100))
    for _ in range(2):
        after = await retention.forget_once(database, NOW, forgetting.START)
        assert after == forgetting.START
        for table in ("sign_in_try", "sms_code", "sms_outbox", "refresh_token", "sign_in"):
            assert await count(database, table) == 0


async def test_the_oldest_are_found_by_their_ids_and_no_table_is_searched(
    database: Database, database_urls: Urls
) -> None:
    await rows(
        database,
        "INSERT INTO sms_code (phone, purpose, code_mac, network, created_at, expires_at, closed_at)"
        " SELECT $1, 'SIGN_IN', '', 'n', $2, $2, $2 FROM generate_series(1, 20000)",
        PHONE,
        NOW,
    )
    owner = await asyncpg.connect(database_urls.owner)
    await owner.execute("ANALYZE sms_code")
    await owner.close()
    moment = "created_at"
    plan = [
        *await rows(database, f"EXPLAIN {forgetting._oldest('sms_code', moment, retention.BATCH)}", NOW),
        *await rows(database, f"EXPLAIN {forgetting._delete('sms_code', moment)}", [1, 2, 3], NOW),
    ]
    assert [row[0] for row in plan if "Index" in row[0]]
    assert not [row[0] for row in plan if "Seq Scan" in row[0]]
