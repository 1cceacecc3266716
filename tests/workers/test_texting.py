from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
from structlog.testing import capture_logs

from mobile_gateway import seals, transactions
from mobile_gateway.actions import codes, texting
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.seals import Keyring
from mobile_gateway.sms import Outcome, Reason, Rejected, Sent, Unreachable
from mobile_gateway.workers.texting import send_due

NOW = datetime(2024, 8, 1, 4, tzinfo=UTC)
PHONE = "+8619900000001"
AWAY = Unreachable("ConnectError", maybe_sent=False)


class Provider:
    """Keeps what it is given, and answers what the test says for a phone."""

    def __init__(self, answer: Callable[[str], Outcome] = lambda _: Sent("1")) -> None:
        self.answer = answer
        self.given: list[tuple[str, str, Mapping[str, str], str]] = []
        self.in_transaction = False

    async def send(self, phone: str, text_kind: str, params: Mapping[str, str], locale: str) -> Outcome:
        self.in_transaction |= transactions.held.get()
        self.given.append((phone, text_kind, params, locale))
        await asyncio.sleep(0.01)
        return self.answer(phone)

    async def close(self) -> None:
        pass


async def rows(database: Database, query: str, *args: object) -> list[asyncpg.Record]:
    async with database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query, *args)
    return found


async def ask(database: Database, keyring: Keyring, phone: str = PHONE) -> None:
    await codes.request_code(
        database,
        keyring,
        phone=phone,
        purpose=CodePurpose.SIGN_IN,
        network="192.0.2.0/24",
        locale="en",
        now=NOW,
    )


async def outcomes(database: Database) -> list[tuple[str | None, bool]]:
    """Of each text, in order, its outcome and whether it is forgotten."""
    found = await rows(
        database, "SELECT outcome, params_sealed IS NULL AS forgotten FROM sms_outbox ORDER BY id"
    )
    return [(row["outcome"], row["forgotten"]) for row in found]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_a_text_goes_out_with_its_code_and_the_row_forgets_it(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    (row,) = await rows(database, "SELECT source, params_sealed FROM sms_outbox")
    plain = seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
    provider = Provider()
    assert await send_due(database, keyring, provider, NOW) == 1
    assert provider.given == [(PHONE, "SIGN_IN", json.loads(plain), "en")]
    assert await outcomes(database) == [("SENT", True)]


async def test_a_job_that_runs_twice_sends_once(database: Database, keyring: Keyring) -> None:
    await ask(database, keyring)
    provider = Provider()
    await send_due(database, keyring, provider, NOW)
    assert await send_due(database, keyring, provider, at(100)) == 0
    assert len(provider.given) == 1


async def test_workers_at_once_send_each_text_once(database: Database, keyring: Keyring) -> None:
    phones = [f"+86199000001{n:02d}" for n in range(40)]
    for phone in phones:
        await ask(database, keyring, phone)
    provider = Provider()
    taken = await asyncio.gather(*(send_due(database, keyring, provider, NOW) for _ in range(4)))
    assert sum(taken) == 40
    assert sorted(phone for phone, *_ in provider.given) == phones


async def test_no_transaction_is_open_while_the_provider_is_called(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    provider = Provider()
    await send_due(database, keyring, provider, NOW)
    assert not provider.in_transaction


async def test_an_unreachable_provider_is_tried_again_later_and_later_until_the_text_expires(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    provider = Provider(lambda _: AWAY)
    tried = [second for second in range(301) if await send_due(database, keyring, provider, at(second))]
    assert tried == [0, 2, 6, 14, 30, 62, 122, 182, 242]
    assert await outcomes(database) == [("EXPIRED", True)]


async def test_a_lost_answer_is_sent_again(database: Database, keyring: Keyring) -> None:
    await ask(database, keyring)
    await send_due(database, keyring, Provider(lambda _: Unreachable("ReadTimeout", maybe_sent=True)), NOW)
    assert await send_due(database, keyring, Provider(), at(2)) == 1
    assert await outcomes(database) == [("SENT", True)]


async def test_a_refused_text_is_settled_with_the_reason_and_a_throttled_one_is_not(
    database: Database, keyring: Keyring
) -> None:
    other = "+8619900000002"
    await ask(database, keyring)
    await ask(database, keyring, other)
    reasons = {PHONE: Reason.CREDENTIALS, other: Reason.THROTTLED}
    await send_due(database, keyring, Provider(lambda phone: Rejected(reasons[phone], "code")), NOW)
    assert await outcomes(database) == [("REJECTED_CREDENTIALS", True), (None, False)]


async def test_one_broken_seal_and_one_faulty_call_stop_no_other_text(
    database: Database, keyring: Keyring
) -> None:
    broken, faulty = "+8619900000002", "+8619900000003"
    for phone in (broken, faulty, PHONE):
        await ask(database, keyring, phone)
    await rows(database, "UPDATE sms_outbox SET params_sealed = '\\x00' WHERE phone = $1", broken)

    def answer(phone: str) -> Outcome:
        if phone == faulty:
            raise RuntimeError(phone)
        return Sent("1")

    with capture_logs() as lines:
        assert await send_due(database, keyring, Provider(answer), NOW) == 3
    assert await outcomes(database) == [("UNREADABLE", True), (None, False), ("SENT", True)]
    assert sorted(line["event"] for line in lines) == ["sms_failed", "sms_unreadable"]
    assert "+86" not in str(lines)


async def test_a_text_of_a_worker_that_died_is_sent_after_its_lease(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    (text,) = await texting.claim_due(database, NOW, 10)
    assert text.attempt == 1
    provider = Provider()
    assert await send_due(database, keyring, provider, at(39)) == 0
    assert await send_due(database, keyring, provider, at(40)) == 1


async def test_a_slow_worker_does_not_postpone_what_another_has_claimed(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    (slow,) = await texting.claim_due(database, NOW, 10)
    (fast,) = await texting.claim_due(database, at(40), 10)
    await texting.postpone(database, slow, at(41))
    assert await texting.claim_due(database, at(50), 10) == []
    assert await texting.settle(database, fast.id, "SENT", at(51))
    assert not await texting.settle(database, slow.id, "SENT", at(52))


async def test_a_batch_has_a_limit_and_the_oldest_go_first(database: Database, keyring: Keyring) -> None:
    for number in range(5):
        await ask(database, keyring, f"+861990000010{number}")
    await rows(database, "UPDATE sms_outbox SET due_at = due_at - interval '1 s' WHERE phone LIKE '%4'")
    claimed = await texting.claim_due(database, NOW, 1)
    assert [text.phone[-1] for text in claimed] == ["4"]
    assert "+86" not in repr(claimed)


async def test_a_text_that_is_being_claimed_keeps_nobody_waiting(
    database: Database, keyring: Keyring
) -> None:
    await ask(database, keyring)
    await ask(database, keyring, "+8619900000002")
    async with database.connection() as held, held.transaction():
        await held.execute("SELECT FROM sms_outbox WHERE phone = $1 FOR UPDATE", PHONE)
        async with asyncio.timeout(2):
            claimed = await texting.claim_due(database, NOW, 10)
    assert [text.phone for text in claimed] == ["+8619900000002"]
