"""A worker that stood still between its claim and the sending sends nothing that may be another's by now."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import delivering
from mobile_gateway.clock import real
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.rules.words import MessageClass, PushProviderName
from mobile_gateway.workers import pushes
from pushing import Scripted, accepts, make_due, only, rows, tell


class Stopped(Pacer):
    """Between a claim and the sending so many seconds pass, as for a process that is stopped; once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        super().__init__()
        self._late, self._seconds = 0.0, seconds
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + self._late)
        monkeypatch.setattr(pushes, "time", clock)

    async def claimed(
        self, provider: PushProviderName, message_class: MessageClass, *, used: int, unused: int
    ) -> None:
        await super().claimed(provider, message_class, used=used, unused=unused)
        if used:
            self._late = self._seconds


@pytest.mark.parametrize(("seconds", "sent"), [(35.0, 3), (41.0, 0)])
async def test_what_is_left_of_the_lease_decides_whether_a_claim_is_sent_or_given_back(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, seconds: float, sent: int
) -> None:
    await only(gateway)
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
    provider = Scripted(accepts)
    pacer = Stopped(monkeypatch, seconds)
    assert await pushes.deliver(gateway.database, provider, pacer=pacer), "there is more to do"
    assert len(provider.sent) == sent
    settled = ("SENT", "ACCEPTED", 1) if sent else ("DUE", None, 0)
    assert await rows(gateway.database) == [settled] * 3
    monkeypatch.undo()
    await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == 3


async def test_who_stood_still_for_longer_than_the_lease_sends_nothing_and_it_counts_as_in_flight(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only(gateway)
    await tell(gateway)
    provider = Scripted(accepts)

    class Longer(Stopped):
        async def claimed(
            self, provider: PushProviderName, message_class: MessageClass, *, used: int, unused: int
        ) -> None:
            await super().claimed(provider, message_class, used=used, unused=unused)
            if used:
                await delivering.free_expired(gateway.database, real() + timedelta(seconds=3_600))

    await pushes.deliver(gateway.database, provider, batches=1, pacer=Longer(monkeypatch, 3_600.0))
    assert provider.sent == []
    assert await rows(gateway.database) == [("DUE", "MAYBE_SENT", 1)]


async def test_what_another_worker_took_meanwhile_is_not_given_back(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    slow, now = uuid4(), real()
    claimed = (await delivering.claim(gateway.database, slow, now, 10)).due
    await delivering.free_expired(gateway.database, now + timedelta(seconds=61))
    await make_due(gateway.database)
    await delivering.claim(gateway.database, uuid4(), real(), 10)
    await delivering.give_back(gateway.database, slow, claimed, real())
    assert await rows(gateway.database) == [("LEASED", "MAYBE_SENT", 2)]


async def test_what_was_settled_meanwhile_is_not_given_back(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    attempt, now = uuid4(), real()
    claimed = (await delivering.claim(gateway.database, attempt, now, 10)).due
    await delivering.free_expired(gateway.database, now + timedelta(seconds=61))
    await delivering.give_back(gateway.database, attempt, claimed, real())
    assert await rows(gateway.database) == [("DUE", "MAYBE_SENT", 1)]
