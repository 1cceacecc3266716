"""A teacher's way through the training: from the carousel to ten recognised credits.

Begun again after an interruption it goes on where the person stands, and ends with the same figures.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mobile_gateway.journeys import manners, notices, pages, signing_in
from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.figures import CourseAccount
from mobile_gateway.journeys.manners import Video
from mobile_gateway.journeys.notices import Device
from mobile_gateway.journeys.pace import Pace
from mobile_gateway.journeys.pages import Json, Pages
from mobile_gateway.journeys.pushed import Pushes
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Record, Teller, expect, require

NAME = "teacher"
SETTLE_SECONDS = 0.3
_SHOWN = "%Y-%m-%d %H:%M"
_MOVE = "move the clock by `mobile-gateway clock --set 2024-08-20T09:00+08:00`"
_ENDS = {"PENDING": "AWAIT_VERIFICATION", "REJECTED": "COMPLETE_PROFILE", None: "COMPLETE_PROFILE"}


def walk(url: str, phones: Sequence[str], teller: Teller) -> dict[str, Any]:
    """Walk as the first of these people who is not through yet; answers the journey's outcome.

    Its keys: name, ok, steps, recognised, learned, inbox, pushes, pushes_repeated, seconds, domain_seconds,
    outages, deferred. Where something did not hold also `failed`; where the journey could not begin or go on
    (nobody answers, the training's window is not open) also `why`, in one line.
    """
    record = Record(teller)
    client = Client(url, teller)
    pushes = Pushes(client)
    journey = _Teacher(client, pushes, record, teller)
    why = ""
    try:
        journey.walk(phones)
    except JourneyEnds as end:
        why = str(end)
    except (NotHeld, LookupError, TypeError, ValueError):
        pass  # kept by the record: what did not hold, or an answer of another shape than the contract's
    finally:
        pushes.close()
        client.close()
    return {**journey.outcome(), **({"why": why} if why else {})}


class _Teacher:
    """The walk, and what is known on the way."""

    def __init__(self, client: Client, pushes: Pushes, record: Record, teller: Teller) -> None:
        self.client, self.pushes, self.record, self.teller = client, pushes, record, teller
        self.found: dict[str, Any] = {"recognised": "0.00", "learned": "0.00"}
        self.found |= {"inbox": {}, "pushes": {}, "pushes_repeated": 0}
        self.manners = iter(manners.MANNERS)
        self.deferred = 0

    def walk(self, phones: Sequence[str]) -> None:
        record = self.record
        with record.step("the gateway is ready"):
            self.client.reach()
            self.pace = Pace(lambda: self.client.page("/local/clock"))
        with record.step("both tabs' banners lead to the training, which asks to sign in"):
            self._look_around()
        with record.step("signed in by phone and code"):
            signing_in.first_unfinished(phones, lambda phone: self._enter(phone, only=len(phones) == 1))
        with record.step("a device is registered"):
            self.device = Device.register(self.client, f"journey-{secrets.token_hex(24)}", self.pushes)
        with record.step("enrolled, twice is once"):
            self._enrol()
            self.pages = Pages.read(self.client, self.topic_id)
            self.pages.hold_figures()
            self._show()
        with record.step("documents opened; they earn nothing"):
            self._open_documents()
        for course in self.pages.account.courses:
            with record.step(f"watched: {course.title}"):
                self._watch(course)
        with record.step("ten credits are recognised, and the next step is right"):
            self._hold_the_end()
        with record.step("the inbox has each milestone once"):
            kinds = notices.await_milestones(self.client, len(self.pages.account.courses))
            self.found["inbox"] = dict(kinds)
        with record.step("the device was pushed each of them once"):
            pushed, repeated = self.device.await_pushes(self.client)
            self.found |= {"pushes": dict(pushed), "pushes_repeated": repeated}
        with record.step("a notification is marked read"):
            notices.mark_one_read(self.client)

    def outcome(self) -> dict[str, Any]:
        """What the journey came to."""
        failed = self.record.failed
        domain = self.pace.elapsed() if hasattr(self, "pace") else 0.0
        return {
            "name": NAME,
            "ok": failed is None,
            "steps": self.record.steps,
            **self.found,
            "seconds": self.record.seconds(),
            "domain_seconds": round(domain, 1),
            "outages": self.client.outages,
            "deferred": self.deferred,
            **({"failed": failed} if failed else {}),
        }

    def _look_around(self) -> None:
        """As an anonymous reader. The window must be open, or nothing can be earned."""
        self.topic_id, by_banner = pages.training_topic(self.client)
        now = self.pace.now()
        if not self.topic_id:
            raise JourneyEnds(
                f"no banner leads to a training (the domain's clock shows {now:{_SHOWN}}): {_MOVE}"
            )
        page = pages.topic_page(self.client, self.topic_id)
        start, end = (datetime.fromisoformat(page[name]) for name in ("learningStart", "learningEnd"))
        if not start <= now < end:
            how = "is over" if now >= end else "has not begun"
            raise JourneyEnds(
                f"the training's window {how} (the domain's clock shows {now:{_SHOWN}}): {_MOVE}"
            )
        expect("a banner leads to the training from both tabs", by_banner, expected=True)
        pages.hold_catalogue(page)
        expect("the next step of an anonymous reader", page["nextStep"], "LOGIN")
        expect("an anonymous reader's progress", [page["progress"], page["enrolment"]], [None, None])

    def _enter(self, phone: str, *, only: bool) -> bool:
        signing_in.keep_signed_in(self.client, self.teller, phone)
        me = self.client.ask("viewer")["viewer"]
        expect("the identity", me["identity"], "TEACHER")
        expect("the client's kind", me["clientKind"], "APP")
        self.me: Json = me
        enrolment = pages.topic_page(self.client, self.topic_id)["enrolment"]
        return only or enrolment is None or enrolment["completedAt"] is None

    def _enrol(self) -> None:
        page = pages.topic_page(self.client, self.topic_id)
        if page["enrolment"] is None:
            expect("the next step before enrolling", page["nextStep"], "ENROL")
            bench = self.client.ask("workbench", first=50)["workbench"]["trainings"]["edges"]
            expect("the workbench before enrolling", [e["node"]["id"] for e in bench], [])
        twice = [self.client.act("topic_enrol", topicId=self.topic_id) for _ in range(2)]
        expect("userErrors of enrolling", [payload["userErrors"] for payload in twice], [[], []])
        expect("the enrolment, twice", twice[1]["topic"], twice[0]["topic"])
        page = pages.topic_page(self.client, self.topic_id)
        if page["enrolment"]["completedAt"] is None:
            expect("the next step after enrolling", page["nextStep"], "LEARN")

    def _open_documents(self) -> None:
        for document in self.pages.documents:
            payload = self.client.act("document_open", topicId=self.topic_id, resourceId=document)
            expect("userErrors of opening a document", payload["userErrors"], [])
        for course in self.pages.account.courses:
            entries = pages.entries(self.client, course.id)
            states = {e["state"] for e in entries if e["resource"]["__typename"] == "Document"}
            require(f"documents of {course.title} are completed", states <= {"COMPLETED"}, states)
        self.pages.hold_figures()

    def _watch(self, course: CourseAccount) -> None:
        account = self.pages.account
        while left := account.to_watch(course):
            video = left[0]
            self.teller.say(f"{course.title}: {len(left)} videos left")
            player = next(self.manners, manners.straight)(self._video(course, video, left[-1]))
            self.deferred += player.deferred
            account.done.add(video)
            self.pages.await_completed(course, video)
            self.pages.hold_listings(video)
            self.pages.hold_figures()
            self._show()

    def _video(self, course: CourseAccount, video: str, following: str) -> Video:
        missing = self.pages.entry(course, video)["missingSpans"]

        def untouched() -> None:
            time.sleep(SETTLE_SECONDS)
            state = self.pages.entry(course, video)["state"]
            require("the video is not completed", state != "COMPLETED", state)
            self.pages.hold_figures()

        return Video(
            client=self.client,
            pace=self.pace,
            topic_id=self.topic_id,
            resource_id=video,
            duration_ms=self.pages.account.durations[video],
            missing=tuple((span["fromMs"], span["toMs"]) for span in missing),
            next_id=following,
            untouched=untouched,
        )

    def _show(self) -> None:
        account = self.pages.account
        figures = account.topic_progress()
        self.found |= {"recognised": figures["recognised"], "learned": figures["learned"]}
        self.teller.earned(account.topic_recognised(), account.topic_required())

    def _hold_the_end(self) -> None:
        self.pages.hold_figures()
        before = self.pace.now()
        page = pages.topic_page(self.client, self.topic_id)
        expect("recognised", page["progress"]["recognised"], pages.REQUIRED)
        expect("standing", page["progress"]["standing"], "MET")
        require("the enrolment is completed", bool(page["enrolment"]["completedAt"]), page["enrolment"])
        primary = [record["state"] for record in self.me["teachingRecords"] if record["isPrimary"]]
        opens = datetime.fromisoformat(page["certificatesOpenAt"])
        # The opening may fall between the two looks at the clock.
        allowed = {self._end(primary, page, moment >= opens) for moment in (before, self.pace.now())}
        require(f"the next step is one of {sorted(allowed)}", page["nextStep"] in allowed, page["nextStep"])

    @staticmethod
    def _end(primary: list[str], page: Json, is_open: bool) -> str:
        state = primary[0] if primary else None
        if page["certificateState"] in {"ISSUED", "REISSUE_PENDING"}:
            return "VIEW_CERTIFICATE" if page["certificateState"] == "ISSUED" else "AWAIT_REISSUE"
        if state in _ENDS:
            return _ENDS[state]
        return "CLAIM_CERTIFICATE" if is_open else "WAIT_FOR_OPENING"
