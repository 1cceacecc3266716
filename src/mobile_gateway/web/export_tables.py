"""The tables of exports: a row for each verified teacher, or for each school (PRODUCT.md §8, §12; decision 0012).

Read in pages, county by county: memory grows with the schools of a county, not with teachers. So a table is no
snapshot: each page is as it stood when it was read.

Credits are rounded down to two places for each person before they are added up, here as everywhere: a school's sum is
that of the figures which its teachers see, and nobody gains a hundredth by being counted together with others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobile_gateway.actions.exporting import Granted
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.messages import exports as messages
from mobile_gateway.models.database import Database
from mobile_gateway.reads import roster
from mobile_gateway.reads.catalogue import Topic
from mobile_gateway.reads.roster import SchoolOf, TeacherOf, TeacherTraining
from mobile_gateway.rules import cells, credits
from mobile_gateway.rules.staff_words import ExportLayout
from mobile_gateway.rules.words import CertificateState, RecordState

PAGE: Final = 1_000
"""Teachers read at once."""

_CERTIFIED: Final = {CertificateState.ISSUED, CertificateState.REISSUE_PENDING}


@dataclass(frozen=True, slots=True)
class _Row:
    """A verified teacher at a school, and what they learned."""

    teacher: TeacherOf
    training: TeacherTraining


@dataclass(slots=True)
class _Sums:
    """What verified teachers come to; `recognised` in hundredths of a credit."""

    teachers: int = 0
    enrolled: int = 0
    complete: int = 0
    certified: int = 0
    recognised: int = 0

    def add(self, row: _Row, topic: Topic) -> None:
        enrolled = row.training.enrolment
        self.teachers += 1
        self.enrolled += enrolled is not None
        self.complete += enrolled is not None and enrolled.completed_at is not None
        self.certified += row.training.certificate in _CERTIFIED
        self.recognised += credits.hundredths(
            row.training.learned.topic(topic).recognised_ms, topic.ms_per_credit
        )

    def average(self) -> str:
        """Credits for each verified teacher, enrolled or not, rounded down; empty where there is none."""
        return credits.shown_hundredths(self.recognised // self.teachers) if self.teachers else ""


@dataclass(frozen=True, slots=True)
class Table:
    """What an export that was granted says about a topic."""

    database: Database
    granted: Granted
    topic: Topic

    async def chunks(self) -> AsyncIterator[str]:
        """The file, piece by piece: UTF-8 with a mark of byte order, CR LF."""
        wanted = self.granted.wanted
        titles = [course.title.within(wanted.locale) for course in self.topic.courses]
        yield cells.BOM + cells.lines([messages.headings(wanted.layout, titles, wanted.locale)])
        for county in self.granted.place.counties:
            async with self.database.connection() as connection:
                schools = await roster.schools_of(connection, county, wanted.school_id)
            pages = self._pages([school.id for school in schools])
            match wanted.layout:
                case ExportLayout.TEACHERS:
                    by_id = {school.id: school for school in schools}
                    async for rows in pages:
                        yield cells.lines(self._of_teacher(by_id[row.teacher.school_id], row) for row in rows)
                case ExportLayout.SCHOOLS:
                    yield cells.lines(await self._of_schools(schools, pages))
                case ExportLayout.CREDITS:
                    yield cells.lines(await self._of_credits(schools, pages))

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

    async def _sums(
        self, schools: Sequence[SchoolOf], pages: AsyncIterator[list[_Row]]
    ) -> tuple[Mapping[int, _Sums], _Sums]:
        """What each school comes to, and all of them together, where who teaches at several counts once."""
        sums, together = {school.id: _Sums() for school in schools}, _Sums()
        async for rows in pages:
            for row in rows:
                sums[row.teacher.school_id].add(row, self.topic)
                if row.teacher.counted:
                    together.add(row, self.topic)
        return sums, together

    async def _of_schools(
        self, schools: Sequence[SchoolOf], pages: AsyncIterator[list[_Row]]
    ) -> list[list[str]]:
        async with self.database.connection() as connection:
            waiting = await roster.waiting_at(connection, [school.id for school in schools])
        sums, _ = await self._sums(schools, pages)
        return [
            [
                cells.safe(school.region),
                cells.safe(school.name),
                *(str(n) for n in (of.teachers, waiting.get(school.id, 0), of.enrolled, of.complete)),
                credits.shown_hundredths(of.recognised),
            ]
            for school in schools
            for of in (sums[school.id],)
        ]

    async def _of_credits(
        self, schools: Sequence[SchoolOf], pages: AsyncIterator[list[_Row]]
    ) -> list[list[str]]:
        """A row for each school and, unless one school was asked for, one for the whole county behind them."""
        sums, together = await self._sums(schools, pages)
        locale = self.granted.wanted.locale
        rows = [
            [
                *(cells.safe(name) for name in (school.province, school.city, school.county, school.name)),
                messages.stage(school.stage, locale),
                *_figures(sums[school.id]),
            ]
            for school in schools
        ]
        if schools and self.granted.place.school_id is None:
            at = schools[0]
            place = [cells.safe(name) for name in (at.province, at.city, at.county)]
            rows.append([*place, messages.whole_county(locale), "", *_figures(together)])
        return rows

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


def _figures(of: _Sums) -> list[str]:
    counts = (of.teachers, of.enrolled, of.complete, of.certified)
    return [*map(str, counts), credits.shown_hundredths(of.recognised), of.average()]


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
