"""Deliveries: claimed, sent, settled; what crashes is sent again under the same name, and no device hears another's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import delivering, devices, settling_deliveries
from mobile_gateway.actions.delivering import Freed
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules import pushes as rules
from mobile_gateway.rules.words import MessageClass, NotificationKind, Platform, PushProviderName
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.workers import pushes, settling
from pushing import OTHER, READY, Scripted, accepts, actor, make_due, only, register, rows, tell

NONE = Freed(0, 0)


async def test_an_event_told_twice_is_one_row_and_one_push(gateway: Gateway) -> None:
    await only(gateway)
    provider = Scripted(accepts)
    await tell(gateway)
    await tell(gateway)
    assert not await pushes.deliver(gateway.database, provider)
    assert not await pushes.deliver(gateway.database, provider)
    (message,) = provider.sent
    assert (message.title, message.deep_link) == (
        "专题研修已完成",
        f"smartedu://topic/{global_id('Topic', 1)}",
    )
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 1)]


async def test_a_device_is_spoken_to_in_its_own_language(gateway: Gateway) -> None:
    await only(gateway, "zh")
    await register(gateway, "en", locale="en")
    await tell(gateway)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert {m.token: m.title for m in provider.sent} == {"zh": "专题研修已完成", "en": "Training completed"}


async def test_a_kind_that_is_not_wanted_is_in_the_inbox_and_not_pushed(gateway: Gateway) -> None:
    await only(gateway)
    person = await gateway.person(READY)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, 'TOPIC_COMPLETED', false)",
            person,
        )
    await tell(gateway)
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM inbox_item") == 1
    assert await rows(gateway.database) == []


@pytest.mark.parametrize(
    ("outcome", "state", "device", "attempts"),
    [
        (push.TokenDead(), "FAILED", "RETIRED", 1),
        (push.TokenForeign(), "FAILED", "QUARANTINED", 1),
        (push.PayloadBad("too big"), "FAILED", "ACTIVE", 1),
        (push.Retry(None), "DUE", "ACTIVE", 1),
        (push.Retry(90.0), "DUE", "ACTIVE", 1),
        (push.Throttled(120.0), "DUE", "ACTIVE", 0),
        (push.AuthBroken(push.Scope.PROJECT), "DUE", "ACTIVE", 0),
        (push.ProjectWrong(), "DUE", "ACTIVE", 0),
        (push.Ambiguous(), "DUE", "ACTIVE", 1),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str | int) else "",
)
async def test_each_outcome_settles_as_the_table_says(
    gateway: Gateway, outcome: push.Outcome, state: str, device: str, attempts: int
) -> None:
    device_id = await only(gateway)
    await tell(gateway)
    await pushes.deliver(gateway.database, Scripted(lambda _: outcome))
    ((found_state, _, found_attempts, due_at),) = await rows(
        gateway.database, "state, outcome, attempts, due_at"
    )
    assert (found_state, found_attempts) == (state, attempts)
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM device WHERE id = $1", device_id) == device
    if state == "DUE":
        assert isinstance(due_at, datetime)
        wait = (due_at - datetime.now(UTC)).total_seconds()
        asked = outcome.after_seconds if isinstance(outcome, push.Retry | push.Throttled) else None
        assert wait > (asked - 5 if asked else 0)


async def test_an_ambiguous_marketing_push_is_never_sent_again(gateway: Gateway) -> None:
    due = delivering.Due(
        person_id=1,
        delivery_id=1,
        inbox_item_id=1,
        device_id=1,
        provider=PushProviderName.FCM,
        token="t",
        platform=Platform.ANDROID,
        locale="en",
        kind=NotificationKind.TOPIC_COMPLETED,
        message_class=MessageClass.MARKETING,
        data={},
        attempts=1,
        maybe_sent=False,
        written_at=real(),
    )
    assert settling.settlement(due, push.Ambiguous(), real()).state == "UNKNOWN"


async def test_a_notification_outlives_an_outage_of_hours_and_is_given_up_at_last(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    waits = []
    for _ in range(43):
        await make_due(gateway.database)
        await pushes.deliver(gateway.database, Scripted(lambda _: push.Retry(None)))
        ((state, due_at),) = await rows(gateway.database, "state, due_at")
        assert state == "DUE"
        assert isinstance(due_at, datetime)
        waits.append((due_at - datetime.now(UTC)).total_seconds())
    assert sum(waits[:7]) < 7 * 32 * 1.5, "close together at first"
    assert 36 * 300 - 60 < sum(waits[7:]) < 36 * 900, "then for hours"
    await make_due(gateway.database)
    await pushes.deliver(gateway.database, Scripted(lambda _: push.Retry(None)))
    assert await rows(gateway.database) == [("FAILED", "RETRY", 44)]


def test_a_provider_that_asks_for_no_wait_gets_one_all_the_same() -> None:
    now = real()
    for asked in (None, 0.0, 1.0):
        waits = [(rules.next_try(now, tries, asked, 1.0) - now).total_seconds() for tries in range(1, 10)]
        assert waits == [1, 2, 4, 8, 16, 32, 32, 600, 600]
    assert (rules.next_try(now, 1, 90.0, 1.0) - now).total_seconds() == 90


async def test_a_campaigns_push_gives_up_after_eight_tries(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE delivery SET message_class = 'MARKETING', attempts = 7")
    await make_due(gateway.database)
    await pushes.deliver(gateway.database, Scripted(lambda _: push.Retry(None)))
    assert [row[0] for row in await rows(gateway.database)] == ["FAILED"]


async def test_a_worker_that_dies_after_sending_sends_once_more_under_the_same_name(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    (first,) = (await delivering.claim(gateway.database, uuid4(), real(), 10)).due
    name = settling.message_of(first).notification_id
    assert await delivering.free_expired(gateway.database, real()) == NONE, "its lease still runs"
    assert await delivering.free_expired(gateway.database, real() + timedelta(seconds=61)) == Freed(1, 0)
    await make_due(gateway.database)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.notification_id for message in provider.sent] == [name]
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 2)]


async def test_a_late_settlement_of_a_lost_claim_changes_nothing(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    late, now = uuid4(), real()
    (claimed,) = (await delivering.claim(gateway.database, late, now, 10)).due
    await delivering.free_expired(gateway.database, now + timedelta(seconds=61))
    await make_due(gateway.database)
    await pushes.deliver(gateway.database, Scripted(lambda _: push.PayloadBad("x")))
    settlement = settling.settlement(claimed, push.Accepted("late"), now)
    await settling_deliveries.settle(gateway.database, late, [settlement], now)
    assert [row[0] for row in await rows(gateway.database)] == ["FAILED"]


async def test_many_workers_at_once_send_each_delivery_once(gateway: Gateway) -> None:
    await only(gateway)
    for number in range(200):
        await tell(gateway, subject=f"topic:{number}")
    provider = Scripted(accepts)
    await asyncio.gather(*(pushes.deliver(gateway.database, provider) for _ in range(5)))
    assert len(provider.sent) == len({m.notification_id for m in provider.sent}) == 200
    assert {row[0] for row in await rows(gateway.database)} == {"SENT"}


async def test_a_device_that_changes_hands_hears_nothing_of_its_former_holder(gateway: Gateway) -> None:
    await only(gateway, "shared")
    await tell(gateway)
    await register(gateway, "shared", OTHER)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == []
    assert await rows(gateway.database) == [("DROPPED", "DEVICE_GONE", 0)]
    await tell(gateway, OTHER, "topic:2")
    await pushes.deliver(gateway.database, provider)
    assert "shared" in {message.token for message in provider.sent}


async def test_a_device_that_changed_hands_while_leased_is_left_alone(gateway: Gateway) -> None:
    await only(gateway, "shared")
    await tell(gateway)
    await delivering.claim(gateway.database, uuid4(), real(), 10)
    await register(gateway, "shared", OTHER)
    await delivering.free_expired(gateway.database, real() + timedelta(seconds=61))
    await make_due(gateway.database)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == []


async def test_a_forgotten_device_is_not_sent_to(gateway: Gateway) -> None:
    await only(gateway, "gone")
    await tell(gateway)
    assert await devices.forget(gateway.database, actor=await actor(gateway, READY), token="gone") is None
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == []
    assert (await rows(gateway.database))[0][0] == "DROPPED"
