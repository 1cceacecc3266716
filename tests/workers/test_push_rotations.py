"""A token that is replaced while a push is under way to it: the push goes to the new one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway import Gateway
from mobile_gateway.actions import devices
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import MessageClass, PushProviderName
from mobile_gateway.workers import pushes
from player import run, value
from pushing import OTHER, READY, actor, only, register, rows, tell


class Meanwhile:
    """A provider to which `old` is as told, and all others are good; `happens` before its first answer."""

    carries = tuple(PushProviderName)

    def __init__(self, gateway: Gateway, happens: str, old: push.Outcome) -> None:
        self._gateway, self._happens, self._old = gateway, happens, old
        self.sent: list[str] = []

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        if not self.sent:
            await self._meanwhile()
        self.sent += [message.token for message in batch]
        return [self._old if message.token == "old" else push.Accepted("p1") for message in batch]

    async def _meanwhile(self) -> None:
        who = await actor(self._gateway, READY)
        match self._happens:
            case "rotated":
                await devices.rotate(
                    self._gateway.database, actor=who, old_token="old", new_token="new", now=real()
                )
            case "forgotten":
                await devices.forget(self._gateway.database, actor=who, token="old")
            case "handed over":
                await register(self._gateway, "old", OTHER)
            case "handed over, then rotated":
                await register(self._gateway, "old", OTHER)
                other = await actor(self._gateway, OTHER)
                await devices.rotate(
                    self._gateway.database, actor=other, old_token="old", new_token="new", now=real()
                )

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("old", [push.TokenDead(), push.TokenForeign()])
@pytest.mark.parametrize("message_class", list(MessageClass))
async def test_a_push_to_a_dead_token_that_was_replaced_meanwhile_goes_to_the_new_one(
    gateway: Gateway, old: push.Outcome, message_class: MessageClass
) -> None:
    await only(gateway, "old")
    await tell(gateway)
    await run(gateway, "UPDATE delivery SET message_class = $1", message_class)
    provider = Meanwhile(gateway, "rotated", old)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == ["old", "new"], "at once"
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 2)]
    assert await value(gateway, "SELECT state FROM device WHERE token = 'new'") == "ACTIVE"


@pytest.mark.parametrize("happens", ["nothing", "forgotten", "handed over", "handed over, then rotated"])
async def test_a_dead_token_that_its_holder_did_not_replace_ends_its_push(
    gateway: Gateway, happens: str
) -> None:
    await only(gateway, "old")
    await tell(gateway)
    provider = Meanwhile(gateway, happens, push.TokenDead())
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == ["old"]
    assert await rows(gateway.database) == [("FAILED", "TOKEN_DEAD", 1)]


async def test_what_may_have_been_sent_is_remembered_through_a_rotation(gateway: Gateway) -> None:
    await only(gateway, "old")
    await tell(gateway)
    await run(gateway, "UPDATE delivery SET outcome = 'MAYBE_SENT', attempts = 1")
    provider = Meanwhile(gateway, "rotated", push.TokenDead())
    await pushes.deliver(gateway.database, provider, batches=1)
    assert await rows(gateway.database) == [("DUE", "MAYBE_SENT:TOKEN_DEAD", 2)]
