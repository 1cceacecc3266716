"""A school's or a region's teachers, and how far each of them is: the same figures as on the teacher's own page.

Only of who is APPROVED there: an administrator views the learning of verified teachers (decision 0012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from mobile_gateway.reads.places import Place
from mobile_gateway.reads.progress import Enrolment, Learned
from mobile_gateway.reads.verification import COLUMNS, ROWS, StaffRecord, record_of
from mobile_gateway.rules.words import CertificateState, RecordState, SchoolStage

ACTIVE = (RecordState.PENDING, RecordState.APPROVED, RecordState.REJECTED)
"""States of a record that has not ended."""

# $1 schools, $2 counties whose schools are meant as well.
_SCHOOLS = """(SELECT unnest($1::bigint[])
                UNION SELECT id FROM school WHERE county_id = ANY($2::int[]) AND merged_at IS NULL)"""

_WHERE = f"""
 WHERE r.left_at IS NULL AND r.school_id IN {_SCHOOLS} AND r.state = ANY($3::text[])
   AND ($4::text IS NULL OR strpos(p.name, $4) > 0)
"""

_PAGE = f"{COLUMNS} {ROWS} {_WHERE} AND r.id > $5 ORDER BY r.id LIMIT $6"

_COUNT = f"SELECT count(*) FROM teaching_record r JOIN person p ON p.id = r.person_id {_WHERE}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose teachers: those of some schools and of all schools of some counties; in a state, with a name part."""

    schools: tuple[int, ...]
    counties: tuple[int, ...]
    states: tuple[RecordState, ...]
    name: str | None

    def arguments(self) -> tuple[object, ...]:
        """The first four parameters of the statements here."""
        return list(self.schools), list(self.counties), list(self.states), self.name


def asked(place: Place, state: RecordState, name: str | None) -> Asked:
    """Who is in a state at a place: at its one school, or in all its counties."""
    counties = () if place.school_id is not None else place.counties
    return Asked(place.schools, counties, (state,), name)


async def page(
    connection: asyncpg.Connection, asked: Asked, *, first: int, after: int | None
) -> list[StaffRecord]:
    """At most `first` active records behind `after`, in the order in which they were made. One statement."""
    rows = await connection.fetch(_PAGE, *asked.arguments(), after or 0, first)
    return [record_of(row) for row in rows]


async def count(connection: asyncpg.Connection, asked: Asked) -> int:
    """How many there are behind all pages. One statement."""
    found: int = await connection.fetchval(_COUNT, *asked.arguments())
    return found


@dataclass(frozen=True, slots=True)
class TeacherTraining:
    """A person in a topic as staff see it. Without enrolment there are no figures."""

    enrolment: Enrolment | None
    learned: Learned
    certificate: CertificateState | None


NOT_ENROLLED = TeacherTraining(None, Learned(0, {}), None)

# The sums are those of `reads.progress`, which shows a person their own.
_TRAININGS = """
SELECT e.person_id, e.topic_id, e.enrolled_at, e.completed_at,
       (SELECT state FROM certificate c WHERE c.person_id = e.person_id AND c.topic_id = e.topic_id
         ORDER BY version DESC LIMIT 1) AS certificate,
       coalesce((SELECT sum(d.duration_ms) FROM completion d WHERE d.person_id = e.person_id
                    AND d.topic_id = e.topic_id AND d.voided_at IS NULL), 0) AS once_ms,
       (SELECT coalesce(array_agg((x.course_id, x.ms)), '{}') FROM
         (SELECT course_id, sum(ms) AS ms FROM credit_entry n
           WHERE n.person_id = e.person_id AND n.topic_id = e.topic_id AND n.voided_at IS NULL
           GROUP BY course_id) x) AS learned
  FROM enrolment e WHERE e.person_id = ANY($1::bigint[]) AND e.topic_id = ANY($2::bigint[])
"""


async def trainings(
    connection: asyncpg.Connection, person_ids: Sequence[int], topic_ids: Sequence[int]
) -> dict[tuple[int, int], TeacherTraining]:
    """What some people learned in some topics, by person and topic; who is not enrolled is left out. One statement.

    It tells of people who act as PARENT now, too: what they earned is hidden from themselves, not lost.
    """
    rows = await connection.fetch(_TRAININGS, list(person_ids), list(topic_ids))
    return {(row["person_id"], row["topic_id"]): _training(row) for row in rows}


