"""A project of FCM that stands in for Google's: how it judges a request, what it counts, what phones would show.

The part of a token before its first `:` or `-` names the answer: one of `ANSWERS`, `slow` (answered late), `drop` (the
connection is cut and nothing was accepted) or `drop_after` (accepted, and the connection is cut). Other tokens are
accepted. `unavailable*2:abc` is unavailable twice and accepted from then on, counted for each token.

A wrong project, a missing access token and a message over 4096 bytes are refused as Google refuses them.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mobile_gateway.standins.fcm_answers import ANSWERS, NO_TOKEN, NOT_FOUND, Answer, refusal

_PAYLOAD_BYTES = 4096
_NAME = re.compile("[:-]")
_CUT = {"drop", "drop_after"}

SHOWN = 2_000
"""Notifications that are kept to be shown, unless told otherwise."""
REMEMBERED = 2_000_000
"""Notifications of devices that are known again when they come twice."""


@dataclass(slots=True)
class Shown:
    """A notification as a phone shows it: one for each tag, which is the notification's id; it came so many times."""

    token: str
    tag: str
    title: str
    body: str
    deep_link: str
    kind: str
    message_class: str
    at: float
    times: int = 1


class FcmProject:
    """State of one project.

    `received` keeps the last 10,000 messages as they came, accepted or not; `shown` the last `most_shown`
    notifications of devices, and how often each came.
    """

    def __init__(
        self,
        project_id: str = "stand-in",
        *,
        latency_seconds: float = 0.0,
        slow_seconds: float = 5.0,
        access_token: str | None = None,
        most_shown: int = SHOWN,
    ) -> None:
        self.project_id = project_id
        self.latency_seconds = latency_seconds
        self.slow_seconds = slow_seconds
        self.access_token = access_token
        self.most_shown = most_shown
        self._path = f"/v1/projects/{project_id}/messages:send"
        self.reset()

    def reset(self) -> None:
        """Forget all that came."""
        self.requests = 0
        self.accepted = 0
        self.duplicates = 0
        self.answers: Counter[str] = Counter()
        self.per_token: Counter[str] = Counter()
        self.received: deque[dict[str, Any]] = deque(maxlen=10_000)
        self.shown: OrderedDict[tuple[str, str], Shown] = OrderedDict()
        self.busiest_second = 0
        self._second = (0, 0)
        self._known: set[int] = set()
        self._numbers = itertools.count(1)

    def counters(self) -> dict[str, Any]:
        """What was counted. `duplicates` were accepted before under the same token and tag."""
        return {
            "requests": self.requests,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "busiest_second": self.busiest_second,
            "answers": dict(self.answers),
        }

    def judge(self, path: str, authorization: str, body: bytes) -> tuple[str, Answer | None]:
        """The answer to a POST and its name; None when the connection is to be cut instead."""
        self.requests += 1
        self._tick()
        name, answer = self._judged(path, authorization, body)
        self.answers[name] += 1
        return name, answer

    def waits(self, name: str) -> float:
        """Seconds until an answer goes out."""
        return self.latency_seconds + (self.slow_seconds if name == "slow" else 0.0)

    def _judged(self, path: str, authorization: str, body: bytes) -> tuple[str, Answer | None]:
        if path != self._path:
            return "wrong_address", NOT_FOUND
        scheme, _, access_token = authorization.partition(" ")
        if scheme != "Bearer" or self.access_token not in {None, access_token}:
            return "no_access_token", NO_TOKEN
        try:
            message = msgspec.json.decode(body)["message"]
            token = str(message["token"])
        except (ValueError, KeyError, TypeError):
            return "no_message", refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        self.received.append(message)
        self.per_token[token] += 1
        if _payload_bytes(message) > _PAYLOAD_BYTES:
            return "too_big", refusal(400, "INVALID_ARGUMENT", "Message is too big", code="INVALID_ARGUMENT")
        name = self._scripted(token)
        if name in ANSWERS or name == "drop":
            return name, ANSWERS.get(name)
        self._accept(token, message)
        return name, None if name == "drop_after" else self._named()

    def _scripted(self, token: str) -> str:
        name, _, times = _NAME.split(token, maxsplit=1)[0].partition("*")
        if name not in ANSWERS and name not in _CUT and name != "slow":
            return "ok"
        return "ok" if times.isdecimal() and self.per_token[token] > int(times) else name

    def _accept(self, token: str, message: Mapping[str, Any]) -> None:
        self.accepted += 1
        tag = str(message.get("android", {}).get("notification", {}).get("tag", ""))
        known = hash((token, tag))
        if known in self._known:
            self.duplicates += 1
        elif len(self._known) < REMEMBERED:
            self._known.add(known)
        before = self.shown.pop((token, tag), None)
        notification, data = message.get("notification", {}), message.get("data", {})
        self.shown[token, tag] = Shown(
            token,
            tag,
            str(notification.get("title", "")),
            str(notification.get("body", "")),
            str(data.get("deepLink", "")),
            str(data.get("kind", "")),
            str(data.get("class", "")),
            time.time(),
            before.times + 1 if before else 1,
        )
        if len(self.shown) > self.most_shown:
            self.shown.popitem(last=False)

    def _named(self) -> Answer:
        name = f"projects/{self.project_id}/messages/{next(self._numbers)}"
        return Answer(200, json.dumps({"name": name}).encode())

    def _tick(self) -> None:
        now = int(time.monotonic())
        self._second = (now, self._second[1] + 1) if self._second[0] == now else (now, 1)
        self.busiest_second = max(self.busiest_second, self._second[1])


def _payload_bytes(message: Mapping[str, Any]) -> int:
    payload = [message.get("notification", {}), message.get("data", {})]
    return sum(len(str(text).encode()) for part in payload for pair in part.items() for text in pair)
