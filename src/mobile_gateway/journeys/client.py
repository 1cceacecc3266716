"""A client of the gateway as the app is one: trusted documents over HTTP, tokens kept and refreshed, patience.

It knows addresses and documents, no tables and no rules. What it sends can be sent again: a call that an
outage interrupts is repeated as it was, for up to 120 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Teller
from mobile_gateway.schema import operations

OUTAGE_SECONDS = 120.0
RETRY_SECONDS = 0.3
TIMEOUT_SECONDS = 15.0
_AWAY = "SERVICE_UNAVAILABLE"
_UNAUTHORIZED = 401
_FAILED = 500

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave."""

    access: str
    refresh: str


class Faults(NotHeld):
    """An answer holds errors, as GraphQL has them, and not what was asked for."""

    def __init__(self, document: str, errors: list[Json]) -> None:
        super().__init__(document, "no errors", errors)
        self.errors = errors


class Client:
    """One app. Not for several threads. `language` is what its person reads."""

    def __init__(self, url: str, teller: Teller, *, language: str = "zh-CN") -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            headers={"accept": "application/json", "accept-language": language},
        )
        self._url = url
        self._teller = teller
        self.tokens: Tokens | None = None
        self.sign_in_again: Callable[[], None] | None = None
        self.outages = 0
        self._outage_at = -OUTAGE_SECONDS
        self._refreshing = False

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self._url

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def was_away(self) -> bool:
        """Whether the gateway was away within the last minute: its worker may have been, too."""
        return time.monotonic() - self._outage_at < OUTAGE_SECONDS / 2

    def reach(self) -> None:
        """Ask once whether the gateway is ready.

        Raises:
            JourneyEnds: nobody answers there, or it is not ready.
        """
        try:
            status = self._http.get("/health/ready").status_code
        except httpx.TransportError:
            raise JourneyEnds(
                f"nobody answers at {self._url}: start `mobile-gateway run`, or name another address with --url"
            ) from None
        if status != httpx.codes.OK:
            raise JourneyEnds(f"the gateway at {self._url} is not ready (status {status}); try again")

    def page(self, path: str, **given: str | int) -> Json:
        """One of the local run's pages, as JSON."""
        response = self._patiently(lambda: self._http.get(path, params=given))
        if response.status_code != httpx.codes.OK:
            raise NotHeld(f"GET {path}", httpx.codes.OK.value, response.status_code)
        found: Json = response.json()
        return found

    def send(self, path: str, data: bytes, media_type: str) -> int:
        """The status of sending bytes to one of the gateway's own addresses; nobody is signed in there."""
        headers = {"content-type": media_type}
        return self._patiently(lambda: self._http.post(path, content=data, headers=headers)).status_code

    def send_json(self, path: str, given: Json) -> int:
        """The status of sending JSON to one of the local run's addresses."""
        return self._patiently(lambda: self._http.post(path, json=given)).status_code

    def fetch(self, path: str) -> httpx.Response:
        """What stands at one of the gateway's own addresses; nobody is signed in there."""
        return self._patiently(lambda: self._http.get(path))

    def ask(self, document: str, **variables: Any) -> Json:
        """The data of one of the app's documents, named by its file.

        Raises:
            Faults: the answer holds errors.
        """
        answer = self._answer(document, variables)
        if answer.get("errors"):
            raise Faults(document, answer["errors"])
        found: Json = answer["data"]
        return found

    def act(self, document: str, **given: Any) -> Json:
        """The payload of a document's one mutation; `given` is its input. Its `userErrors` are the caller's."""
        (payload,) = self.ask(document, input=given).values()
        if not isinstance(payload, dict):
            raise NotHeld(document, "a payload", payload)
        return payload

    def _answer(self, document: str, variables: Json) -> Json:
        body = {"documentId": operations.document_id(operations.by_file()[document]), "variables": variables}
        renewed = 0
        while True:
            response = self._patiently(lambda: self._post(body))
            if response.status_code != _UNAUTHORIZED or self._refreshing or renewed > 1:
                return _json(document, response)
            renewed += 1
            self._renew(renewed)

    def _post(self, body: Json) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens.access}"} if self.tokens else {}
        return self._http.post("/graphql", json=body, headers=headers)

    def _renew(self, times: int) -> None:
        """Buy a fresh access token; sign in again where the refresh token is not good any more."""
        tokens, self.tokens, self._refreshing = self.tokens, None, True
        try:
            if tokens is not None and times == 1:
                payload = self.act("sign_in_refresh", refreshToken=tokens.refresh)
                if session := payload["session"]:
                    self.tokens = Tokens(session["accessToken"], session["refreshToken"])
                    return
            if self.sign_in_again is None:
                raise NotHeld("the sign-in", "a good one", "refused")
            self.sign_in_again()
        finally:
            self._refreshing = False

    def _patiently(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Send until somebody answers; answers of a gateway without its database are as none."""
        until: float | None = None
        while True:
            try:
                response = send()
            except httpx.TransportError as why:
                trouble = type(why).__name__
            else:
                if response.status_code < _FAILED and not _is_away(response):
                    return response
                trouble = f"status {response.status_code}"
            now = time.monotonic()
            if until is None:
                until = now + OUTAGE_SECONDS
                self.outages += 1
            if now > until:
                raise JourneyEnds(
                    f"the gateway at {self._url} was away for {OUTAGE_SECONDS:.0f} s ({trouble})"
                )
            self._outage_at = now
            self._teller.say(f"the gateway is away ({trouble}); unsent beats are kept")
            time.sleep(RETRY_SECONDS)


def _json(document: str, response: httpx.Response) -> Json:
    try:
        found = response.json()
    except ValueError:
        raise NotHeld(document, "JSON", f"status {response.status_code}") from None
    if not isinstance(found, dict):
        raise NotHeld(document, "a JSON object", type(found).__name__)
    return found


def _is_away(response: httpx.Response) -> bool:
    if _AWAY.encode() not in response.content:
        return False
    found = response.json()
    said = [error.get("extensions", {}).get("code") for error in found.get("errors") or []]
    for payload in (found.get("data") or {}).values():
        if isinstance(payload, dict):
            said += [error.get("code") for error in payload.get("userErrors") or []]
    return _AWAY in said
