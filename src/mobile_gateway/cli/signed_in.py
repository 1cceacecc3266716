"""A demo person of a local run, signed in over HTTP; the sign-in is kept beside the run, for the next command.

Codes come from the run's own page of texts, as journeys take them. A file that its owner alone can read holds the
tokens: a code to a phone can be asked for only once a minute. Commands that run at once share it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from mobile_gateway.cli.runs import address, running_settings
from mobile_gateway.journeys import campaign, signing_in
from mobile_gateway.journeys.client import Client, Faults, Json, Tokens
from mobile_gateway.journeys.signing_in import QuotaExceeded
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Silent
from mobile_gateway.local import LocalError
from mobile_gateway.local.keys import write_private

FIRST_ADMIN, SECOND_ADMIN = campaign.FIRST_ADMIN, campaign.SECOND_ADMIN
_KEPT = "signed-in.json"
_STRONG = "SECOND_SIGN_IN_REQUIRED"


class Refused(Exception):
    """The product said no. `errors` have code, path, message and hint; `payload` is the act's, or the errors alone."""

    def __init__(self, errors: list[Json], payload: Json) -> None:
        super().__init__(", ".join(error["code"] for error in errors))
        self.errors, self.payload = errors, payload


class _Saying(Silent):
    """Says on stderr what is waited for."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._said = ""

    def say(self, text: str) -> None:
        """Once for each text."""
        if text != self._said:
            self._console.print(text, style="dim", highlight=False, soft_wrap=True)
        self._said = text


@dataclass
class _Kept:
    """The sign-in of a person in the file of all; `last` is as this command knows it."""

    path: Path
    phone: str
    last: Tokens | None = None

    def read(self) -> Tokens | None:
        """The tokens that are kept, maybe by another command since."""
        found = self._all().get(self.phone)
        self.last = Tokens(*found) if found else None
        return self.last

    def write(self, tokens: Tokens | None) -> None:
        """Keep tokens that are new; nobody's others are lost."""
        if tokens is None or tokens == self.last:
            return
        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            write_private(
                self.path, json.dumps({**self._all(), self.phone: [tokens.access, tokens.refresh]}) + "\n"
            )
        self.last = tokens

    def _all(self) -> dict[str, list[str]]:
        try:
            found: dict[str, list[str]] = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return found


@dataclass
class Account:
    """Who acts, and looks."""

    client: Client
    phone: str
    kept: _Kept
    teller: _Saying

    def ask(self, document: str, **variables: Any) -> Json:
        """The data of one of the app's documents.

        Raises:
            Refused: it cannot be answered to this person.
        """
        self.client.tokens = self.kept.read() or self.client.tokens
        try:
            return self.client.ask(document, **variables)
        except Faults as why:
            errors = [_plain(error) for error in why.errors]
            raise Refused(errors, {"userErrors": errors}) from None
        finally:
            self.kept.write(self.client.tokens)

    def act(self, document: str, **given: Any) -> Json:
        """The payload of an act, after a second sign-in where one is needed.

        Raises:
            Refused: the product said no.
        """
        payload = self._payload(document, given)
        if [error["code"] for error in payload["userErrors"]] == [_STRONG]:
            campaign.second_sign_in(self.client, self.teller, self.phone)
            self.kept.write(self.client.tokens)
            payload = self._payload(document, given)
        if payload["userErrors"]:
            raise Refused(payload["userErrors"], payload)
        return payload

    def sign_in(self) -> None:
        """Sign in by phone and code."""
        try:
            signing_in.sign_in(self.client, self.teller, self.phone)
        except NotHeld as why:
            if why.seen != ["ACCOUNT_NOT_FOUND"]:
                raise
            raise LocalError(
                f"nobody of this run has the phone {self.phone}: name an administrator with --as,"
                f" such as {FIRST_ADMIN}"
            ) from None

    def _payload(self, document: str, given: Json) -> Json:
        (payload,) = self.ask(document, input=given).values()
        found: Json = payload
        return found


@contextlib.contextmanager
def signed_in(phone: str, data: Path, url: str) -> Iterator[Account]:
    """A person's account. LocalError, in one line, when there is no run or something was not as it must be."""
    settings = running_settings(data)
    teller = _Saying()
    client = Client((url or address(settings)).rstrip("/"), teller, language="en")
    account = Account(client, phone, _Kept(settings.data / _KEPT, phone), teller)
    client.sign_in_again = account.sign_in
    try:
        client.reach()
        client.tokens = account.kept.read()
        if client.tokens is None:
            account.sign_in()
            account.kept.write(client.tokens)
        yield account
    except QuotaExceeded:
        raise LocalError(
            f"{phone} gets no further code today: name another administrator with --as"
        ) from None
    except (JourneyEnds, NotHeld) as why:
        raise LocalError(str(why)) from None
    finally:
        client.close()


def _plain(error: Json) -> Json:
    """An error of GraphQL in the shape of a userError."""
    extensions = error.get("extensions") or {}
    return {
        "code": extensions.get("code", "FAULT"),
        "path": [],
        "message": error["message"],
        "hint": extensions.get("hint", ""),
    }
