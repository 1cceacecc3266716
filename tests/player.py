"""A client-side player over the gateway fixture: it opens sessions, plays, keeps unsent beats and sends them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id

READY = "+8619900000001"
PENDING = "+8619900000002"
GUIDE = "guide"
GUIDE_MS = 30_000
SHORT = "whole-person-video-03"
SHORT_MS = 464_953
MEDIUM = "mental-health-video-02"
MEDIUM_MS = 503_340
SHARED = "ai-inquiry"
SHARED_MS = 641_127
DOCUMENT = "whole-person-document-1"

Spans = Sequence[tuple[int, int]]


def beat(seq: int, *spans: tuple[int, int], rate: float = 1.0) -> dict[str, Any]:
    """A beat as a client sends it."""
    return {"seq": seq, "spans": [{"fromMs": a, "toMs": b, "rate": rate} for a, b in spans]}


@dataclass
class Session:
    """An opened playback session with the beats that were not sent yet."""

    player: Player
    token: str
    duration: int
    resume: int
    earns: bool
    advice: str | None
    unsent: list[dict[str, Any]] = field(default_factory=list)
    seqs: itertools.count[int] = field(default_factory=itertools.count)

    def played(self, *spans: tuple[int, int], rate: float = 1.0) -> None:
        """Keep a beat about these spans."""
        self.unsent.append(beat(next(self.seqs), *spans, rate=rate))

    async def record(self, *beats: dict[str, Any], position: int | None = None) -> dict[str, Any]:
        """The payload of one `watchRecord`."""
        given = {"sessionToken": self.token, "beats": list(beats), "positionMs": position}
        return await self.player.call("watch_record", given)

    async def say(self, *spans: tuple[int, int], rate: float = 1.0) -> str:
        """One beat under the next number; its answer, or the code of what refused it."""
        return answer(await self.record(beat(next(self.seqs), *spans, rate=rate)))

    async def send(self) -> list[str]:
        """Send what is unsent, 50 beats a call; what is deferred is kept under a new number."""
        answers: list[str] = []
        waiting, self.unsent = self.unsent, []
        for start in range(0, len(waiting), 50):
            part = waiting[start : start + 50]
            payload = await self.record(*part)
            assert payload["userErrors"] == [], payload
            for one, result in zip(part, payload["results"], strict=True):
                answers.append(result["answer"])
                if result["answer"] == "DEFERRED":
                    self.unsent.append({**one, "seq": next(self.seqs)})
        return answers

    async def play(
        self, start: int, end: int, *, rate: float = 1.0, every: float = 30.0, send: bool = True
    ) -> list[str]:
        """Play media from `start` to `end` in the time it takes, with a beat each `every` real seconds."""
        answers: list[str] = []
        while start < end:
            until = min(end, start + int(every * 1000 * rate))
            await self.player.gateway.advance(milliseconds=(until - start) / rate)
            self.played((start, until), rate=rate)
            if send:
                answers += await self.send()
            start = until
        return answers


@dataclass
class Player:
    """A teacher at a device."""

    gateway: Gateway
    token: str
    person: int
    topic: str

    async def call(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of one of the app's own mutations."""
        data = await self.gateway.data_of(operations.by_file()[operation], {"input": given}, self.token)
        (payload,) = data.values()
        found: dict[str, Any] = payload
        return found

    async def enrol(self) -> dict[str, Any]:
        return await self.call("topic_enrol", {"topicId": self.topic})

    async def try_open(self, slug: str = SHORT, mode: str = "ONLINE", **more: Any) -> dict[str, Any]:
        """The payload of `playbackOpen`."""
        resource = await resource_id(self.gateway, slug)
        return await self.call(
            "playback_open", {"topicId": self.topic, "resourceId": resource, "mode": mode, **more}
        )

    async def open(self, slug: str = SHORT, mode: str = "ONLINE", **more: Any) -> Session:
        payload = await self.try_open(slug, mode, **more)
        assert payload["userErrors"] == [], payload
        found = payload["session"]
        return Session(
            self,
            found["token"],
            found["durationMs"],
            found["resumePositionMs"],
            found["earns"],
            found["advice"],
        )

    async def watch(self, slug: str = SHORT, *, rate: float = 2.0) -> Session:
        """Open a video and play it in full."""
        session = await self.open(slug)
        await session.play(0, session.duration, rate=rate)
        return session

    async def page(self) -> dict[str, Any]:
        """The topic page."""
        data = await self.gateway.data_of(operations.by_file()["topic"], {"id": self.topic}, self.token)
        found: dict[str, Any] = data["topic"]
        return found

    async def learned(self) -> int:
        """Milliseconds that the topic page shows as learned, after a sweep."""
        await self.gateway.sweep()
        return int((await self.page())["progress"]["learnedMs"])

    async def entry(self, slug: str) -> dict[str, Any]:
        """A resource as the first course page that lists it shows it."""
        wanted = await resource_id(self.gateway, slug)
        for course in (await self.page())["courses"]:
            data = await self.gateway.data_of(
                operations.by_file()["course"], {"id": course["id"]}, self.token
            )
            for section in data["course"]["outline"]:
                for one in section["entries"]:
                    if one["resource"]["id"] == wanted:
                        found: dict[str, Any] = one
                        return found
        raise AssertionError(slug)


