"""Several providers as one: each message goes to the provider of its device."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from mobile_gateway.push.provider import AuthBroken, Message, Outcome, PushProvider, Scope
from mobile_gateway.rules.words import PushProviderName


class Routes:
    """A `PushProvider` over others.

    What is for a provider that is not among them is not asked for; were it given, it would be as a credential that is
    not there.
    """

    def __init__(self, providers: Mapping[PushProviderName, PushProvider]) -> None:
        self._providers = dict(providers)
        self.carries = tuple(self._providers)

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in order; see `PushProvider.send`."""
        outcomes: list[Outcome] = [AuthBroken(Scope.PROJECT)] * len(batch)

        async def carry(name: PushProviderName, provider: PushProvider) -> None:
            places = [place for place, message in enumerate(batch) if message.provider is name]
            if places:
                sent = await provider.send([batch[place] for place in places])
                for place, outcome in zip(places, sent, strict=True):
                    outcomes[place] = outcome

        await asyncio.gather(*(carry(name, provider) for name, provider in self._providers.items()))
        return outcomes

    async def close(self) -> None:
        """Close each."""
        for provider in self._providers.values():
            await provider.close()
