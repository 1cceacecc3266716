"""From nobody to ten credits: a new teacher registers, fills in the profile, enrols and watches everything."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
from pypdf import PdfReader

from mobile_gateway.journeys import pages
from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.pace import Pace
from mobile_gateway.journeys.pages import Pages
from mobile_gateway.journeys.playing import Player
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, expect
from mobile_gateway.journeys.walking import Walk, done
from mobile_gateway.rules import documents_of_identity

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.2
SCHOOL_ADMIN = "+8619900000012"
SYLLABLES = "安柏晨棣恩枫谷禾景隽可岚铭宁沛清然书棠宛曦研远喆"


@dataclass
class Graduate:
    """A new teacher on the website and, from the claim on, in the app; and the admin of the school."""

    web: Client
    app: Client
    admin: Client
    pace: Pace
    school: Json
    phone: str
    name: str
    number: str
    topic: str = ""

    def page(self) -> Json:
        """The certificate page of the training."""
        found: Json = self.web.ask("certificate", id=self.topic)["topic"]
        return found

    def obstacles(self) -> list[str]:
        """Codes of everything that is missing for the certificate."""
        return [one["code"] for one in self.page()["certificateEligibility"]["reasons"]]

    def add_school(self) -> str:
        """Add the admin's school; the record's id."""
        added = self.web.act(
            "teaching_record_add",
            schoolId=self.school["id"],
            teachingStage="PRIMARY",
            subject="语文",
            grade="三年级",
            isPrimary=True,
        )
        return str(done("adding the school", added)["record"]["id"])

    def approve(self) -> None:
        """The admin finds the teacher in the queue and approves."""
        found = self.admin.ask("verification_queue", name=self.name, first=50)["verificationQueue"]
        (waiting,) = [edge["node"] for edge in found["edges"]]
        one = {"recordId": waiting["id"], "version": waiting["version"], "outcome": "APPROVED"}
        done("approving", self.admin.act("verification_decide", decisions=[one]))

    def forward(self, to: datetime) -> None:
        """Move the local run's clock forward; where it is past that already, nothing.

        Raises:
            JourneyEnds: the clock cannot be moved.
        """
        self.pace.sync()
        if self.pace.now() >= to:
            return
        status = self.web.send_json("/local/clock", {"forwardTo": to.isoformat()})
        if status != httpx.codes.OK:
            raise JourneyEnds(f"the clock of this gateway cannot be moved (status {status})")
        self.pace.sync()


def begin(walk: Walk, admin: Client | None = None) -> Graduate:
    """Register a new teacher who adds the school of the demo's school admin and waits there.

    `admin` where that one is signed in already.

    Raises:
        JourneyEnds: the training's window is not open.
    """
    admin, web = admin or walk.person(SCHOOL_ADMIN), walk.client()
    pace = Pace(lambda: web.page("/local/clock"))
    topic, _ = pages.training_topic(web)
    page = pages.topic_page(web, topic) if topic else {}
    if not page or not page["learningStart"] <= pace.now().isoformat() < page["learningEnd"]:
        raise JourneyEnds(
            "the training's window is not open: `mobile-gateway clock --set 2024-08-20T09:00+08:00`"
        )
    phone, name = walk.new_phone(), "".join(secrets.choice(SYLLABLES) for _ in range(4))
    code = walk.code(web, phone, "REGISTER", lambda: web.act("registration_code_request", phone=phone))
    given = {"phone": phone, "code": code, "identity": "TEACHER", "clientKind": "WEB"}
    session = done("registering", web.act("register", **given))["session"]
    web.tokens = Tokens(session["accessToken"], session["refreshToken"])
    born = date(1970, 1, 1) + timedelta(days=secrets.randbelow(9_000))
    number = documents_of_identity.make_mainland("110000", born, secrets.randbelow(500) * 2)
    document = {"documentType": "MAINLAND_ID", "documentNumber": number}
    done("the profile", web.act("profile_update", version=1, name=name, gender="FEMALE", **document))
    grants = admin.ask("viewer")["viewer"]["staffGrants"]
    (school,) = [one["school"] for one in grants if one["role"] == "SCHOOL_ADMIN"]
    found = Graduate(web, walk.client(), admin, pace, school, phone, name, number, topic)
    found.add_school()
    return found


def learn(walk: Walk, who: Graduate) -> None:
    """Enrol and watch every course up to its cap.

    Raises:
        NotHeld: the credits are not all there in the end.
    """
    done("enrolling", who.web.act("topic_enrol", topicId=who.topic))
    seen = Pages.read(who.web, who.topic)
    account = seen.account
    for course in account.courses:
        while left := account.to_watch(course):
            walk.teller.say(f"{course.title}: {len(left)} videos left")
            player = Player(who.web, who.pace, topic_id=who.topic, resource_id=left[0])
            player.play(0, player.duration_ms)
            player.finish()
            account.done.add(left[0])
            walk.teller.earned(account.topic_recognised(), account.topic_required())
    until("ten recognised credits", lambda: _recognised(who) == pages.REQUIRED)


def _recognised(who: Graduate) -> str:
    return str(pages.topic_page(who.web, who.topic)["progress"]["recognised"])


def until(what: str, there: Callable[[], Any]) -> None:
    """Wait until something is there.

    Raises:
        NotHeld: it is not, within 20 s.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > end:
            raise NotHeld(what, f"within {PATIENCE_SECONDS:.0f} s", "not there")
        time.sleep(POLL_SECONDS)


def text_of(pdf: bytes) -> str:
    """The text of a PDF of one page, as a reader selects it."""
    sheets: Any = PdfReader(io.BytesIO(pdf)).pages
    expect("pages of the document", len(sheets), 1)
    return str(sheets[0].extract_text())
