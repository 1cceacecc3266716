"""The routes of a local run over a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.applications import Starlette
from starlette.templating import Jinja2Templates

from mobile_gateway import jobs
from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI, DomainClock, real
from mobile_gateway.documents.store import Store
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database
from mobile_gateway.push.provider import Accepted, Message
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.reads.catalogue import Catalogue, Course, Media, Resource, Section, Title, Topic
from mobile_gateway.rules.enrolment import Window
from mobile_gateway.rules.words import MessageClass, Platform, ResourceKind
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import Environment, Settings
from mobile_gateway.sms import LocalSms
from mobile_gateway.web import local_carrier, local_pages

WEB = Path(local_pages.__file__).parent
PAGES = ["/", "/local/texts", "/local/pushes"]
ADDRESSES = [*PAGES, "/local/clock", "/local/carrier"]
JSON = {"accept": "application/json"}
START, END = datetime(2024, 7, 20, tzinfo=SHANGHAI), datetime(2024, 10, 1, tzinfo=SHANGHAI)
PHONE, OTHER = "+8619900000001", "+8619900000002"


def video(number: int, duration_ms: int) -> Resource:
    return Resource(
        number, ResourceKind.VIDEO, Title("视频", "Video"), Media(number, duration_ms, "/m"), None
    )


DOCUMENT = Resource(3, ResourceKind.DOCUMENT, Title("文档", "Document"), None, "https://example.cn/")
SECTION = Section(1, Title("节", "Section"), (DOCUMENT, video(8, 600_000), video(9, 300_000)))
COURSE = Course(1, 5, Title("课程", "Course"), 1, 2_700_000, (SECTION,))
TOPIC = Topic(5, "t", Title("专题<b>", "The topic"), Window(START, END, START), 2_700_000, (COURSE,))
FILLED = Catalogue(1, {5: TOPIC}, {one.id: one for one in COURSE.resources})


def showing(at: datetime, speed: float = 1.0) -> DomainClock:
    return DomainClock(real(), at, speed)


def resources(data: Path, catalogue: Catalogue = FILLED, clock: DomainClock | None = None) -> Resources:
    """Resources without a database: these pages ask none, and would fail if they did."""
    none = cast("Database", None)
    queue = jobs.open_queue("redis://127.0.0.1:1")
    settings = Settings(environment=Environment.LOCAL, data=data)
    return Resources(
        settings,
        cast("Keyring", None),
        none,
        queue,
        Jobs(None),
        cast("Store", None),
        catalogue,
        clock or DomainClock(),
    )


class Run:
    """The routes of a local run over a folder, and the workers that record into it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.resources = resources(data)

    async def ask(
        self, path: str, headers: dict[str, str] | None = None, host: str | None = "127.0.0.1"
    ) -> httpx.Response:
        templates = Jinja2Templates(WEB / "templates")
        app = Starlette(
            routes=[
                *local_pages.routes(self.data, lambda: self.resources, templates),
                *local_carrier.routes(lambda: self.resources),
            ]
        )
        transport = httpx.ASGITransport(app, client=cast("tuple[str, int]", (host, 1) if host else None))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.get(path, headers=headers)

    async def json(self, path: str) -> Any:
        answer = await self.ask(path, JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        return answer.json()

    async def text(self, phone: str, code: str, at: datetime | None = None) -> None:
        sms = LocalSms(self.resources.settings.recorded_texts, clock=lambda: at or real())
        await sms.send(phone, "SIGN_IN", {"code": code}, "zh-CN")

    @asynccontextmanager
    async def recorder(self) -> AsyncIterator[Recorder]:
        recorder = Recorder(self.resources.settings.recorded_pushes, now=lambda: 1_724_115_600.5)
        yield recorder
        await recorder.close()

    async def push(self, name: str, token: str = "a", body: str = "正文") -> None:
        message = Message(
            notification_id=name,
            token=token,
            platform=Platform.IOS,
            title=f"标题 {name}",
            body=body,
            deep_link="smartedu://topic/1",
            kind="TOPIC_COMPLETED",
            message_class=MessageClass.SERVICE,
            ttl_seconds=60,
        )
        async with self.recorder() as recorder:
            (outcome,) = await recorder.send([message])
            assert isinstance(outcome, Accepted)
