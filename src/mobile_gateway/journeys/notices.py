"""The learner's inbox, and what the learner's device was pushed of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.pushed import Push, Pushes
from mobile_gateway.journeys.telling import expect, require

PATIENCE_SECONDS = 15.0
PATIENCE_AFTER_AN_OUTAGE = 90.0
"""A worker that was killed may have claimed a push, which is free again for another after 60 s."""

POLL_SECONDS = 0.2
PAGE = 50
COURSES = "COURSE_CREDIT_REACHED"
TOPIC = "TOPIC_COMPLETED"

Json = dict[str, Any]
T = TypeVar("T")


def inbox(client: Client) -> list[Json]:
    """The whole inbox, newest first."""
    found: list[Json] = []
    after = None
    while True:
        page = client.ask("inbox", first=PAGE, after=after)["viewer"]["inbox"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def unread(client: Client) -> int:
    """How many notifications are unread."""
    found: int = client.ask("inbox", first=1)["viewer"]["inboxUnread"]
    return found


def await_milestones(client: Client, courses: int) -> Counter[str]:
    """Wait for one milestone a course and one for the topic; then hold that there is each exactly once.

    Raises:
        NotHeld: one is missing, or is there twice.
    """
    expected = {COURSES: courses, TOPIC: 1}
    items = _until(
        lambda: inbox(client), lambda found: all(_kinds(found)[k] >= n for k, n in expected.items())
    )
    kinds = _kinds(items)
    expect("milestones in the inbox", {kind: kinds[kind] for kind in expected}, expected)
    told = [item["deepLink"] for item in items if item["kind"] == COURSES]
    expect("courses told about, each once", len(set(told)), courses)
    for link in told:
        course = client.ask("course", id=link.removeprefix("smartedu://course/"))["course"]
        require("the link leads to a course", course is not None, link)
    return kinds


def mark_one_read(client: Client) -> None:
    """Mark an unread notification read, twice: the count sinks by one."""
    waiting = [item for item in inbox(client) if item["readAt"] is None]
    if not waiting:
        return
    before = unread(client)
    expect("the unread count", before, len(waiting))
    item_id = waiting[-1]["id"]
    first = client.act("inbox_item_mark_read", itemId=item_id)
    again = client.act("inbox_item_mark_read", itemId=item_id)
    expect("userErrors of marking read", [first["userErrors"], again["userErrors"]], [[], []])
    require("the item was read", first["item"]["readAt"] is not None, first["item"])
    expect("the item, marked again", again["item"], first["item"])
    expect("the unread count after one was read", unread(client), before - 1)


@dataclass
class Device:
    """A device of this journey alone: nothing it was pushed before. `known` are the older notifications."""

    token: str
    known: set[str]
    carrier: Pushes

    @classmethod
    def register(cls, client: Client, token: str, carrier: Pushes) -> Device:
        """Register a fresh token, twice: it is one device."""
        known = {item["id"] for item in inbox(client)}
        for _ in range(2):
            payload = client.act("device_register", token=token, platform="ANDROID", locale="zh-CN")
            expect("the device's registration", payload, {"registered": True, "userErrors": []})
        return cls(token, known, carrier)

    def await_pushes(self, client: Client) -> tuple[Counter[str], int]:
        """Wait until the device was pushed what came into the inbox since; hold that it is each exactly once.

        Answers how many of each kind, and how often one came again: a push whose sender was killed before it could
        note it. A device shows it once, by its id.

        Raises:
            NotHeld: one is missing or too many.
        """
        fresh = [item for item in inbox(client) if item["id"] not in self.known]
        expected = Counter((item["kind"], item["deepLink"] or "") for item in fresh)
        found = _until(
            self.pushes,
            lambda pushes: expected <= _shown(pushes),
            PATIENCE_AFTER_AN_OUTAGE if client.outages else PATIENCE_SECONDS,
        )
        expect("pushes at the device", _listed(_shown(found)), _listed(expected))
        return Counter(one.kind for one in found), sum(one.times - 1 for one in found)

    def await_number(self, number: int) -> None:
        """Wait until the device, whosever it was, has been pushed so many notifications; hold that none came again.

        Raises:
            NotHeld: it is another number.
        """
        found = _until(self.pushes, lambda pushes: len(pushes) >= number)
        expect("pushes at the device", sum(one.times for one in found), number)

    def pushes(self) -> list[Push]:
        """Everything that this token was pushed."""
        return self.carrier.at(self.token)


def _kinds(items: list[Json]) -> Counter[str]:
    return Counter(item["kind"] for item in items)


def _shown(pushes: list[Push]) -> Counter[tuple[str, str]]:
    return Counter((one.kind, one.deep_link) for one in pushes)


def _listed(said: Counter[tuple[str, str]]) -> list[str]:
    return sorted(" ".join(one) for one in said.elements())


def _until(
    read: Callable[[], list[T]], there: Callable[[list[T]], bool], patience: float = PATIENCE_SECONDS
) -> list[T]:
    began = time.monotonic()
    while True:
        found = read()
        if there(found) or time.monotonic() - began > patience:
            return found
        time.sleep(POLL_SECONDS)