def _training(row: asyncpg.Record) -> TeacherTraining:
    return TeacherTraining(
        Enrolment(row["enrolled_at"], row["completed_at"]),
        Learned(int(row["once_ms"]), {cid: int(ms) for cid, ms in row["learned"]}),
        CertificateState(row["certificate"]) if row["certificate"] else None,
    )


@dataclass(frozen=True, slots=True)
class SchoolOf:
    """A school of a region, as an export names it."""

    id: int
    name: str
    stage: SchoolStage
    province: str
    city: str
    county: str

    @property
    def region(self) -> str:
        """Where it stands, in one name."""
        return self.province + self.city + self.county


@dataclass(frozen=True, slots=True)
class TeacherOf:
    """A teacher at a school, as an export names them."""

    record_id: int
    school_id: int
    person_id: int
    name: str | None
    document_last4: str | None
    counted: bool
    """Whether no school before it in its county has verified the teacher: so a county counts each person once."""


_SCHOOLS_OF = """
SELECT s.id, s.name, s.stage, coalesce(v.name, '') AS province, coalesce(c.name, '') AS city, k.name AS county
  FROM school s JOIN region k ON k.id = s.county_id
  LEFT JOIN region c ON c.id = k.parent_id LEFT JOIN region v ON v.id = c.parent_id
 WHERE s.merged_at IS NULL AND s.county_id = $1 AND ($2::bigint IS NULL OR s.id = $2)
 ORDER BY s.id
"""

# The page is cut before people are looked up: a school or county may have a hundred thousand of them.
_TEACHERS_OF = """
SELECT r.id, r.school_id, r.person_id, p.name, p.document_last4,
       NOT EXISTS (SELECT FROM teaching_record o JOIN school there ON there.id = o.school_id
                    WHERE o.person_id = r.person_id AND o.left_at IS NULL AND o.state = 'APPROVED'
                      AND there.id < r.school_id
                      AND there.county_id = (SELECT county_id FROM school WHERE id = r.school_id)) AS counted
  FROM (SELECT id, school_id, person_id FROM teaching_record
         WHERE left_at IS NULL AND state = 'APPROVED' AND school_id = ANY($1::bigint[])
           AND (school_id, id) > ($2::bigint, $3::bigint)
         ORDER BY school_id, id LIMIT $4) r
  JOIN person p ON p.id = r.person_id ORDER BY r.school_id, r.id
"""

_WAITING_AT = """
SELECT school_id, count(*) AS waiting FROM teaching_record
 WHERE left_at IS NULL AND state = 'PENDING' AND school_id = ANY($1::bigint[]) GROUP BY school_id
"""


async def schools_of(connection: asyncpg.Connection, county_id: int, school_id: int | None) -> list[SchoolOf]:
    """The schools of a county, or the one of them that is meant, by id. One statement."""
    rows = await connection.fetch(_SCHOOLS_OF, county_id, school_id)
    return [
        SchoolOf(
            row["id"], row["name"], SchoolStage(row["stage"]), row["province"], row["city"], row["county"]
        )
        for row in rows
    ]


async def teachers_of(
    connection: asyncpg.Connection, school_ids: Sequence[int], *, first: int, after: tuple[int, int]
) -> list[TeacherOf]:
    """At most `first` APPROVED teachers of some schools behind a school and record, in that order. One statement."""
    rows = await connection.fetch(_TEACHERS_OF, list(school_ids), *after, first)
    return [
        TeacherOf(r["id"], r["school_id"], r["person_id"], r["name"], r["document_last4"], r["counted"])
        for r in rows
    ]


async def waiting_at(connection: asyncpg.Connection, school_ids: Sequence[int]) -> dict[int, int]:
    """How many records wait at each of some schools; a school where none does is left out. One statement."""
    rows = await connection.fetch(_WAITING_AT, list(school_ids))
    return {row["school_id"]: row["waiting"] for row in rows}
