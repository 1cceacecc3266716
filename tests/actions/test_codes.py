from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from mobile_gateway import seals
from mobile_gateway.actions import codes
from mobile_gateway.actions.codes import CodeSent
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.seals import Keyring

NOW = datetime(2024, 8, 1, 4, tzinfo=UTC)
MINUTE = timedelta(seconds=61)
PHONE = "+8619900000001"
OTHER = "+8619900000002"


async def ask(database: Database, keyring: Keyring, phone: str = PHONE, **changed: Any) -> CodeSent | Refusal:
    given: dict[str, Any] = {
        "phone": phone,
        "purpose": CodePurpose.SIGN_IN,
        "network": "192.0.2.0/24",
        "locale": "zh-CN",
        "now": NOW,
        **changed,
    }
    return await codes.request_code(database, keyring, **given)


async def rows(database: Database, query: str, *args: object) -> list[asyncpg.Record]:
    async with database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query, *args)
    return found


async def code_in(database: Database, keyring: Keyring, phone: str) -> str:
    (row,) = await rows(
        database,
        "SELECT source, params_sealed FROM sms_outbox WHERE phone = $1 AND settled_at IS NULL",
        phone,
    )
    text = seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
    code: str = json.loads(text)["code"]
    return code


def refused(answer: object) -> RefusalCode | None:
    return answer.code if isinstance(answer, Refusal) else None


async def test_a_code_is_six_digits_that_hold_five_minutes(database: Database, keyring: Keyring) -> None:
    assert await ask(database, keyring) == CodeSent(NOW + timedelta(minutes=5), timedelta(seconds=60))
    code = await code_in(database, keyring, PHONE)
    assert len(code) == 6
    assert code.isdigit()


async def test_known_and_unknown_phones_get_the_same_answer(database: Database, keyring: Keyring) -> None:
    await rows(database, "INSERT INTO person (identity, phone) VALUES ('TEACHER', $1)", PHONE)
    assert await ask(database, keyring, PHONE) == await ask(database, keyring, OTHER)
    assert await ask(database, keyring, PHONE) == await ask(database, keyring, OTHER)


async def test_no_column_holds_the_code_in_clear(database: Database, keyring: Keyring) -> None:
    await ask(database, keyring)
    code = await code_in(database, keyring, PHONE)
    for table in ("sms_code", "sms_outbox"):
        for row in await rows(database, f"SELECT * FROM {table}"):
            values = [value for name, value in row.items() if name != "phone"]
            assert not [v for v in values if isinstance(v, bytes) and code.encode() in v]
            assert not [v for v in values if isinstance(v, str) and code in v]


async def test_a_resend_within_a_minute_is_refused_with_the_seconds(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    answer = await ask(database, keyring, now=NOW + timedelta(seconds=20))
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.CODE_RESEND_TOO_SOON
    assert answer.data["seconds"] == "41"
    assert isinstance(await ask(database, keyring, now=NOW + MINUTE), CodeSent)


async def test_a_new_code_replaces_the_older_one_and_its_unsent_text(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    await ask(database, keyring, now=NOW + MINUTE)
    alive = await rows(database, "SELECT closed_at IS NULL AS alive FROM sms_code ORDER BY id")
    assert [row["alive"] for row in alive] == [False, True]
    texts = await rows(database, "SELECT outcome, params_sealed FROM sms_outbox ORDER BY id")
    assert [(t["outcome"], t["params_sealed"] is None) for t in texts] == [
        ("SUPERSEDED", True),
        (None, False),
    ]


async def test_requests_at_once_send_one_code(database: Database, keyring: Keyring) -> None:
    answers = await asyncio.gather(*(ask(database, keyring) for _ in range(8)))
    assert sum(isinstance(answer, CodeSent) for answer in answers) == 1
    assert {refused(answer) for answer in answers} == {None, RefusalCode.CODE_RESEND_TOO_SOON}
    assert len(await rows(database, "SELECT FROM sms_outbox")) == 1


async def test_the_daily_quota_of_a_phone_is_rows_and_ends_with_the_day_in_shanghai(
    database: Database, keyring: Keyring
) -> None:
    for number in range(10):
        assert isinstance(await ask(database, keyring, now=NOW + number * MINUTE), CodeSent)
    assert refused(await ask(database, keyring, now=NOW + 10 * MINUTE)) is RefusalCode.CODE_QUOTA_EXCEEDED
    before, midnight = datetime(2024, 8, 1, 15, 59, 59, tzinfo=UTC), datetime(2024, 8, 1, 16, tzinfo=UTC)
    assert refused(await ask(database, keyring, now=before)) is RefusalCode.CODE_QUOTA_EXCEEDED
    assert isinstance(await ask(database, keyring, now=midnight), CodeSent)


async def insert_many(database: Database, many: int, network: str, age: timedelta) -> None:
    await rows(
        database,
        "INSERT INTO sms_code (phone, purpose, code_mac, network, created_at, expires_at)"
        " SELECT '+86138' || lpad(n::text, 8, '0'), 'SIGN_IN', '', $2, $3, $3 FROM generate_series(1, $1) n",
        many,
        network,
        NOW - age,
    )


async def test_a_network_has_a_daily_quota_of_its_own(database: Database, keyring: Keyring) -> None:
    await insert_many(database, 200, "192.0.2.0/24", timedelta(hours=1))
    assert refused(await ask(database, keyring)) is RefusalCode.CODE_QUOTA_EXCEEDED
    assert isinstance(await ask(database, keyring, network="198.51.100.0/24"), CodeSent)


@pytest.mark.parametrize(
    ("many", "age_seconds", "expected"),
    [(6000, 30, RefusalCode.RATE_LIMITED), (5999, 30, None), (6000, 61, None)],
)
async def test_the_breaker_trips_at_six_thousand_codes_a_minute(
    database: Database, keyring: Keyring, many: int, age_seconds: int, expected: RefusalCode | None
) -> None:
    await insert_many(database, many, "203.0.113.0/24", timedelta(seconds=age_seconds))
    assert refused(await ask(database, keyring)) is expected