async def resource_id(gateway: Gateway, slug: str) -> str:
    """The global id of a resource of the demo."""
    found = await value(gateway, "SELECT id FROM resource WHERE slug = $1", slug)
    return str(global_id("Resource", found))


async def player(gateway: Gateway, phone: str = READY, *, enrolled: bool = True) -> Player:
    """A demo person at a device, enrolled in the training."""
    found = Player(gateway, await gateway.token(phone), await gateway.person(phone), await gateway.topic_id())
    if enrolled:
        assert (await found.enrol())["userErrors"] == []
    return found


def answer(payload: dict[str, Any]) -> str:
    """The answer to the one beat of a call, or the code of what refused it."""
    if payload["results"] is None:
        return str(payload["userErrors"][0]["code"])
    (result,) = payload["results"]
    return str(result["answer"])


def codes(payload: dict[str, Any]) -> list[str]:
    """The codes of a payload's errors."""
    return [error["code"] for error in payload["userErrors"]]


async def value(gateway: Gateway, sql: str, *given: Any) -> Any:
    """One value from the database."""
    async with gateway.database.connection() as connection:
        return await connection.fetchval(sql, *given)


async def run(gateway: Gateway, sql: str, *given: Any) -> None:
    """Change rows behind the product's back."""
    async with gateway.database.transaction() as connection:
        await connection.execute(sql, *given)


async def accepted(gateway: Gateway, person: int) -> int:
    """Milliseconds of new media accepted from a person."""
    found = await value(
        gateway, "SELECT coalesce(sum(accepted_ms), 0) FROM playback_session WHERE person_id = $1", person
    )
    return int(found)


async def inbox(gateway: Gateway, person: int) -> list[str]:
    """The kinds in a person's inbox, in the order in which they were written."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT kind FROM inbox_item WHERE person_id = $1 ORDER BY id", person)
    return [row["kind"] for row in rows]


async def reach(gateway: Gateway, person: int, *, left_out: str, missing_ms: int = 1) -> None:
    """Bring every course to its cap, but those that list a resource: they lack `missing_ms`."""
    await run(
        gateway,
        "WITH filler AS (SELECT DISTINCT ON (c.id) c.id AS course_id, c.topic_id, l.resource_id,"
        "   c.required_credits * t.ms_per_credit AS cap, EXISTS (SELECT FROM listing l2"
        "     JOIN section s2 ON s2.id = l2.section_id JOIN resource r ON r.id = l2.resource_id"
        "     WHERE s2.course_id = c.id AND r.slug = $2) AS lacking"
        "  FROM course c JOIN topic t ON t.id = c.topic_id JOIN section s ON s.course_id = c.id"
        "  JOIN listing l ON l.section_id = s.id JOIN resource r ON r.id = l.resource_id"
        "  WHERE r.kind = 'VIDEO' AND r.slug <> $2 ORDER BY c.id, l.resource_id)"
        " INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)"
        " SELECT $1, topic_id, course_id, resource_id, cap - CASE WHEN lacking THEN $3::int ELSE 0 END,"
        "        domain_now() FROM filler",
        person,
        left_out,
        missing_ms,
    )


def moment(text: str) -> datetime:
    """A moment of the training, in Shanghai."""
    return datetime.fromisoformat(text + "+08:00")
