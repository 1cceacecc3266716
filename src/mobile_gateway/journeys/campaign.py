"""A campaign from its draft to the last device: two administrators, a night, a pause, and one that is cancelled.

Its audience is a school of its own with four new teachers, so walks can be repeated. It goes at night, when inboxes
have it at once and pushes wait, so that a pause can be seen to hold in the morning. An administrator follows it over
a socket all the while.
"""

from __future__ import annotations

import csv
import io
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx

from mobile_gateway.journeys import notices, signing_in
from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.following import Following
from mobile_gateway.journeys.graduating import until
from mobile_gateway.journeys.pace import Pace
from mobile_gateway.journeys.pushed import Push, Pushes
from mobile_gateway.journeys.telling import JourneyEnds, Teller, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

FIRST_ADMIN: Final = "+8619900000015"
SECOND_ADMIN: Final = "+8619900000016"
NEAR: Final = "北京市海淀区中关村第一小学"
PAUSE_SECONDS: Final = 2.0
STILL_SECONDS: Final = 3.0
NIGHT, PLANNED, MORNING = 22, 2, 8
NIGHT_SECONDS: Final = 9.5 * 3600
WORKERS_SECONDS: Final = 20.0
STRONG_SECONDS: Final = 200.0


@dataclass
class Reader:
    """A new teacher of the audience; one of the four has no device, another wants no pushes of campaigns."""

    app: Client
    phone: str
    token: str | None

    def campaigns(self, title: str) -> list[Json]:
        """Rows of the inbox with a title."""
        return [item for item in notices.inbox(self.app) if item["title"] == title]


@dataclass
class Stage:
    """The two administrators, the audience, and the run's clock."""

    first: Client
    second: Client
    readers: list[Reader]
    school: str
    pace: Pace
    pushes: Pushes
    strong_since: float = 0.0

    def read(self, campaign: str) -> Json:
        """A campaign as it is now."""
        found: Json = self.first.ask("campaign", id=campaign)["campaign"]
        return found

    def forward(self, hour: int) -> None:
        """Move the local run's clock to the next time it shows this hour.

        Raises:
            JourneyEnds: the clock cannot be moved.
        """
        self.pace.sync()
        now = self.pace.now()
        to = now.replace(hour=hour, minute=20, second=0, microsecond=0)
        to += timedelta(days=1) if to <= now else timedelta()
        status = self.first.send_json("/local/clock", {"forwardTo": to.isoformat()})
        if status != httpx.codes.OK:
            raise JourneyEnds(f"the clock of this gateway cannot be moved (status {status})")
        self.pace.sync()

    def await_end(self, following: Following) -> Json:
        """Wait until it is told that a campaign is sent. Its pushes wait for a morning by the real clock.

        Raises:
            NotHeld: it is not, within the night's length at the run's speed and what a worker needs.
        """
        patience = NIGHT_SECONDS / self.pace.speed + WORKERS_SECONDS
        return following.until("its end", lambda seen: seen["state"] == "SENT", patience)

    def pushed(self, title: str) -> list[Push]:
        """What the devices of the audience were pushed under a title."""
        return self.pushes.titled(title)


def story(walk: Walk) -> None:
    """Draft, preview, test, approve, schedule; a night; pause and resume; one that is cancelled, and its failures."""
    stage = _stage(walk)
    title = f"示例通知{secrets.token_hex(3)}"
    with walk.step("without a second sign-in no campaign is drafted; with it one is"):
        refused("drafting", stage.first.act("campaign_create", **_texts(title)), "SECOND_SIGN_IN_REQUIRED")
        _sign_in_again(walk, stage)
        campaign = _draft(stage, title)
    with walk.step("the preview counts four people, three of whom can be reached, and shows both languages"):
        preview = stage.first.ask("campaign_preview", id=campaign)["campaignPreview"]
        expect("the figures", (preview["exact"], preview["people"], preview["reachable"]), (True, 4, 3))
        expect("the samples", [one["title"] for one in preview["samples"]], [title, f"Notice {title}"])
    with walk.step("it is sent to the author's own devices, and to nobody else"):
        tested = done("the test", stage.first.act("campaign_test_send", campaignId=campaign))
        until("the test's pushes", lambda: len(stage.pushed(title)) == tested["devices"])
        expect("rows at the audience", [len(one.campaigns(title)) for one in stage.readers], [0] * 4)
    with walk.step("its author cannot approve it; another administrator can, once"):
        given = {"campaignId": campaign, "version": 1}
        refused("the author's", stage.first.act("campaign_approve", **given), "CAMPAIGN_SECOND_ADMIN")
        for what in ("approving", "approving again"):
            found = done(what, stage.second.act("campaign_approve", **given))["campaign"]
            expect(what, found["state"], "APPROVED")
    with walk.step("one of the four wants no campaigns as pushes; an administrator follows over a socket"):
        _opt_out(stage)
        following = Following(stage.second, campaign)
    with walk.step("a start in the past is refused; at night it begins, and every inbox has it once"):
        _begin(stage, campaign)
        progress = following.until("the walk", lambda seen: bool(seen["progress"]["isExpanded"]))["progress"]
        expect("rows at the audience", [len(one.campaigns(title)) for one in stage.readers], [1] * 4)
        told = (progress["people"], progress["withoutDevice"], progress["optedOut"])
        expect("people, without device, opted out", told, (4, 1, 1))
        expect("deliveries, sent", (progress["deliveries"], progress["sent"]), (2, 0))
    _pause(walk, stage, following, title, tested["devices"])
    following.close()
    _cancel(walk, stage)
    walk.found["campaign"] = campaign


