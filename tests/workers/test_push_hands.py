"""A call's hands: what they take and give back, in which order they claim, and that none is left behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import delivering
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.rules.pacing import Grant
from mobile_gateway.rules.words import MessageClass, PushProviderName
from mobile_gateway.workers import pushes
from player import run
from pushing import Scripted, accepts, crowd, only, rows, tell

FCM = PushProviderName.FCM
SERVICE, MARKETING = MessageClass.SERVICE, MessageClass.MARKETING


class Counting(Pacer):
    """A pace without limit that counts FCM's permits: taken, used and given back."""

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.used, self.unused = Counter[str](), Counter[str](), Counter[str]()

    async def take(self, provider: PushProviderName, wanted: int, message_class: MessageClass) -> Grant:
        grant = await super().take(provider, wanted, message_class)
        if provider is FCM:
            self.taken[message_class] += grant.permits
        return grant

    async def claimed(
        self, provider: PushProviderName, message_class: MessageClass, *, used: int, unused: int
    ) -> None:
        await super().claimed(provider, message_class, used=used, unused=unused)
        if provider is FCM:
            self.used[message_class] += used
            self.unused[message_class] += unused


@pytest.mark.parametrize("due", [0, 7])
async def test_permits_that_found_nothing_to_send_are_given_back(gateway: Gateway, due: int) -> None:
    await only(gateway)
    for number in range(due):
        await tell(gateway, subject=f"topic:{number}")
    provider, pacer = Scripted(accepts), Counting()
    await pushes.deliver(gateway.database, provider, pacer=pacer)
    assert len(provider.sent) == due
    assert pacer.taken[SERVICE] >= pushes.BATCH
    assert pacer.unused[SERVICE] == pacer.taken[SERVICE] - due
    assert (pacer.used[MARKETING], pacer.unused[MARKETING]) == (0, pacer.taken[MARKETING])


class Held:
    """A provider that answers when it is let; counts what it was given and what it answered."""

    carries = (FCM,)

    def __init__(self) -> None:
        self.given, self.answered = 0, 0
        self.has_several, self.let = asyncio.Event(), asyncio.Event()

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        if self.given:
            self.has_several.set()
        self.given += len(batch)
        await self.let.wait()
        self.answered += len(batch)
        return [push.Accepted("a")] * len(batch)

    async def close(self) -> None:
        """Nothing is held."""


async def test_a_call_that_is_cancelled_leaves_no_hand_that_goes_on_sending(gateway: Gateway) -> None:
    await crowd(gateway, 3 * pushes.BATCH)
    others, provider = asyncio.all_tasks(), Held()
    call = asyncio.create_task(pushes.deliver(gateway.database, provider))
    async with asyncio.timeout(30):
        await provider.has_several.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.all_tasks() == others, "its hands ended before it did"
    given = provider.given
    provider.let.set()
    await asyncio.sleep(0.2)
    assert (provider.given, provider.answered) == (given, 0)


async def test_of_a_lane_what_waited_longest_is_claimed_first(gateway: Gateway) -> None:
    await only(gateway)
    for number in range(4):
        await tell(gateway, subject=f"topic:{number}")
    first, second, third, fourth = [int(str(row[0])) for row in await rows(gateway.database, "id")]
    waited = {third: 40, first: 30, fourth: 20, second: 10}
    for delivery, seconds in waited.items():
        await run(
            gateway,
            "UPDATE delivery SET due_at = now() - make_interval(secs => $2) WHERE id = $1",
            delivery,
            seconds,
        )
    assert [await claimed(gateway) for _ in waited] == list(waited)


@pytest.mark.parametrize(("older", "younger"), [("IOS", "ANDROID"), ("ANDROID", "IOS")])
async def test_of_two_lanes_the_one_that_waited_longer_is_claimed_of_first(
    gateway: Gateway, older: str, younger: str
) -> None:
    await crowd(gateway, 2)
    ids = [int(str(row[0])) for row in await rows(gateway.database, "id")]
    for delivery, platform, seconds in zip(ids, (older, younger), (20, 10), strict=True):
        await run(
            gateway,
            "UPDATE delivery SET platform = $2, due_at = now() - make_interval(secs => $3) WHERE id = $1",
            delivery,
            platform,
            seconds,
        )
        await run(
            gateway,
            "UPDATE device SET platform = $2 WHERE id = (SELECT device_id FROM delivery WHERE id = $1)",
            delivery,
            platform,
        )
    assert [await claimed(gateway) for _ in ids] == ids


async def claimed(gateway: Gateway) -> int:
    """The delivery that a claim of one takes."""
    (due,) = (await delivering.claim(gateway.database, uuid4(), real(), 1)).due
    return due.delivery_id
