"""What the provider accepted is written down: without the database for a while, and after the lease ran out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from forwarding import Forwarder, forwarding
from gateway import Gateway
from mobile_gateway.actions import delivering, settling_deliveries
from mobile_gateway.actions.delivering import Due
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases
from mobile_gateway.models.database import Database, DatabaseAway
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import MessageClass, PushProviderName
from mobile_gateway.workers import pushes, settling
from player import run
from pushing import Scripted, accepts, crowd, make_due, only, rows, tell

AWAY_SECONDS = 2.5
A_MINUTE = timedelta(seconds=61)


@dataclass
class Way:
    """A database at the end of a way that can be cut."""

    database: Database
    forwarder: Forwarder
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def mended_later(self) -> None:
        await self.forwarder.cut()

        async def mend() -> None:
            await asyncio.sleep(AWAY_SECONDS)
            await self.forwarder.listen()

        self.tasks.append(asyncio.create_task(mend()))


@pytest.fixture
async def way(gateway: Gateway) -> AsyncIterator[Way]:
    there = urlsplit(gateway.resources.settings.database_url)
    async with forwarding(0, there.hostname or "", there.port or 5432) as forwarder:
        login = there.netloc.rpartition("@")[0]
        opened = await databases.open_database(
            there._replace(netloc=f"{login}@127.0.0.1:{forwarder.port}").geturl()
        )
        found = Way(opened, forwarder)
        yield found
        await asyncio.gather(*found.tasks)
        await opened.close()


class CutOff:
    """A provider that accepts everything while the way to the database is cut."""

    carries = (PushProviderName.FCM,)

    def __init__(self, way: Way) -> None:
        self._way, self.sent = way, 0

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        self.sent += len(batch)
        await self._way.mended_later()
        return [push.Accepted("p1")] * len(batch)

    async def close(self) -> None:
        """Nothing is held."""


async def claimed(gateway: Gateway) -> tuple[UUID, Due]:
    await only(gateway)
    await tell(gateway)
    attempt = uuid4()
    (due,) = (await delivering.claim(gateway.database, attempt, real(), 10)).due
    return attempt, due


async def settle(gateway: Gateway, attempt: UUID, due: Due, outcome: push.Outcome) -> None:
    now = real()
    await settling_deliveries.settle(gateway.database, attempt, [settling.settlement(due, outcome, now)], now)


async def test_what_was_accepted_while_the_database_went_away_is_written_down_when_it_is_back(
    gateway: Gateway, way: Way
) -> None:
    await only(gateway)
    await tell(gateway)
    provider = CutOff(way)
    await pushes.deliver(way.database, provider)
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 1)]
    assert provider.sent == 1


async def test_a_settlement_that_stood_in_others_way_is_written_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only(gateway)
    await tell(gateway)
    settle, tries = settling_deliveries.settle, []

    async def deadlocked(*given: object) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise asyncpg.DeadlockDetectedError("a wipe took the devices the other way round")
        await settle(*given)  # type: ignore[arg-type]  # as they were given

    monkeypatch.setattr(settling_deliveries, "settle", deadlocked)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 1)]
    assert (len(provider.sent), len(tries)) == (1, 2)


async def test_a_lease_that_is_almost_over_is_not_waited_for(
    gateway: Gateway, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only(gateway)
    await tell(gateway)
    monkeypatch.setattr(pushes, "WRITE_SECONDS", 60.0)
    with pytest.raises(DatabaseAway):
        await pushes.deliver(way.database, CutOff(way))
    assert await rows(gateway.database, "state") == [("LEASED",)]


@pytest.mark.parametrize(
    ("message_class", "freed"), [(MessageClass.SERVICE, "DUE"), (MessageClass.MARKETING, "UNKNOWN")]
)
async def test_an_acceptance_that_is_written_late_is_an_acceptance_as_long_as_nobody_tried_again(
    gateway: Gateway, message_class: MessageClass, freed: str
) -> None:
    attempt, due = await claimed(gateway)
    await run(gateway, "UPDATE delivery SET message_class = $1", message_class)
    await delivering.free_expired(gateway.database, real() + A_MINUTE)
    assert await rows(gateway.database) == [(freed, "MAYBE_SENT", 1)]
    await settle(gateway, attempt, due, push.Accepted("late"))
    assert await rows(gateway.database, "state, outcome, provider_message_id") == [
        ("SENT", "ACCEPTED", "late")
    ]


async def test_a_refusal_that_is_written_late_leaves_what_waits_as_it_is(gateway: Gateway) -> None:
    attempt, due = await claimed(gateway)
    await delivering.free_expired(gateway.database, real() + A_MINUTE)
    for outcome in (push.PayloadBad("x"), push.Retry(None), push.Ambiguous()):
        await settle(gateway, attempt, due, outcome)
        assert await rows(gateway.database) == [("DUE", "MAYBE_SENT", 1)]


async def test_what_another_worker_holds_by_now_is_settled_by_that_one_alone(gateway: Gateway) -> None:
    attempt, due = await claimed(gateway)
    await delivering.free_expired(gateway.database, real() + A_MINUTE)
    await make_due(gateway.database)
    another = uuid4()
    assert len((await delivering.claim(gateway.database, another, real(), 10)).due) == 1
    await settle(gateway, attempt, due, push.Accepted("late"))
    assert await rows(gateway.database) == [("LEASED", "MAYBE_SENT", 2)]
    await settle(gateway, another, due, accepts(settling.message_of(due)))
    assert await rows(gateway.database, "state, provider_message_id") == [("SENT", "p1")]


@pytest.mark.parametrize(
    ("odd", "state", "outcome", "provider_id"),
    [
        (push.Accepted("p\0" + "9" * 300), "SENT", "ACCEPTED", "p" + "9" * 199),
        (push.Accepted("p\ud800"), "SENT", "ACCEPTED", "p"),
        (
            push.PayloadBad("no\0t\udfff so 很" + "长" * 300),
            "FAILED",
            "PAYLOAD_BAD:not so 很" + "长" * 20,
            None,
        ),
    ],
)
async def test_an_answer_that_no_column_holds_spoils_neither_its_own_settlement_nor_the_batchs(
    gateway: Gateway, odd: push.Outcome, state: str, outcome: str, provider_id: str | None
) -> None:
    await only(gateway)
    for number in range(2):
        await tell(gateway, subject=f"topic:{number}")
    answers = iter([odd, push.Accepted("p1")])
    await pushes.deliver(gateway.database, Scripted(lambda _: next(answers)))
    assert await rows(gateway.database, "state, outcome, provider_message_id") == [
        (state, outcome, provider_id),
        ("SENT", "ACCEPTED", "p1"),
    ]


async def test_a_settlement_is_written_by_key_in_a_table_that_nobody_has_looked_at_yet(
    gateway: Gateway,
) -> None:
    await crowd(gateway, 5_000)
    attempt = uuid4()
    due = (await delivering.claim(gateway.database, attempt, real(), 500)).due
    settled = [settling.settlement(one, push.Accepted("p1"), real()) for one in due]
    async with gateway.database.transaction() as connection:
        await connection.execute(settling_deliveries._BY_KEY)
        (top,) = json.loads(
            await connection.fetchval(
                f"EXPLAIN (FORMAT JSON) {settling_deliveries._SETTLE}",
                *settling_deliveries._columns(attempt, settled, real()),
            )
        )
    (update,) = top["Plan"]["Plans"]
    read = [one["Node Type"] for one in update["Plans"] if one.get("Relation Name") == "delivery"]
    assert (len(due), update["Node Type"], read) == (500, "Nested Loop", ["Index Scan"])
