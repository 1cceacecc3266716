"""Which pushes a device got, wherever the run sends them: to its recorder, or to a stand-in for FCM.

The run says which (`/local/carrier`). A story asks `Pushes` and need not know.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import httpx

from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.telling import JourneyEnds

PAGE = 500
"""Recorded pushes that are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Push:
    """A notification at a device, which shows it once; it came so many times.

    `device` tells devices apart: a token, or what the recorder keeps instead.
    """

    device: str
    notification_id: str
    kind: str
    title: str
    body: str
    deep_link: str
    times: int = 1


class Pushes:
    """What devices of a run were pushed, as its carrier shows it now."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def at(self, token: str) -> list[Push]:
        """What the device of a token was pushed, each notification once."""
        return self._carrier.at(token)

    def titled(self, title: str) -> list[Push]:
        """What any device was pushed under a title."""
        return [one for one in self._carrier.at(None) if one.title == title]

    @property
    def stand_in(self) -> StandIn | None:
        """The stand-in for FCM; None where pushes are recorded."""
        carrier = self._carrier
        return carrier if isinstance(carrier, StandIn) else None

    def close(self) -> None:
        """Close what was opened."""
        if "_carrier" in self.__dict__:
            self._carrier.close()

    @cached_property
    def _carrier(self) -> Recorder | StandIn:
        told = self._client.page("/local/carrier")
        if told["carrier"] == "recorder":
            return Recorder(self._client)
        if not told["url"]:
            raise JourneyEnds(
                "this run's pushes leave this machine: start `mobile-gateway run`, with or without --fcm"
            )
        return StandIn(told["url"], told["authority"])


class Recorder:
    """The recorder of a local run, on its page of pushes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def at(self, token: str | None) -> list[Push]:
        """What the device of a token was pushed; of every device without one."""
        asked = {"device": hashlib.sha256(token.encode()).hexdigest()[:16]} if token else {}
        found: dict[tuple[str, str], Push] = {}
        after = 0
        while True:
            page = self._client.page("/local/pushes", after=after, limit=PAGE, **asked)
            for line in page["pushes"]:
                one = Push(**{name: line[name] for name in Push.__slots__ if name != "times"})
                known = found.get((one.device, one.notification_id))
                found[one.device, one.notification_id] = (
                    replace(known, times=known.times + 1) if known else one
                )
            if not page["pushes"]:
                return list(found.values())
            after = page["next"]

    def close(self) -> None:
        """Nothing is open."""


class StandIn:
    """A stand-in for FCM. `authority` is the PEM file of its certificate, if it speaks TLS."""

    def __init__(self, url: str, authority: str | None) -> None:
        try:
            trusted = ssl.create_default_context(cafile=authority)
        except OSError:
            raise JourneyEnds(f"{authority} is no certificate that can be read: start the run anew") from None
        self._http = httpx.Client(base_url=url, verify=trusted, trust_env=False, timeout=10)

    def at(self, token: str | None) -> list[Push]:
        """What the device of a token was pushed; of every device without one."""
        shown: list[Json] = self._ask("/shown", **({"token": token} if token else {}))
        return [
            Push(
                one["token"],
                one["tag"],
                one["kind"],
                one["title"],
                one["body"],
                one["deep_link"],
                one["times"],
            )
            for one in shown
        ]

    def counters(self) -> Json:
        """Its counters."""
        found: Json = self._ask("/counters")
        return found

    def attempts(self, token: str) -> int:
        """How often something was sent to a token, whatever became of it."""
        found: int = self._ask("/attempts", token=token)["attempts"]
        return found

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _ask(self, path: str, **asked: str) -> Any:
        try:
            response = self._http.get(path, params=asked)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError):
            raise JourneyEnds(
                f"no stand-in for FCM answers at {self._http.base_url}: start `mobile-gateway run --fcm`"
            ) from None
