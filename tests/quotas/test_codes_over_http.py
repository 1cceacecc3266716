"""Codes attacked over HTTP (TRUST.md, "People's data"): quotas and tries that no trick and no FLUSHALL resets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from arq.connections import ArqRedis
from structlog.testing import capture_logs

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database
from mobile_gateway.seals import Keyring

KNOWN, UNKNOWN = "19900000001", "18812345678"
REQUEST = """
mutation ($input: SignInCodeRequestInput!) {
  signInCodeRequest(input: $input) { phone expiresAt resendAfterSeconds userErrors { code path message hint } }
}
"""
SIGN_IN = """
mutation ($input: SignInInput!) { signIn(input: $input) { session { identity } userErrors { code } } }
"""
MINUTE = "UPDATE sms_code SET created_at = created_at - interval '61 s'"


async def request(gateway: Gateway, phone: str = KNOWN, **headers: str) -> dict[str, Any]:
    answer = await gateway.execute(REQUEST, {"input": {"phone": phone}}, **headers)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["signInCodeRequest"]
    return found


async def asked(gateway: Gateway, phone: str = KNOWN, **headers: str) -> str:
    """The refusal of a request for a code, or SENT."""
    errors = (await request(gateway, phone, **headers))["userErrors"]
    return str(errors[0]["code"]) if errors else "SENT"


async def tried(gateway: Gateway, code: str, phone: str = KNOWN) -> str:
    """The refusal of a sign-in, or IN."""
    given = {"input": {"phone": phone, "code": code, "clientKind": "APP"}}
    payload = (await gateway.data_of(SIGN_IN, given))["signIn"]
    return str(payload["userErrors"][0]["code"]) if payload["userErrors"] else "IN"


async def change(gateway: Gateway, statement: str, *args: object) -> list[asyncpg.Record]:
    async with gateway.database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(statement, *args)
    return found


async def codes(gateway: Gateway, keyring: Keyring) -> list[str]:
    """The codes that wait to be sent, oldest first."""
    rows = await change(
        gateway, "SELECT source, params_sealed FROM sms_outbox WHERE params_sealed IS NOT NULL ORDER BY id"
    )
    plain = [
        seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
        for row in rows
    ]
    return [json.loads(one)["code"] for one in plain]


def not_(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"


@asynccontextmanager
async def noting(gateway: Gateway) -> AsyncIterator[list[str]]:
    """The statements that the gateway makes meanwhile."""
    found: list[str] = []

    class Noting(Database):
        @asynccontextmanager
        async def connection(self) -> AsyncIterator[asyncpg.Connection]:
            def note(query: asyncpg.connection.LoggedQuery) -> None:
                if not any(
                    word in query.query for word in ("pg_catalog", "'jit'", "domain_clock", "revision")
                ):
                    found.append(query.query)

            async with super().connection() as connection:
                connection.add_query_logger(note)
                try:
                    yield connection
                finally:
                    connection.remove_query_logger(note)

    whole = gateway.resources.database
    gateway.resources.database = Noting(whole._pool)
    try:
        yield found
    finally:
        gateway.resources.database = whole


async def test_known_and_unknown_numbers_get_the_same_answer_by_the_same_statements(gateway: Gateway) -> None:
    await request(gateway, "18800000099")  # the driver has learnt its types now
    answers, statements = [], []
    for phone in (KNOWN, UNKNOWN):
        async with noting(gateway) as noted:
            response = await gateway.post({"query": REQUEST, "variables": {"input": {"phone": phone}}})
        payload = response.json()["data"]["signInCodeRequest"]
        assert payload.pop("phone") == f"{phone[:3]}****{phone[-4:]}"
        assert payload.pop("expiresAt")
        answers.append((response.status_code, payload, sorted(response.headers)))
        statements.append(noted)
    assert answers[0] == answers[1]
    assert statements[0] == statements[1]
    assert len(statements[0]) > 4
    wrong = [await tried(gateway, "000000", phone) for phone in (KNOWN, UNKNOWN)]
    assert wrong[0] == wrong[1] == "CODE_WRONG"


async def test_five_tries_in_all_whatever_happens_to_redis_between_them(
    gateway: Gateway, keyring: Keyring, queue: ArqRedis
) -> None:
    assert await asked(gateway) == "SENT"
    (code,) = await codes(gateway, keyring)
    said = []
    for by in range(1, 6):
        said.append(await tried(gateway, not_(code, by)))
        await queue.flushall()
    assert said == ["CODE_WRONG"] * 4 + ["CODE_LOCKED"]
    assert await tried(gateway, code) == "CODE_LOCKED"


async def test_guesses_at_once_get_five_tries_together(
    gateway: Gateway, keyring: Keyring, queue: ArqRedis
) -> None:
    for round_ in range(3):
        phone = f"1880000010{round_}"
        assert await asked(gateway, phone) == "SENT"
        code = (await codes(gateway, keyring))[-1]
        said = await asyncio.gather(
            *(tried(gateway, not_(code, by), phone) for by in range(1, 25)), queue.flushall()
        )
        assert said.count("CODE_WRONG") == 4
        assert await tried(gateway, code, phone) == "CODE_LOCKED"
        (row,) = await change(gateway, "SELECT tries FROM sms_code WHERE phone = $1", f"+86{phone}")
        assert row["tries"] == 5


async def test_one_code_lives_five_minutes_and_dies_by_the_next_one(
    gateway: Gateway, keyring: Keyring
) -> None:
    assert await asked(gateway) == "SENT"
    (first,) = await codes(gateway, keyring)
    (row,) = await change(gateway, "SELECT expires_at - created_at AS life FROM sms_code")
    assert row["life"].total_seconds() == 300
    await change(gateway, MINUTE)
    assert await asked(gateway) == "SENT"
    (second,) = await codes(gateway, keyring)
    if first != second:
        assert await tried(gateway, first) == "CODE_WRONG"
    await change(gateway, "UPDATE sms_code SET expires_at = now() - interval '1 ms' WHERE closed_at IS NULL")
    assert await tried(gateway, second) == "CODE_WRONG"


async def test_a_minute_between_codes_however_the_number_is_written(
    gateway: Gateway, queue: ArqRedis
) -> None:
    assert await asked(gateway, KNOWN) == "SENT"
    for written in (
        KNOWN,
        f"+86{KNOWN}",
        f"0086 {KNOWN}",
        "１９９０００００００１",
        "199-0000-0001",
        "86" + KNOWN,
    ):
        await queue.flushall()
        assert await asked(gateway, written) == "CODE_RESEND_TOO_SOON"


async def test_ten_codes_a_day_and_phone_from_whatever_network_and_emptied_redis(
    gateway: Gateway, queue: ArqRedis
) -> None:
    for number in range(10):
        assert await asked(gateway, KNOWN, x_forwarded_for=f"203.0.{number}.1") == "SENT"
        await change(gateway, MINUTE)
        await queue.flushall()
    assert await asked(gateway, KNOWN, x_forwarded_for="198.51.100.7") == "CODE_QUOTA_EXCEEDED"


async def fill_network(gateway: Gateway, many: int, network: str = "127.0.0.0/24") -> None:
    await change(
        gateway,
        "INSERT INTO sms_code (phone, purpose, code_mac, network, expires_at, closed_at)"
        " SELECT '+86138' || lpad(n::text, 8, '0'), 'SIGN_IN', '', $2, now(), now() FROM generate_series(1, $1) n",
        many,
        network,
    )


async def test_a_networks_quota_is_not_got_round_by_headers_or_an_emptied_redis(
    gateway: Gateway, queue: ArqRedis
) -> None:
    await fill_network(gateway, 200)
    await queue.flushall()
    for header in ("203.0.113.9", "unknown", "203.0.113.9, 198.51.100.7"):
        said = await asked(gateway, UNKNOWN, x_forwarded_for=header, x_real_ip="203.0.113.9")
        assert said == "CODE_QUOTA_EXCEEDED"


async def test_requests_at_once_from_one_network_do_not_pass_its_quota_together(gateway: Gateway) -> None:
    for round_ in range(4):
        await change(gateway, "DELETE FROM sms_code")
        await fill_network(gateway, 197)
        phones = [f"187{round_}00000{number:02d}" for number in range(16)]
        said = await asyncio.gather(*(asked(gateway, phone) for phone in phones))
        assert sorted(said) == ["CODE_QUOTA_EXCEEDED"] * 13 + ["SENT"] * 3


async def test_requests_and_sign_ins_of_one_network_at_once_never_deadlock(
    gateway: Gateway, keyring: Keyring
) -> None:
    phones = [f"1860000000{number}" for number in range(8)]
    for _ in range(3):
        said = await asyncio.wait_for(
            asyncio.gather(
                *(asked(gateway, phone) for phone in phones * 2),
                *(tried(gateway, "123456", phone) for phone in phones),
            ),
            20,
        )
        assert said.count("SENT") == 8
        await change(gateway, MINUTE)


async def test_the_breaker_stops_every_network(gateway: Gateway, queue: ArqRedis) -> None:
    await fill_network(gateway, 6_000, "203.0.113.0/24")
    await queue.flushall()
    assert await asked(gateway, UNKNOWN) == "RATE_LIMITED"


@pytest.fixture
async def without_redis(gateway: Gateway) -> AsyncIterator[Gateway]:
    whole, gateway.resources.jobs = gateway.resources.jobs, Jobs(None)
    yield gateway
    gateway.resources.jobs = whole


async def test_a_code_is_sent_without_redis_and_nothing_of_it_stays(
    without_redis: Gateway, keyring: Keyring
) -> None:
    gateway = without_redis
    with capture_logs() as lines:
        response = await gateway.post({"query": REQUEST, "variables": {"input": {"phone": KNOWN}}})
        (code,) = await codes(gateway, keyring)
        await gateway.sweep()
    assert code not in response.text
    assert KNOWN not in response.text
    assert code not in str(lines)
    assert KNOWN not in str(lines)
    (row,) = await change(gateway, "SELECT params_sealed, outcome FROM sms_outbox")
    assert (row["params_sealed"], row["outcome"]) == (None, "SENT")
    assert await tried(gateway, code) == "IN"
    assert await tried(gateway, code) == "CODE_WRONG"
