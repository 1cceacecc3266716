"""The pages of the training as a learner reads them, and whether they all show the figures they must."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.figures import Account, CourseAccount, milliseconds
from mobile_gateway.journeys.telling import NotHeld, expect

CAPS = ["2.00", "1.00", "1.00", "1.00", "1.00", "1.00", "3.00"]
REQUIRED = "10.00"
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 5.0
PATIENCE_AFTER_AN_OUTAGE = 40.0
_AS_SHOWN_IN_LISTS = ("learned", "recognised", "required", "standing")

Json = dict[str, Any]


def training_topic(client: Client) -> tuple[str, bool]:
    """The topic of the training, and whether a banner leads to it from both tabs of the resource home.

    Where none does, as before the banner's window, it is looked for on the shelves; empty when it is nowhere.
    """
    led: list[list[str]] = []
    shelved: list[str] = []
    for tab in ("HOME", "RECOMMENDED"):
        home = client.ask("resource_home", tab=tab, clientKind="APP")["resourceHome"]
        led.append(_topics(banner["target"] for banner in home["banners"]))
        shelved += _topics(item for shelf in home["shelves"] for item in shelf["items"])
    both = [topic for topic in led[0] if topic in led[1]]
    return (both or shelved or [""])[0], bool(both)


def _topics(targets: Iterable[Json | None]) -> list[str]:
    return [target["id"] for target in targets if target and target["__typename"] == "Topic"]


def topic_page(client: Client, topic_id: str) -> Json:
    """The topic page."""
    found = client.ask("topic", id=topic_id)["topic"]
    if found is None:
        raise NotHeld("the topic page", "a topic", None)
    page: Json = found
    return page


def hold_catalogue(page: Json) -> None:
    """Hold what everybody sees of the 2024 training: seven courses, their caps, ten credits."""
    expect("required credits", page["requiredCredits"], REQUIRED)
    expect("the courses' caps", [course["requiredCredits"] for course in page["courses"]], CAPS)


@dataclass
class Pages:
    """A signed-in learner's pages of one topic, beside the own account of what was watched."""

    client: Client
    topic_id: str
    account: Account
    documents: list[str]

    @classmethod
    def read(cls, client: Client, topic_id: str) -> Pages:
        """Read the outlines; what is COMPLETED already was watched before."""
        page = topic_page(client, topic_id)
        ms_per_credit = page["secondsPerCredit"] * 1000
        account = Account(ms_per_credit, [], {})
        documents: dict[str, None] = {}
        for course in page["courses"]:
            videos = []
            for entry in entries(client, course["id"]):
                resource = entry["resource"]
                if resource["__typename"] == "Document":
                    documents[resource["id"]] = None
                    continue
                videos.append(resource["id"])
                account.durations[resource["id"]] = resource["durationMs"]
                if entry["state"] == "COMPLETED":
                    account.done.add(resource["id"])
            cap_ms = milliseconds(course["requiredCredits"], ms_per_credit)
            account.courses.append(CourseAccount(course["id"], course["title"], cap_ms, tuple(videos)))
        return cls(client, topic_id, account, list(documents))

    def hold_figures(self) -> None:
        """Hold that topic page, course pages, workbench and my-training show the account's figures."""
        page = topic_page(self.client, self.topic_id)
        progress = dict(page["progress"])
        progress.pop("notices")
        expect("the topic page's figures", progress, self.account.topic_progress())
        on_page = {course["id"]: course["progress"] for course in page["courses"]}
        for course in self.account.courses:
            expect(f"the figures of {course.title}", on_page[course.id], self.account.course_progress(course))
        short = {name: progress[name] for name in _AS_SHOWN_IN_LISTS}
        for document, root in (("workbench", "workbench"), ("my_training", "viewer")):
            trainings = self.client.ask(document, first=50)[root]["trainings"]["edges"]
            shown = [edge["progress"] for edge in trainings if edge["node"]["id"] == self.topic_id]
            expect(f"the figures of {document}", shown, [short])

    def hold_listings(self, video: str) -> None:
        """Hold that a video is COMPLETED wherever it is listed, and that its courses' pages show their figures."""
        for course in self.account.courses:
            if video not in course.videos:
                continue
            page = self.client.ask("course", id=course.id)["course"]
            states = {e["state"] for e in _entries(page) if e["resource"]["id"] == video}
            expect(f"the video's state in {course.title}", states, {"COMPLETED"})
            expect(
                f"the course page of {course.title}",
                page["progress"],
                self.account.course_progress(course),
            )

    def entry(self, course: CourseAccount, resource_id: str) -> Json:
        """A resource's entry in a course's outline."""
        found = entries(self.client, course.id)
        return next(entry for entry in found if entry["resource"]["id"] == resource_id)

    def await_completed(self, course: CourseAccount, video: str) -> None:
        """Wait until the course page shows a video as COMPLETED: 5 s, longer when the gateway was just away.

        Raises:
            NotHeld: it is not in time.
        """
        began = time.monotonic()
        while True:
            state = self.entry(course, video)["state"]
            if state == "COMPLETED":
                return
            patience = PATIENCE_AFTER_AN_OUTAGE if self.client.was_away else PATIENCE_SECONDS
            if time.monotonic() - began > patience:
                raise NotHeld(f"the video's state within {patience:.0f} s", "COMPLETED", state)
            time.sleep(POLL_SECONDS)


def entries(client: Client, course_id: str) -> list[Json]:
    """The entries of a course's outline, in order."""
    return _entries(client.ask("course", id=course_id)["course"])


def _entries(course: Json) -> list[Json]:
    return [entry for section in course["outline"] for entry in section["entries"]]