def _opt_out(stage: Stage) -> None:
    wish = stage.readers[-1].app.act("notification_preference_set", kind="CAMPAIGN", push=False)
    expect("the wish", done("a wish", wish)["preference"]["push"], expected=False)


def _pause(walk: Walk, stage: Stage, following: Following, title: str, tests: int) -> None:
    campaign = following.campaign
    with walk.step("paused within two seconds, it stays so when the morning comes"):
        began = time.monotonic()
        done("pausing", stage.second.act("campaign_pause", campaignId=campaign, reason="再核对一次"))
        walk.found["pause_seconds"] = round(time.monotonic() - began, 3)
        require(
            "within two seconds", walk.found["pause_seconds"] < PAUSE_SECONDS, walk.found["pause_seconds"]
        )
        told = following.until("the pause", lambda seen: seen["state"] == "PAUSED")
        walk.found["pause_told_seconds"] = round(time.monotonic() - began, 3)
        expect("the reason that is told", told["pauseReason"], "再核对一次")
        stage.forward(MORNING)
        time.sleep(STILL_SECONDS)
        expect("what was pushed meanwhile", len(stage.pushed(title)), tests)
        expect("its state", stage.read(campaign)["state"], "PAUSED")
    with walk.step("resumed, it reaches each device once, and is sent"):
        done("resuming", stage.first.act("campaign_resume", campaignId=campaign))
        progress = stage.await_end(following)["progress"]
        expect("sent, queued", (progress["sent"], progress["queued"]), (2, 0))
        expect(
            "the states that were told",
            [state for state in following.states if state != "SCHEDULED"],  # may be over before it is read
            ["APPROVED", "SENDING", "PAUSED", "SENDING", "SENT"],
        )
        require("it was told over the socket", following.heard > len(following.states) // 2, following.heard)
        devices = [one.device for one in stage.pushed(title) for _ in range(one.times)]
        expect("pushes, tests among them", (len(devices), len({*devices})), (2 + tests, 2 + tests))
        expect("rows at the audience", [len(one.campaigns(title)) for one in stage.readers], [1] * 4)
        refused(
            "cancelling", stage.first.act("campaign_cancel", campaignId=campaign), "CAMPAIGN_STEP_IMPOSSIBLE"
        )


def _cancel(walk: Walk, stage: Stage) -> None:
    title = f"取消的通知{secrets.token_hex(3)}"
    if time.monotonic() - stage.strong_since > STRONG_SECONDS:
        with walk.step("the second sign-in is over: another one"):
            _sign_in_again(walk, stage)
    with walk.step(
        "another one is approved for a moment of the night, and begins then and not at another one"
    ):
        stage.forward(NIGHT)
        planned = stage.pace.now().replace(hour=PLANNED) + timedelta(days=1)
        campaign = _draft(stage, title, plannedFor=planned.isoformat())
        done("approving", stage.second.act("campaign_approve", campaignId=campaign, version=1))
        other = (planned + timedelta(hours=1)).isoformat()
        refused(
            "another moment",
            stage.first.act("campaign_schedule", campaignId=campaign, startsAt=other),
            "CAMPAIGN_START_APPROVED",
        )
        done("scheduling", stage.first.act("campaign_schedule", campaignId=campaign))
        stage.forward(PLANNED + 1)
        until("its beginning", lambda: stage.read(campaign)["state"] == "SENDING")
    with walk.step("it is cancelled in the night: nothing is pushed"):
        until("the walk", lambda: stage.read(campaign)["progress"]["isExpanded"])
        for what in ("cancelling", "cancelling again"):
            found = done(what, stage.second.act("campaign_cancel", campaignId=campaign))["campaign"]
            expect(what, found["state"], "CANCELLED")
        until("what was queued is dropped", lambda: stage.read(campaign)["finishedAt"])
    with walk.step("its failures by cause are a file, good for one download, without a token or a name"):
        address = done("asking", stage.first.act("campaign_failures_export", campaignId=campaign))["url"]
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}"
        file = stage.first.fetch(path)
        rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
        expect("the rows", [(one["state"], one["cause"]) for one in rows], [("DROPPED", "CANCELLED")] * 2)
        secret = [one.token for one in stage.readers if one.token and one.token in file.text]
        expect("tokens in it", secret, [])
        expect("a second download", stage.first.fetch(path).status_code, httpx.codes.NOT_FOUND)
    stage.forward(MORNING)
    expect("pushes of what was cancelled", stage.pushed(title), [])


