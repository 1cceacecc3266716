"""A demo person of a local run, signed in over HTTP; the sign-in is kept beside the run, for the next command.

Codes come from the run's own page of texts, as journeys take them. A file that its owner alone can read holds the
tokens: a code to a phone can be asked for only once a minute.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from mobile_gateway.cli.runs import running_settings
from mobile_gateway.journeys import campaign, signing_in
from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Silent
from mobile_gateway.local import LocalError
from mobile_gateway.local.keys import write_private

FIRST_ADMIN, SECOND_ADMIN = campaign.FIRST_ADMIN, campaign.SECOND_ADMIN
_KEPT = "signed-in.json"
_STRONG = "SECOND_SIGN_IN_REQUIRED"


class _Saying(Silent):
    """Says on stderr what is waited for."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._said = ""

    def say(self, text: str) -> None:
        """Once for each text."""
        if text != self._said:
            self._console.print(text, style="dim", highlight=False)
        self._said = text


@dataclass
class Account:
    """Who acts."""

    client: Client
    phone: str
    teller: _Saying

    def ask(self, document: str, **variables: Any) -> Json:
        """The data of one of the app's documents."""
        return self.client.ask(document, **variables)

    def act(self, document: str, **given: Any) -> Json:
        """The payload of an act, after a second sign-in where one is needed."""
        payload = self.client.act(document, **given)
        if [error["code"] for error in payload["userErrors"]] != [_STRONG]:
            return payload
        campaign.second_sign_in(self.client, self.teller, self.phone)
        return self.client.act(document, **given)


@contextlib.contextmanager
def signed_in(phone: str, data: str, url: str) -> Iterator[Account]:
    """A person's account. LocalError, in one line, when there is no run or something was not as it must be."""
    settings = running_settings(data)
    path = settings.data / _KEPT
    kept = _kept(path)
    teller = _Saying()
    client = Client((url or settings.public_url).rstrip("/"), teller)
    client.sign_in_again = lambda: signing_in.sign_in(client, teller, phone)
    try:
        client.reach()
        if found := kept.get(phone):
            client.tokens = Tokens(*found)
        else:
            signing_in.sign_in(client, teller, phone)
        yield Account(client, phone, teller)
    except (JourneyEnds, NotHeld) as why:
        raise LocalError(str(why)) from None
    finally:
        if client.tokens is not None:
            kept = {**_kept(path), phone: [client.tokens.access, client.tokens.refresh]}
            write_private(path, json.dumps(kept) + "\n")
        client.close()


def _kept(path: Path) -> dict[str, list[str]]:
    try:
        found: dict[str, list[str]] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found
