"""When a lane stands still: what is one device's own affair holds nobody else's pushes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import settling_deliveries
from mobile_gateway.actions.delivering import Due
from mobile_gateway.actions.settling_deliveries import Halt
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import MessageClass, NotificationKind, Platform, PushProviderName
from mobile_gateway.workers import pushes, settling
from player import value
from pushing import Scripted, accepts, crowd, rows

FCM, HUAWEI = PushProviderName.FCM, PushProviderName.HUAWEI


async def lane(gateway: Gateway) -> str | None:
    found: str | None = await value(gateway, "SELECT reason FROM push_lane WHERE halted_until > now()")
    return found


def throttled(*tokens: str, seconds: float = 600.0) -> Scripted:
    """A provider that is asked too much by some, and accepts the others."""
    return Scripted(lambda m: push.Throttled(seconds) if m.token.startswith(tokens) else accepts(m))


@pytest.mark.parametrize(("people", "devices"), [(1, 1), (3, 1), (3, 2)])
async def test_one_person_over_a_quota_of_their_own_waits_alone(
    gateway: Gateway, people: int, devices: int
) -> None:
    await crowd(gateway, people, devices)
    provider = throttled("crowd-1-")
    await pushes.deliver(gateway.database, provider)
    assert await lane(gateway) is None
    found = await rows(gateway.database, "state, outcome, attempts, due_at > now() + interval '590 s'")
    assert found.count(("DUE", "THROTTLED", 0, True)) == devices
    assert found.count(("SENT", "ACCEPTED", 1, False)) == (people - 1) * devices
    assert not await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == people * devices, "and is not asked for again before the time"


async def test_two_people_throttled_in_a_batch_stop_the_lane_as_long_as_asked(gateway: Gateway) -> None:
    await crowd(gateway, 3)
    await pushes.deliver(gateway.database, throttled("crowd-1-", "crowd-2-"))
    assert await lane(gateway) == "THROTTLED"
    assert await value(gateway, "SELECT halted_until > now() + interval '590 s' FROM push_lane")


@pytest.mark.parametrize(
    ("people", "devices", "foreign", "wrong"),
    [(20, 1, 20, True), (20, 1, 10, True), (20, 1, 9, False), (19, 1, 19, False), (1, 20, 1, False)],
)
async def test_when_half_of_twenty_people_have_a_foreign_token_our_project_is_the_foreign_one(
    gateway: Gateway, people: int, devices: int, foreign: int, *, wrong: bool
) -> None:
    await crowd(gateway, people, devices)
    strange = tuple(f"crowd-{n + 1}-" for n in range(foreign))
    await pushes.deliver(
        gateway.database,
        Scripted(lambda m: push.TokenForeign() if m.token.startswith(strange) else accepts(m)),
    )
    quarantined = await value(gateway, "SELECT count(*) FROM device WHERE state = 'QUARANTINED'")
    found = await rows(gateway.database, "state, outcome, attempts")
    assert found.count(("SENT", "ACCEPTED", 1)) == (people - foreign) * devices
    if wrong:
        assert await lane(gateway) == "PROJECT_WRONG"
        assert (quarantined, found.count(("DUE", "PROJECT_WRONG", 0))) == (0, foreign)
    else:
        assert await lane(gateway) is None
        assert (quarantined, found.count(("FAILED", "TOKEN_FOREIGN", 1))) == (foreign * devices,) * 2


async def test_a_halt_is_not_shortened_by_a_later_one(gateway: Gateway) -> None:
    now = real()
    hour, minute = now + timedelta(hours=1), now + timedelta(minutes=1)
    for until in (hour, minute):
        halt = Halt(FCM, Platform.IOS, until, "THROTTLED")
        await settling_deliveries.settle(gateway.database, uuid4(), [], now, [halt])
    assert await value(gateway, "SELECT halted_until FROM push_lane") == hour


def due(person: int, provider: PushProviderName = FCM, platform: Platform = Platform.ANDROID) -> Due:
    return Due(
        person_id=person,
        delivery_id=person,
        inbox_item_id=person,
        device_id=person,
        provider=provider,
        token=f"t{person}",
        platform=platform,
        locale="en",
        kind=NotificationKind.TOPIC_COMPLETED,
        message_class=MessageClass.SERVICE,
        data={},
        attempts=1,
        maybe_sent=False,
        written_at=real(),
    )


def test_a_lane_is_stopped_once_a_batch_for_the_longest_that_is_asked() -> None:
    now = datetime.fromisoformat("2024-08-20T09:00:00+08:00")
    batch: list[tuple[Due, push.Outcome]] = [(due(n), push.Throttled(float(n % 400))) for n in range(500)]
    batch += [(due(n, HUAWEI), push.ProjectWrong()) for n in range(3)]
    batch += [(due(1, platform=Platform.IOS), push.Throttled(9.0))]
    found = settling.halts(batch, now)
    assert [(one.provider, one.platform, one.until - now) for one in found] == [
        (FCM, Platform.ANDROID, timedelta(seconds=399)),
        (HUAWEI, Platform.ANDROID, timedelta(seconds=60)),
    ]
