"""Signing in by phone and code, as a person with the phone in hand does: the code comes from `/local/texts`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Teller

TEXT_SECONDS = 30.0
POLL_SECONDS = 0.1
RESEND_SECONDS = 62
TRIES = 4
KIND = "SIGN_IN"


class QuotaExceeded(JourneyEnds):
    """This phone has had its codes of the day."""


def sign_in(client: Client, teller: Teller, phone: str) -> None:
    """Give the client the tokens of who holds a phone. Waits out the 60 s between two codes.

    Raises:
        QuotaExceeded: the phone gets no further code today.
        NotHeld: the code that was sent does not sign in.
    """
    seen: Any = None
    for _ in range(TRIES):
        code = await_code(
            client, teller, phone, KIND, lambda: client.act("sign_in_code_request", phone=phone)
        )
        payload = client.act("sign_in", phone=phone, code=code, clientKind="APP")
        session = payload["session"]
        if session is not None:
            client.tokens = Tokens(session["accessToken"], session["refreshToken"])
            return
        # A lost answer may have used the code up: ask for another.
        seen = [error["code"] for error in payload["userErrors"]]
        if seen != ["CODE_WRONG"]:
            break
    raise NotHeld("signing in", "a session", seen)


def keep_signed_in(client: Client, teller: Teller, phone: str) -> None:
    """Sign in, and let the client do so again when its sign-in is over."""
    client.tokens = None
    sign_in(client, teller, phone)
    client.sign_in_again = lambda: sign_in(client, teller, phone)


def go_on(client: Client, session: Json) -> None:
    """Let a client go on with a session that an act answered; one without a refresh token keeps the one held."""
    held = client.tokens.refresh if client.tokens else ""
    client.tokens = Tokens(session["accessToken"], session["refreshToken"] or held)


def first_unfinished(phones: Sequence[str], attempt: Callable[[str], bool]) -> str:
    """The first phone whose person is not through yet. `attempt` signs one in and answers whether that is so.

    Raises:
        JourneyEnds: there is none.
    """
    for phone in phones:
        try:
            if attempt(phone):
                return phone
        except QuotaExceeded:
            continue
    raise JourneyEnds(
        "every demo teacher has completed the topic; name one with --phone to walk through again"
    )


def await_code(client: Client, teller: Teller, phone: str, kind: str, ask: Callable[[], Json]) -> str:
    """The code of the text of a kind that `ask` brings to a phone; waits out the 60 s between two codes.

    Raises:
        QuotaExceeded: the phone gets no further code today.
        NotHeld: it was refused for another reason, or no text came.
    """
    before = {text["id"] for text in _texts(client, phone, kind)}
    _request(teller, ask)
    until = time.monotonic() + TEXT_SECONDS
    teller.say("waiting for the code")
    while time.monotonic() < until:
        fresh = [text for text in _texts(client, phone, kind) if text["id"] not in before]
        if fresh:
            code: str = fresh[0]["params"]["code"]
            return code
        time.sleep(POLL_SECONDS)
    raise NotHeld("a text message with a code", f"within {TEXT_SECONDS:.0f} s", "none")


def _request(teller: Teller, ask: Callable[[], Json]) -> None:
    until = time.monotonic() + 2 * RESEND_SECONDS
    while True:
        payload = ask()
        codes = [error["code"] for error in payload["userErrors"]]
        if not codes:
            return
        if codes == ["CODE_QUOTA_EXCEEDED"]:
            raise QuotaExceeded(
                "this phone gets no further code today: take another one, or a run with a new --data directory"
            )
        if codes != ["CODE_RESEND_TOO_SOON"] or time.monotonic() > until:
            raise NotHeld("asking for a code", [], codes)
        teller.say("a code was sent less than 60 s ago: waiting until another may be asked for")
        time.sleep(1.0)


def _texts(client: Client, phone: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.page("/local/texts", phone=phone)["texts"]
    return [text for text in found if text["kind"] == kind]
