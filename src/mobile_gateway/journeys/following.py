"""A campaign followed over a socket, from one access token to the next, until it is over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import Final

from websockets.exceptions import WebSocketException

from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.listening import Socket, StreamEnds
from mobile_gateway.journeys.telling import NotHeld

LOOK_SECONDS: Final = 10.0
"""After this long without an event the campaign is asked for: what is told is a nudge, and may be lost."""

AGAIN_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 20.0


class Following:
    """What an administrator hears of one campaign: as it was told `last`, and its `states` so far, in order.

    `heard` is how many events came over sockets.
    """

    def __init__(self, client: Client, campaign: str) -> None:
        self._client, self.campaign = client, campaign
        self._events = self._all()
        self.states: list[str] = []
        self.heard = 0
        self.look()

    def close(self) -> None:
        """Follow it no more."""
        self._events.close()

    def until(self, what: str, held: Callable[[Json], bool], seconds: float = PATIENCE_SECONDS) -> Json:
        """Wait until something holds of the campaign; the campaign as it was told then.

        Raises:
            NotHeld: it does not, within the time.
        """
        end = time.monotonic() + seconds
        while not held(self.last):
            if time.monotonic() > end or self.last["finishedAt"]:
                raise NotHeld(what, f"within {seconds:.0f} s", self.last)
            self.look()
        return self.last

    def look(self) -> None:
        """Wait for the next word about it, for some seconds at most."""
        self.last = next(self._events)
        if self.states[-1:] != [self.last["state"]]:
            self.states.append(self.last["state"])

    def _all(self) -> Generator[Json, None, None]:
        """The campaign whenever it may have moved. Where no socket stands, it is asked for once a second."""
        while True:
            with contextlib.suppress(StreamEnds, NotHeld, WebSocketException, OSError):
                yield from self._over_a_socket()
            found: Json = self._client.ask("campaign", id=self.campaign)["campaign"]
            yield found
            time.sleep(AGAIN_SECONDS)

    def _over_a_socket(self) -> Iterator[Json]:
        tokens = self._client.tokens
        token = tokens.access if tokens else ""
        given = {"id": self.campaign}
        with contextlib.closing(Socket(self._client.url, token, "campaign_progress", given)) as socket:
            while True:
                data = socket.next(LOOK_SECONDS)
                self.heard += data is not None
                data = data or self._client.ask("campaign", id=self.campaign)
                found: Json = data.get("campaignProgress") or data["campaign"]
                yield found
