"""From a decision to phones: each device once, in its language; dead tokens, throttling, and answers that get lost.

The other end is `mobile-gateway fcm-stand-in`, whose answers are written in the tokens.
"""

from __future__ import annotations

import secrets
import ssl
import time
from pathlib import Path
from typing import Any

import httpx

from mobile_gateway.journeys import graduating
from mobile_gateway.journeys.client import Json
from mobile_gateway.journeys.graduating import Graduate, until
from mobile_gateway.journeys.telling import JourneyEnds, expect, require
from mobile_gateway.journeys.walking import Walk, done

REASON = "姓名与本校教职工名册不一致，请核对"
THROTTLED_SECONDS = 2.0
"""What the stand-in's `quota_brief` asks to wait."""
POLLING = 0.5
"""How late the first try may be seen."""


class StandIn:
    """The stand-in of FCM as a journey asks it. `authority` is the PEM file of its certificate, if it has one."""

    def __init__(self, url: str, authority: Path | None) -> None:
        verify: ssl.SSLContext | bool = (
            ssl.create_default_context(cafile=str(authority)) if authority else False
        )
        self._http = httpx.Client(base_url=url, verify=verify, trust_env=False, timeout=10)

    def _ask(self, path: str, **asked: str) -> Any:
        try:
            response = self._http.get(path, params=asked)
        except httpx.TransportError:
            raise JourneyEnds(
                f"no stand-in of FCM answers at {self._http.base_url}: start `mobile-gateway run --fcm`"
            ) from None
        return response.json()

    def counters(self) -> Json:
        """Its counters."""
        found: Json = self._ask("/counters")
        return found

    def shown(self, token: str) -> list[Json]:
        """The notifications that the device of a token shows."""
        found: list[Json] = self._ask("/shown", token=token)
        return found

    def attempts(self, token: str) -> int:
        """How often something was sent to a token, whatever became of it."""
        found: int = self._ask("/attempts", token=token)["attempts"]
        return found

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def story(walk: Walk, url: str, authority: Path | None) -> None:
    """Walk it against the stand-in at an address."""
    phones = StandIn(url, authority)
    try:
        _walk(walk, phones)
    finally:
        phones.close()


def _walk(walk: Walk, phones: StandIn) -> None:
    with walk.step("the stand-in of FCM answers"):
        phones.counters()
    with walk.step("a new teacher registers and waits for the school's admin"):
        who = graduating.begin(walk)
    name = secrets.token_hex(6)
    with walk.step("a milestone reaches two devices of different language once each"):
        zh, en = _device(who, f"ok-{name}-zh"), _device(who, f"ok-{name}-en", "en")
        _decide(who)
        _two_languages(phones, who, zh, en)
    with walk.step("a dead token is retired: the next milestone is not sent to it"):
        _dead(phones, who, name)
    with walk.step("a throttled lane waits as long as it is asked to, and then delivers"):
        _throttled(phones, who, name)
    with walk.step("a lost answer is sent once more under the same id, and shown once"):
        _lost(phones, who, name)
    walk.found["standIn"] = phones.counters()


def _device(who: Graduate, token: str, locale: str = "zh-CN") -> str:
    """One more device of the teacher's."""
    given = {"token": token, "platform": "ANDROID", "locale": locale, "provider": "FCM"}
    done("registering a device", who.web.act("device_register", **given))
    return token


def _decide(who: Graduate) -> None:
    """One milestone: the admin rejects, and the teacher submits again for the next."""
    found = who.admin.ask("verification_queue", name=who.name, first=50)["verificationQueue"]
    (waiting,) = [edge["node"] for edge in found["edges"]]
    one = {"recordId": waiting["id"], "version": waiting["version"], "outcome": "REJECTED", "reason": REASON}
    done("rejecting", who.admin.act("verification_decide", decisions=[one]))
    done("submitting again", who.web.act("teaching_record_resubmit", recordId=waiting["id"]))


def _two_languages(phones: StandIn, who: Graduate, zh: str, en: str) -> None:
    until("both devices show it", lambda: phones.shown(zh) and phones.shown(en))
    (chinese,), (english,) = phones.shown(zh), phones.shown(en)
    expect("sent", (phones.attempts(zh), phones.attempts(en)), (1, 1))
    require("a Chinese title", not chinese["title"].isascii(), chinese)
    require("an English title", english["title"].isascii(), english)
    expect("the notification's id", chinese["tag"], english["tag"])
    expect("the deep link", chinese["deep_link"], english["deep_link"])
    for what, text in (
        ("name", who.name),
        ("document's number", who.number),
        ("phone", who.phone.removeprefix("+86")),
    ):
        require(f"no {what} in a payload", text not in f"{chinese}{english}", (chinese, english))


def _dead(phones: StandIn, who: Graduate, name: str) -> None:
    dead, beside = _device(who, f"unregistered-{name}"), _device(who, f"ok-{name}-beside")
    _decide(who)
    until("the first milestone", lambda: phones.shown(beside) and phones.attempts(dead))
    _decide(who)
    until("the second milestone", lambda: len(phones.shown(beside)) == 2)  # noqa: PLR2004 - the second
    expect("sent to the dead token", phones.attempts(dead), 1)


def _throttled(phones: StandIn, who: Graduate, name: str) -> None:
    token = _device(who, f"quota_brief*1-{name}")
    _decide(who)
    until("the first try", lambda: phones.attempts(token) == 1)
    refused_at = time.monotonic()
    until("the second try", lambda: phones.shown(token))
    waited = time.monotonic() - refused_at
    require(f"about {THROTTLED_SECONDS:.0f} s of rest", waited > THROTTLED_SECONDS - POLLING, waited)
    expect("shown and sent", (len(phones.shown(token)), phones.attempts(token)), (1, 2))


def _lost(phones: StandIn, who: Graduate, name: str) -> None:
    token = _device(who, f"drop_after*1-{name}")
    _decide(who)
    until("the second try", lambda: [one["times"] for one in phones.shown(token)] == [2])
    expect("sent", phones.attempts(token), 2)
