"""A walk of several people through one subject: its clients, its steps, its outcome."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mobile_gateway.journeys import signing_in
from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.pushed import Pushes
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Record, Teller, expect

_NEW_NUMBERS = 10_000_000


@dataclass
class Walk:
    """What a story acts with. `found` ends in the outcome."""

    url: str
    teller: Teller
    record: Record
    found: dict[str, Any] = field(default_factory=dict)
    _clients: list[Client] = field(default_factory=list)

    def step(self, name: str) -> AbstractContextManager[None]:
        """A step of the story, kept with its time and whether it held."""
        return self.record.step(name)

    def client(self) -> Client:
        """One more app, of nobody yet."""
        made = Client(self.url, self.teller)
        self._clients.append(made)
        return made

    def person(self, phone: str) -> Client:
        """One more app, signed in as who holds a phone of the demo's."""
        made = self.client()
        signing_in.keep_signed_in(made, self.teller, phone)
        return made

    def new_phone(self) -> str:
        """A number that nobody of the demo has; drawn anew for each walk, so that walks can be repeated."""
        return f"+861990{1_000_000 + secrets.randbelow(_NEW_NUMBERS - 1_000_000):07d}"

    def code(self, client: Client, phone: str, kind: str, ask: Callable[[], Json]) -> str:
        """The code of the text that `ask` (an act whose payload has `userErrors`) brings to a phone."""
        return signing_in.await_code(client, self.teller, phone, kind, ask)

    @cached_property
    def pushes(self) -> Pushes:
        """What devices were pushed."""
        return Pushes(self.client())

    def close(self) -> None:
        """Close every client."""
        if "pushes" in self.__dict__:
            self.pushes.close()
        for client in self._clients:
            client.close()


Story = Callable[[Walk], None]


def walk(name: str, url: str, teller: Teller, story: Story) -> dict[str, Any]:
    """Walk a story; answers name, ok, steps, seconds, outages and what the story found.

    Where something did not hold also `failed`; where it could not begin or go on also `why`, in one line.
    """
    record = Record(teller)
    tour = Walk(url, teller, record)
    why = ""
    try:
        with record.step("the gateway is ready"):
            tour.client().reach()
        story(tour)
    except JourneyEnds as end:
        why = str(end)
    except (NotHeld, LookupError, TypeError, ValueError) as fault:
        # Kept by the record: what did not hold, or an answer of another shape than the contract's.
        if record.failed is None:
            what = {"what": type(fault).__name__, "expected": "no fault", "seen": str(fault)}
            record.failed = {"step": "between two steps", **what}
    finally:
        tour.close()
    return {
        "name": name,
        "ok": record.failed is None and not why,
        "steps": record.steps,
        **tour.found,
        "seconds": record.seconds(),
        "outages": sum(client.outages for client in tour._clients),  # noqa: SLF001 - its own walk
        **({"failed": record.failed} if record.failed else {}),
        **({"why": why} if why else {}),
    }


def refused(what: str, payload: Json, *codes: str) -> list[Json]:
    """Hold that a payload refuses with these codes; answers its userErrors, each with a message and a hint.

    Raises:
        NotHeld: it does not.
    """
    errors: list[Json] = payload["userErrors"]
    expect(what, [error["code"] for error in errors], list(codes))
    expect(
        f"{what}: says what to do", [bool(e["message"] and e["hint"]) for e in errors], [True] * len(errors)
    )
    return errors


def done(what: str, payload: Json) -> Json:
    """Hold that a payload refuses nothing; answers it.

    Raises:
        NotHeld: it refuses.
    """
    expect(what, [error["code"] for error in payload["userErrors"]], [])
    return payload
