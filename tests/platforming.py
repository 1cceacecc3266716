"""A platform administrator at the desk of topics and banners, over HTTP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from gateway import Gateway
from mobile_gateway.boot import open_resources
from mobile_gateway.reads.catalogue import Catalogue
from mobile_gateway.schema.nodes import global_id, number_of
from player import value
from staffing import PLATFORM, Json, act, ask, errors, nodes

OTHER_PLATFORM = "+8619900000016"

TOPIC: Json = {
    "slug": "summer-2025",
    "title": "2025年暑期教师研修",
    "titleEn": "Summer training 2025",
    "learningStart": "2024-08-01T00:00:00+08:00",
    "learningEnd": "2024-10-01T00:00:00+08:00",
    "certificatesOpenAt": "2024-09-01T00:00:00+08:00",
    "secondsPerCredit": 600,
}
BANNER: Json = {
    "tab": "HOME",
    "title": "新横幅",
    "titleEn": "A new banner",
    "imageUrl": "https://media.example.com/banners/1.png",
    "url": "https://www.example.com/news",
    "publishStart": "2024-08-01T00:00:00+08:00",
    "publishEnd": "2024-09-01T00:00:00+08:00",
}
MEDIA = "https://media.example.com/videos/{}.mp4"


@dataclass
class Desk:
    """Who is signed in there. What is made has names of its own."""

    gateway: Gateway
    token: str
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def act(self, document: str, **given: Any) -> Json:
        return await act(self.gateway, document, self.token, **given)

    async def done(self, document: str, **given: Any) -> Json:
        """What an act that is not refused answers."""
        payload = await self.act(document, **given)
        assert payload.pop("userErrors") == [], (document, given)
        (found,) = payload.values()
        return dict(found)

    async def refused(self, document: str, **given: Any) -> list[tuple[str, list[str]]]:
        """Codes and paths of an act that is refused."""
        payload = await self.act(document, **given)
        found = errors(payload)
        assert found, (document, given)
        assert all(
            one["message"] and one["hint"] and "{" not in one["message"] for one in payload["userErrors"]
        )
        assert [answer for name, answer in payload.items() if name != "userErrors"] == [None]
        return found

    async def topic(self, **more: Any) -> Json:
        return await self.done("topic_create", **{**TOPIC, **more})

    async def course(self, topic: str, required: int = 1, **more: Any) -> Json:
        number = next(self.numbers)
        given = {"slug": f"course-{number}", "title": f"课程{number}", "titleEn": f"Course {number}"}
        return await self.done("course_add", topicId=topic, **{**given, "requiredCredits": required, **more})

    async def section(self, course: str, **more: Any) -> Json:
        return await self.done("section_add", courseId=course, title="第一章", titleEn="Part one", **more)

    async def video(self, seconds: int = 600, **more: Any) -> Json:
        number = next(self.numbers)
        given = {"slug": f"video-{number}", "title": f"视频{number}", "titleEn": f"Video {number}"}
        media = {"mediaUrl": MEDIA.format(number), "durationMs": seconds * 1000}
        return await self.done("resource_create", kind="VIDEO", **{**given, **media, **more})

    async def listed(self, section: str, resource: str, position: int | None = None) -> Json:
        return await self.done("resource_list", sectionId=section, resourceId=resource, position=position)

    async def built(self, *, seconds: int = 600, **more: Any) -> Built:
        """A topic of one course, one section and one video, which reaches the course's one credit."""
        topic = await self.topic(**more)
        course = await self.course(topic["id"])
        section = await self.section(course["id"])
        video = await self.video(seconds)
        (listing,) = (await self.listed(section["id"], video["id"]))["listings"]
        return Built(topic["id"], course["id"], section["id"], video["id"], listing["id"])

    async def published(self, **more: Any) -> Built:
        built = await self.built(**more)
        await self.done("topic_publish", topicId=built.topic)
        await self.gateway.resources.follow_once()
        return built

    async def read(self, topic: str) -> Json:
        return await ask(self.gateway, "managed_topic", self.token, id=topic)

    async def banner(self, **more: Any) -> Json:
        return await self.done("banner_create", **{**BANNER, **more})

    async def banners(self, **given: Any) -> list[Json]:
        return nodes(await ask(self.gateway, "managed_banners", self.token, first=50, **given))


@dataclass(frozen=True)
class Built:
    """Global ids of a small topic's parts."""

    topic: str
    course: str
    section: str
    video: str
    listing: str


async def desk(gateway: Gateway, phone: str = PLATFORM) -> Desk:
    return Desk(gateway, await gateway.token(phone))


async def revision(gateway: Gateway) -> int:
    found: int = await value(gateway, "SELECT value FROM revision WHERE name = 'catalogue'")
    return found


async def audited(gateway: Gateway, kind: str, subject: str) -> list[tuple[str, str, Json]]:
    """Act, role and data of each entry about a subject, oldest first."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT act, role, data FROM audit_entry WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id",
            kind,
            number_of(subject, kind),
        )
    return [(row["act"], row["role"], row["data"]) for row in rows]


async def home(gateway: Gateway, tab: str = "HOME", token: str | None = None) -> list[str]:
    """Titles of the banners that show on a tab, as this process has them now."""
    await gateway.resources.follow_once()
    found = await ask(gateway, "resource_home", token, tab=tab, clientKind="WEB")
    return [one["title"] for one in found["banners"]]


async def elsewhere(gateway: Gateway) -> Catalogue:
    """What another process that follows the same database shows."""
    other = await open_resources(gateway.resources.settings)
    try:
        await other.follow_once()
        return other.catalogue
    finally:
        await other.close()


def absent(kind: str) -> str:
    """The global id of nothing."""
    return str(global_id(kind, 987_654_321))
