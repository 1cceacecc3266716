"""The download of an export of progress: `GET /exports/progress.csv?token=…` (PRODUCT.md §8, §12).

A browser follows the link without its bearer token, so the link is one itself: signed, for five minutes and one
download, and dead with the sign-in or the role of who asked for it (`actions.exporting`). The token holds ids
only. The table is read in pages while it is sent: no connection is held while a slow client reads, and memory does
not grow with the number of teachers. So it is no snapshot: each page is as it stood when it was read. Only verified
teachers are in it (decision 0012).
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from mobile_gateway.actions import exporting
from mobile_gateway.actions.exporting import Granted
from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI, real
from mobile_gateway.logs import logger
from mobile_gateway.messages import exports as messages
from mobile_gateway.models.database import Database, DatabaseAway
from mobile_gateway.reads import roster
from mobile_gateway.reads.catalogue import Topic
from mobile_gateway.reads.roster import SchoolOf, TeacherOf, TeacherTraining
from mobile_gateway.rules import cells, credits
from mobile_gateway.rules.staff_words import ExportLayout
from mobile_gateway.rules.words import RecordState

PAGE: Final = 1_000
"""Teachers read at once."""

BOM: Final = "\ufeff"
"""Without it spreadsheets in China read UTF-8 as GBK."""

_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The one route of exports. A wrong, expired, used or revoked token is 404, each alike."""

    async def progress(request: Request) -> Response:
        if request.method != "GET":  # a look ahead must not use the link up
            return PlainTextResponse("", 405, {**_HEADERS, "allow": "GET"})
        held = resources()
        token = request.query_params.get("token", "")
        try:
            granted = await exporting.begin(held.database, held.keyring, token=token, now=real())
        except DatabaseAway:
            return PlainTextResponse("Try again later.\n", 503, {**_HEADERS, "retry-after": "5"})
        topic = held.catalogue.topics.get(granted.wanted.topic_id) if granted else None
        if granted is None or topic is None:
            return PlainTextResponse("Not found.\n", 404, _HEADERS)
        logger.info("export_begun", topic=topic.id, layout=granted.wanted.layout)
        name = f"progress-{topic.slug}-{granted.wanted.layout.lower()}.csv"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        table = _Table(held.database, granted, topic)
        return StreamingResponse(table.chunks(), 200, headers, "text/csv; charset=utf-8")

    return [Route("/exports/progress.csv", progress, methods=["GET"])]


@dataclass(frozen=True, slots=True)
class _Row:
    """A verified teacher at a school, and what they learned."""

    teacher: TeacherOf
    training: TeacherTraining


@dataclass(slots=True)
class _Sums:
    """What a school's verified teachers come to."""

    teachers: int = 0
    enrolled: int = 0
    complete: int = 0
    recognised_ms: int = 0

    def add(self, row: _Row, topic: Topic) -> None:
        enrolled = row.training.enrolment
        self.teachers += 1
        self.enrolled += enrolled is not None
        self.complete += enrolled is not None and enrolled.completed_at is not None
        self.recognised_ms += row.training.learned.topic(topic).recognised_ms


@dataclass(frozen=True, slots=True)
class _Table:
    database: Database
    granted: Granted
    topic: Topic

    async def chunks(self) -> AsyncIterator[str]:
        wanted = self.granted.wanted
        titles = [course.title.within(wanted.locale) for course in self.topic.courses]
        yield BOM + _lines([messages.headings(wanted.layout, titles, wanted.locale)])
        for county in self.granted.place.counties:
            async with self.database.connection() as connection:
                schools = await roster.schools_of(connection, county, wanted.school_id)
                waiting = await roster.waiting_at(connection, [school.id for school in schools])
            pages = self._pages([school.id for school in schools])
            if wanted.layout is ExportLayout.SCHOOLS:
                yield await self._of_schools(schools, waiting, pages)
                continue
            by_id = {school.id: school for school in schools}
            async for rows in pages:
                yield _lines(self._of_teacher(by_id[row.teacher.school_id], row) for row in rows)

    async def _pages(self, school_ids: Sequence[int]) -> AsyncIterator[list[_Row]]:
        after, more = (0, 0), bool(school_ids)
        while more:
            async with self.database.connection() as connection:
                teachers = await roster.teachers_of(connection, school_ids, first=PAGE, after=after)
                people = {teacher.person_id for teacher in teachers}
                learned = await roster.trainings(connection, list(people), [self.topic.id])
            if teachers:
                after = teachers[-1].school_id, teachers[-1].record_id
            more = len(teachers) == PAGE
            yield [
                _Row(one, learned.get((one.person_id, self.topic.id), roster.NOT_ENROLLED))
                for one in teachers
            ]

    async def _of_schools(
        self, schools: Sequence[SchoolOf], waiting: Mapping[int, int], pages: AsyncIterator[list[_Row]]
    ) -> str:
        sums = {school.id: _Sums() for school in schools}
        async for rows in pages:
            for row in rows:
                sums[row.teacher.school_id].add(row, self.topic)
        return _lines(
            [
                cells.safe(school.region),
                cells.safe(school.name),
                *(str(n) for n in (of.teachers, waiting.get(school.id, 0), of.enrolled, of.complete)),
                self._shown(of.recognised_ms),
            ]
            for school in schools
            for of in (sums[school.id],)
        )

    def _of_teacher(self, school: SchoolOf, row: _Row) -> list[str]:
        teacher, learned, enrolled = row.teacher, row.training.learned, row.training.enrolment
        locale, figures = self.granted.wanted.locale, row.training.learned.topic(self.topic)
        completed_at = enrolled.completed_at if enrolled else None
        return [
            cells.safe(school.region),
            cells.safe(school.name),
            cells.safe(teacher.name or ""),
            f"****{teacher.document_last4}" if teacher.document_last4 else "",
            messages.state(RecordState.APPROVED, locale),
            _moment(enrolled.enrolled_at if enrolled else None),
            self._shown(figures.learned_ms),
            self._shown(figures.recognised_ms),
            *(self._shown(learned.course(course).recognised_ms) for course in self.topic.courses),
            messages.yes_or_no(completed_at is not None, locale),
            _moment(completed_at),
        ]

    def _shown(self, ms: int) -> str:
        return credits.shown(ms, self.topic.ms_per_credit)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