def _begin(stage: Stage, campaign: str) -> None:
    stage.pace.sync()
    past = (stage.pace.now() - timedelta(hours=2)).isoformat()
    refused(
        "a start in the past",
        stage.first.act("campaign_schedule", campaignId=campaign, startsAt=past),
        "CAMPAIGN_START_PAST",
    )
    stage.forward(NIGHT)
    soon = (stage.pace.now() + timedelta(minutes=20)).isoformat()
    done("scheduling", stage.first.act("campaign_schedule", campaignId=campaign, startsAt=soon))
    until("its beginning", lambda: stage.read(campaign)["state"] == "SENDING")


def _texts(title: str) -> Json:
    return {
        "title": title,
        "titleEn": f"Notice {title}",
        "body": "请在专题页核对个人信息。",
        "bodyEn": "Check your details on the topic page.",
        "deepLink": "smartedu://inbox",
    }


def _draft(stage: Stage, title: str, **more: str) -> str:
    segment = {"schoolIds": [stage.school], "identities": ["TEACHER"]}
    payload = stage.first.act("campaign_create", **_texts(title), **more, segment=segment)
    found = done("drafting", payload)["campaign"]
    expect("its state", found["state"], "DRAFT")
    return str(found["id"])


def _sign_in_again(walk: Walk, stage: Stage) -> None:
    """The second sign-in of both administrators."""
    for admin, phone in ((stage.first, FIRST_ADMIN), (stage.second, SECOND_ADMIN)):
        second_sign_in(admin, walk.teller, phone)
    stage.strong_since = time.monotonic()


def second_sign_in(client: Client, teller: Teller, phone: str) -> None:
    """Prove the phone once more; what needs it can be done for five minutes then."""
    kind = "STRONG_SIGN_IN"
    code = signing_in.await_code(
        client, teller, phone, kind, lambda: client.act("strong_sign_in_code_request")
    )
    signing_in.go_on(client, done("the second sign-in", client.act("strong_sign_in", code=code))["session"])


def _stage(walk: Walk) -> Stage:
    with walk.step(
        "two administrators, and a new school with four new teachers, three of them with a device"
    ):
        first, second = walk.person(FIRST_ADMIN), walk.person(SECOND_ADMIN)
        pace = Pace(lambda: first.page("/local/clock"))
        near = first.ask("schools", search=NEAR)["schools"]["edges"][0]["node"]
        name = f"求实{secrets.randbelow(10**6):06d}实验小学"
        made = first.act("school_create", countyId=near["county"]["id"], name=name, stage="PRIMARY")
        school = str(done("the school", made)["school"]["id"])
        readers = [_reader(walk, school, number) for number in range(4)]
    return Stage(first, second, readers, school, pace, walk.pushes)


def _reader(walk: Walk, school: str, number: int) -> Reader:
    app, phone = walk.client(), walk.new_phone()
    code = walk.code(app, phone, "REGISTER", lambda: app.act("registration_code_request", phone=phone))
    given = {"phone": phone, "code": code, "identity": "TEACHER", "clientKind": "APP"}
    session = done("registering", app.act("register", **given))["session"]
    app.tokens = Tokens(session["accessToken"], session["refreshToken"])
    document = {"documentType": "PASSPORT", "documentNumber": f"E{secrets.randbelow(10**8):08d}"}
    done("the profile", app.act("profile_update", version=1, name="苏新研", **document))
    done("the school", app.act("teaching_record_add", schoolId=school, isPrimary=True))
    token = f"journey-campaign-{secrets.token_hex(8)}" if number else None
    if token is not None:
        done("the device", app.act("device_register", token=token, platform="ANDROID", locale="zh-CN"))
    return Reader(app, phone, token)
