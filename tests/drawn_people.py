"""A few hundred drawn people with schools, topics and merges, and whom a segment means among them, without SQL."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from mobile_gateway.clock import real
from mobile_gateway.rules.segments import Segment, TopicPart, TopicProgress
from mobile_gateway.rules.words import Identity, SchoolStage

PEOPLE = 300
PROVINCES = 3
STAGES = (SchoolStage.PRIMARY, SchoolStage.SENIOR_HIGH, SchoolStage.HIGHER)
TOPICS = (1, 2)
COURSES = {1: {11: 2, 12: 1}, 2: {21: 1}}
"""Credits that each course of a topic requires."""
MS = 100_000


@dataclass
class Drawn:
    """What the database knows of a person, in Python."""

    id: int
    identity: Identity
    school: int | None
    seen_days: float | None
    enrolled: dict[int, bool] = field(default_factory=dict)
    earned: dict[int, int] = field(default_factory=dict)
    certified: set[int] = field(default_factory=set)


@dataclass
class World:
    """Drawn people, schools with county and stage, merged schools with their successors."""

    people: list[Drawn]
    schools: dict[int, tuple[int, SchoolStage]]
    successors: dict[int, int]


def county(province: int, city: int, number: int) -> int:
    return (80 + province) * 10_000 + city * 100 + number


async def world(connection: asyncpg.Connection, chance: random.Random) -> World:
    counties = []
    for p in range(PROVINCES):
        top = (80 + p) * 10_000
        rows: list[tuple[int, str, int | None]] = [(top, "PROVINCE", None)]
        for c in (1, 2):
            rows.append((top + c * 100, "CITY", top))
            rows += [(county(p, c, k), "COUNTY", top + c * 100) for k in (1, 2)]
        counties += [number for number, level, _ in rows if level == "COUNTY"]
        for number, level, parent in rows:
            await connection.execute(
                "INSERT INTO region (id, level, name, parent_id) VALUES ($1, $2, '地', $3)",
                number,
                level,
                parent,
            )
    schools = {}
    for n in range(30):
        place, stage = chance.choice(counties), chance.choice(STAGES)
        number = await connection.fetchval(
            "INSERT INTO school (county_id, name, normalised_name, stage) VALUES ($1, $2, $2, $3) RETURNING id",
            place,
            f"抽样学校{n}",
            stage,
        )
        schools[number] = (place, stage)
    for topic in TOPICS:
        await connection.execute(
            "INSERT INTO topic (id, slug, title, title_en, learning_start, learning_end, certificates_open_at,"
            " ms_per_credit, published) VALUES ($1, $2, '题', 'T', '2024-01-01', '2025-01-01', '2024-06-01', $3, true)",
            topic + 1000,
            f"drawn-{topic}",
            MS,
        )
        for place, (course, required) in enumerate(COURSES[topic].items()):
            await connection.execute(
                "INSERT INTO course (id, topic_id, slug, title, title_en, required_credits, position)"
                " VALUES ($1, $2, $3, '课', 'C', $4, $5)",
                course + 1000,
                topic + 1000,
                f"drawn-{course}",
                required,
                place + 1,
            )
    resource = await connection.fetchval(
        "INSERT INTO resource (slug, kind, title, title_en) VALUES ('drawn', 'VIDEO', '视', 'V') RETURNING id"
    )
    people = [await _person(connection, chance, schools, resource, n) for n in range(PEOPLE)]
    return World(people, schools, await _merge(connection, people, schools, chance))


async def _person(
    connection: asyncpg.Connection, chance: random.Random, schools: dict[int, Any], resource: int, n: int
) -> Drawn:
    identity = chance.choice(list(Identity))
    seen = chance.choice([None, chance.uniform(0, 100)])
    school = chance.choice([None, *schools])
    student = identity is Identity.STUDENT
    number = await connection.fetchval(
        "INSERT INTO person (identity, phone, student_school_id, student_number, last_seen_at)"
        " VALUES ($1, $2, $3, $4, $5) RETURNING id",
        identity,
        f"+8617{n:09d}",
        school if student else None,
        f"s{n}" if student and school else None,
        None if seen is None else real() - timedelta(days=seen),
    )
    drawn = Drawn(number, identity, school, seen)
    if school and not student:
        await connection.execute(
            "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', true)",
            number,
            school,
        )
        other = chance.choice([one for one in schools if one != school])
        await connection.execute(
            "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', false)",
            number,
            other,
        )
    for topic in TOPICS:
        if chance.random() < 0.6:
            await _learner(connection, chance, drawn, topic, resource)
    return drawn


async def _learner(
    connection: asyncpg.Connection, chance: random.Random, drawn: Drawn, topic: int, resource: int
) -> None:
    for course in COURSES[topic]:
        drawn.earned[course] = chance.choice([0, 1, MS // 2, MS - 1, MS, 2 * MS, 5 * MS])
    complete = all(drawn.earned[c] >= need * MS for c, need in COURSES[topic].items())
    drawn.enrolled[topic] = complete
    await connection.execute(
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)"
        " VALUES ($1, $2, '2024-02-01', CASE WHEN $3 THEN '2024-03-01'::timestamptz END)",
        drawn.id,
        topic + 1000,
        complete,
    )
    for course in COURSES[topic]:
        for ms, voided in ((drawn.earned[course], None), (7 * MS, real())):
            if ms:
                await connection.execute(
                    "INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at, voided_at)"
                    " VALUES ($1, $2, $3, $4, $5, '2024-03-01', $6)",
                    drawn.id,
                    topic + 1000,
                    course + 1000,
                    resource,
                    ms,
                    voided,
                )
    if complete and chance.random() < 0.7:
        state = chance.choice(["ISSUED", "VOID"])
        await connection.execute(
            "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
            " recognised_ms, first_issued_at, issued_at, voided_at, void_reason)"
            " VALUES ($1, $2, 1, $3, $4::text, '\\x01', '张*', 1, '2024-09-01', '2024-09-01',"
            "  CASE WHEN $4::text = 'VOID' THEN now() END, CASE WHEN $4::text = 'VOID' THEN 'FRAUD' END)",
            drawn.id,
            topic + 1000,
            f"{drawn.id:014d}{topic:02d}",
            state,
        )
        if state != "VOID":
            drawn.certified.add(topic)


async def _merge(
    connection: asyncpg.Connection, people: list[Drawn], schools: dict[int, Any], chance: random.Random
) -> dict[int, int]:
    """Some schools go into others, in chains; teachers move along, students stay where they registered."""
    order = list(schools)
    successors = {order[0]: order[1], order[1]: order[2], order[3]: order[2], order[4]: order[5]}
    for gone, successor in successors.items():
        await connection.execute(
            "UPDATE school SET merged_at = now(), successor_id = $2 WHERE id = $1", gone, successor
        )
    for drawn in people:
        if drawn.identity is not Identity.STUDENT and drawn.school in successors:
            last = drawn.school
            while last in successors:
                last = successors[last]
            await connection.execute(
                "DELETE FROM teaching_record WHERE person_id = $1 AND school_id = $2 AND NOT is_primary",
                drawn.id,
                last,
            )
            await connection.execute(
                "UPDATE teaching_record SET school_id = $2 WHERE person_id = $1 AND is_primary",
                drawn.id,
                last,
            )
            drawn.school = last
    return successors


def _last(drawn: World, school: int) -> int:
    while school in drawn.successors:
        school = drawn.successors[school]
    return school


def holds(  # noqa: PLR0911 - one return for each part
    drawn: World, segment: Segment, person: Drawn
) -> bool:
    """The same question without SQL."""
    if segment.identities and person.identity not in segment.identities:
        return False
    if segment.regions or segment.stages or segment.schools:
        if person.school is None:
            return False
        place, stage = drawn.schools[person.school]
        around = {place, place // 100 * 100, place // 10_000 * 10_000}
        meant = {_last(drawn, school) for school in segment.schools}
        if segment.regions and not around & {*segment.regions}:
            return False
        if segment.stages and stage not in segment.stages:
            return False
        if segment.schools and _last(drawn, person.school) not in meant:
            return False
    if segment.last_seen is not None:
        seen = person.seen_days is not None and person.seen_days <= segment.last_seen.days
        if seen is not segment.last_seen.within:
            return False
    return segment.topic is None or _topic(segment.topic, person)


def _topic(part: TopicPart, person: Drawn) -> bool:  # noqa: PLR0911 - one return for each kind
    topic = part.topic_id - 1000
    complete = person.enrolled.get(topic)
    if part.progress is TopicProgress.NOT_ENROLLED or complete is None:
        return complete is None and part.progress is TopicProgress.NOT_ENROLLED
    match part.progress:
        case TopicProgress.ENROLLED:
            return True
        case TopicProgress.COURSE_MISSING:
            if part.course_id is None:
                return not complete
            course = part.course_id - 1000
            return course in COURSES[topic] and person.earned[course] < COURSES[topic][course] * MS
        case TopicProgress.COMPLETE:
            return complete
        case TopicProgress.CERTIFICATE_UNCLAIMED:
            return complete and topic not in person.certified
        case _:
            recognised = sum(min(person.earned[c], need * MS) for c, need in COURSES[topic].items())
            shown = recognised * 100 // MS
            return (part.least or 0) <= shown and (part.most is None or shown <= part.most)
