"""From a decision to phones: each device once, in its language; dead tokens, throttling, and answers that get lost.

The other end is `mobile-gateway fcm-stand-in`, whose answers are written in the tokens. Where a run records its pushes
the first of it is walked.
"""

from __future__ import annotations

import secrets
import time
from typing import Final

from mobile_gateway.journeys import graduating
from mobile_gateway.journeys.graduating import Graduate, until
from mobile_gateway.journeys.pushed import Pushes, StandIn
from mobile_gateway.journeys.telling import expect, require
from mobile_gateway.journeys.walking import Walk, done

REASON = "姓名与本校教职工名册不一致，请核对"
THROTTLED_SECONDS = 2.0
"""What the stand-in's `quota_brief` asks to wait."""
POLLING = 0.5
"""How late the first try may be seen."""

OF_THE_STAND_IN: Final = (
    "a dead token is retired: the next milestone is not sent to it",
    "a throttled lane waits as long as it is asked to, and then delivers",
    "a lost answer is sent once more under the same id, and shown once",
)
"""What a recorder cannot show, for it accepts everything."""


def story(walk: Walk) -> None:
    """Walk it; where pushes are recorded without what a recorder cannot show, and say so."""
    with walk.step("the run says where its pushes can be looked at"):
        phones = walk.pushes.stand_in
        walk.pushes.at("nobody")
    with walk.step("a new teacher registers and waits for the school's admin"):
        who = graduating.begin(walk)
    name = secrets.token_hex(6)
    with walk.step("a milestone reaches two devices of different language once each"):
        zh, en = _device(who, f"ok-{name}-zh"), _device(who, f"ok-{name}-en", "en")
        _decide(who)
        _two_languages(walk.pushes, who, zh, en)
    if phones is None:
        walk.found["leftOut"] = OF_THE_STAND_IN
        return
    for what, happens in zip(OF_THE_STAND_IN, (_dead, _throttled, _lost), strict=True):
        with walk.step(what):
            happens(phones, who, name)
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


def _two_languages(pushes: Pushes, who: Graduate, zh: str, en: str) -> None:
    until("both devices show it", lambda: pushes.at(zh) and pushes.at(en))
    (chinese,), (english,) = pushes.at(zh), pushes.at(en)
    expect("sent", (chinese.times, english.times), (1, 1))
    require("a Chinese title", not chinese.title.isascii(), chinese)
    require("an English title", english.title.isascii(), english)
    expect("the notification's id", chinese.notification_id, english.notification_id)
    expect("the deep link", chinese.deep_link, english.deep_link)
    for what, text in (
        ("name", who.name),
        ("document's number", who.number),
        ("phone", who.phone.removeprefix("+86")),
    ):
        require(f"no {what} in a payload", text not in f"{chinese}{english}", (chinese, english))


def _dead(phones: StandIn, who: Graduate, name: str) -> None:
    dead, beside = _device(who, f"unregistered-{name}"), _device(who, f"ok-{name}-beside")
    _decide(who)
    until("the first milestone", lambda: phones.at(beside) and phones.attempts(dead))
    _decide(who)
    until("the second milestone", lambda: len(phones.at(beside)) == 2)  # noqa: PLR2004 - the second
    expect("sent to the dead token", phones.attempts(dead), 1)


def _throttled(phones: StandIn, who: Graduate, name: str) -> None:
    token = _device(who, f"quota_brief*1-{name}")
    _decide(who)
    until("the first try", lambda: phones.attempts(token) == 1)
    refused_at = time.monotonic()
    until("the second try", lambda: phones.at(token))
    waited = time.monotonic() - refused_at
    require(f"about {THROTTLED_SECONDS:.0f} s of rest", waited > THROTTLED_SECONDS - POLLING, waited)
    expect("shown and sent", (len(phones.at(token)), phones.attempts(token)), (1, 2))


def _lost(phones: StandIn, who: Graduate, name: str) -> None:
    token = _device(who, f"drop_after*1-{name}")
    _decide(who)
    until("the second try", lambda: [one.times for one in phones.at(token)] == [2])
    expect("sent", phones.attempts(token), 2)
