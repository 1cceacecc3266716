"""Deliveries when something is wrong: lanes that stand still, answers that never came, texts that cannot be made."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import delivering, notifying
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.workers import pushes
from pushing import OTHER, READY, Scripted, accepts, make_due, only, rows, tell


@pytest.mark.parametrize(
    "outcome", [push.Throttled(600.0), push.AuthBroken(push.Scope.PROJECT), push.ProjectWrong()]
)
async def test_a_halted_lane_sends_nothing_more_and_touches_no_token(
    gateway: Gateway, outcome: push.Outcome
) -> None:
    device_id = await only(gateway)
    await only(gateway, "t2", OTHER)
    for number in range(1_100):
        await tell(gateway, OTHER if number % 2 else READY, f"topic:{number}")
    provider = Scripted(lambda _: outcome)
    for _ in range(3):
        await pushes.deliver(gateway.database, provider, batches=1)
    assert len(provider.sent) == pushes.BATCH, "one batch was on its way; nothing follows it"
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM device WHERE id = $1", device_id) == "ACTIVE"
        assert await connection.fetchval("SELECT max(attempts) FROM delivery") == 0


async def test_a_lane_of_one_platform_does_not_hold_the_other(gateway: Gateway) -> None:
    await only(gateway, "android")
    person = await gateway.person(READY)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO push_lane (provider, platform, halted_until, reason)"
            " VALUES ('FCM', 'IOS', now() + interval '1 hour', 'AUTH_IOS')"
        )
        await connection.execute(
            "INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)"
            " VALUES ($1, 'FCM', 'IOS', 'ios', '\\x01', 'en', 'ACTIVE')",
            person,
        )
    await tell(gateway)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.token for message in provider.sent] == ["android"]
    assert sorted(await rows(gateway.database, "state")) == [("DUE",), ("SENT",)]


async def test_an_ambiguous_service_push_is_sent_once_more_and_no_oftener(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    provider = Scripted(lambda _: push.Ambiguous())
    for _ in range(4):
        await make_due(gateway.database)
        await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == 2
    assert await rows(gateway.database, "state") == [("UNKNOWN",)]


@pytest.mark.parametrize(
    "between",
    [push.Retry(None), push.Throttled(1.0), push.AuthBroken(push.Scope.PROJECT), push.ProjectWrong()],
)
async def test_what_may_have_arrived_is_remembered_over_a_refusal(
    gateway: Gateway, between: push.Outcome
) -> None:
    await only(gateway)
    await tell(gateway)
    answers = iter([push.Ambiguous(), between, push.Ambiguous()])
    provider = Scripted(lambda _: next(answers))
    for _ in range(4):
        await make_due(gateway.database)
        await pushes.deliver(gateway.database, provider)
    assert await rows(gateway.database, "state") == [("UNKNOWN",)]
    assert len(provider.sent) == 3, "twice it may have arrived, and no third time"


async def test_what_may_have_arrived_before_a_refusal_is_not_sent_again_for_a_worker_that_died(
    gateway: Gateway,
) -> None:
    await only(gateway)
    await tell(gateway)
    answers = iter(list[push.Outcome]([push.Ambiguous(), push.Retry(None)]))
    provider = Scripted(lambda _: next(answers))
    for _ in range(2):
        await pushes.deliver(gateway.database, provider)
        await make_due(gateway.database)
    now = real()
    assert len((await delivering.claim(gateway.database, uuid4(), now, 10)).due) == 1
    await delivering.free_expired(gateway.database, now + timedelta(seconds=61))
    assert await rows(gateway.database, "state") == [("UNKNOWN",)]


async def test_a_lease_that_runs_out_twice_is_unknown(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    for state in ("DUE", "UNKNOWN"):
        now = real() + timedelta(minutes=2)
        assert len((await delivering.claim(gateway.database, uuid4(), now, 10)).due) == 1
        await delivering.free_expired(gateway.database, now + timedelta(seconds=61))
        assert await rows(gateway.database, "state") == [(state,)]
        await make_due(gateway.database)


async def test_one_message_that_cannot_be_made_is_one_delivery_that_fails(gateway: Gateway) -> None:
    await only(gateway)
    person = await gateway.person(READY)
    async with gateway.database.transaction() as connection:
        event = notifying.Event(NotificationKind.CERTIFICATE_VOIDED, "certificate:1", {}, real())
        await notifying.notify(connection, person, [event])
    await tell(gateway)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.kind for message in provider.sent] == ["TOPIC_COMPLETED"]
    assert sorted(await rows(gateway.database, "state")) == [("FAILED",), ("SENT",)]
    inbox = await gateway.data_of(
        "{ viewer { inbox { edges { node { kind title } } } } }", None, await gateway.token(READY)
    )
    kinds = {edge["node"]["kind"] for edge in inbox["viewer"]["inbox"]["edges"]}
    assert kinds == {"CERTIFICATE_VOIDED", "TOPIC_COMPLETED"}, "and it does not hide the others"


async def test_a_call_ends_after_its_batches_and_says_that_more_is_due(gateway: Gateway) -> None:
    await only(gateway)
    for number in range(pushes.BATCH + 1):
        await tell(gateway, subject=f"topic:{number}")
    provider = Scripted(accepts)
    assert await pushes.deliver(gateway.database, provider, batches=1)
    assert len(provider.sent) == pushes.BATCH
    assert not await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == pushes.BATCH + 1
