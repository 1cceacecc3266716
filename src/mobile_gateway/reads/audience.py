"""A segment as one SQL predicate over a person `p`, and where its people are looked for (PRODUCT.md §11).

What a segment names is resolved when it is compiled: regions to their counties, schools to their last successors and
all that was merged into these. People are looked for where the index of the narrowest part has them: at the schools,
among a topic's enrolled, or among everybody. Each of the three answers people by their key, so a walk over any of
them is as long as that source and never a look at one person twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from mobile_gateway.rules.segments import LastSeen, Segment, TopicPart, TopicProgress

FEW_SCHOOLS: Final = 1_000
"""Up to so many schools are looked through by their own index; more of them are most of the country."""

_COUNTIES = """
WITH RECURSIVE within AS (
  SELECT id, level FROM region WHERE id = ANY($1::int[])
  UNION ALL SELECT r.id, r.level FROM region r JOIN within w ON r.parent_id = w.id
)
SELECT coalesce(array_agg(DISTINCT id), '{}') FROM within WHERE level = 'COUNTY'
"""

_SCHOOLS = """
WITH RECURSIVE up AS (
  SELECT id, successor_id FROM school WHERE id = ANY($1::bigint[])
  UNION SELECT s.id, s.successor_id FROM school s JOIN up ON s.id = up.successor_id
), down AS (
  SELECT id FROM up WHERE successor_id IS NULL
  UNION SELECT s.id FROM school s JOIN down ON s.successor_id = down.id AND s.merged_at IS NOT NULL
)
SELECT coalesce(array_agg(id), '{}') FROM down
"""

_OF_COUNTIES = "SELECT id FROM school WHERE county_id = ANY($1::int[]) LIMIT $2"

EVERYBODY: Final = "SELECT id FROM person"

_AT_SCHOOLS = (
    "SELECT person_id AS id FROM teaching_record WHERE school_id = ANY({schools}) AND is_primary AND left_at IS NULL"
    " UNION SELECT id FROM person WHERE student_school_id = ANY({schools})"
)
_ENROLLED = "SELECT person_id AS id FROM enrolment WHERE topic_id = {topic}"

_AT_A_SCHOOL = """(EXISTS (
  SELECT FROM teaching_record t JOIN school s ON s.id = t.school_id
   WHERE t.person_id = p.id AND t.is_primary AND t.left_at IS NULL AND {holds})
 OR p.identity = 'STUDENT' AND EXISTS (SELECT FROM school s WHERE s.id = p.student_school_id AND {holds}))"""

_OF_TOPIC: Final = {
    TopicProgress.NOT_ENROLLED: (
        "NOT EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = {topic})"
    ),
    TopicProgress.ENROLLED: "EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = {topic})",
    TopicProgress.COMPLETE: (
        "EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = {topic}"
        " AND e.completed_at IS NOT NULL)"
    ),
    TopicProgress.COURSE_MISSING: (
        "EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = {topic}"
        " AND e.completed_at IS NULL)"
    ),
    TopicProgress.CERTIFICATE_UNCLAIMED: (
        "EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = {topic}"
        " AND e.completed_at IS NOT NULL) AND NOT EXISTS (SELECT FROM certificate k"
        " WHERE k.person_id = p.id AND k.topic_id = {topic} AND k.state <> 'VOID')"
    ),
}

_ONE_COURSE = (
    "EXISTS (SELECT FROM enrolment e JOIN course c ON c.topic_id = e.topic_id JOIN topic o ON o.id = e.topic_id"
    " WHERE e.person_id = p.id AND e.topic_id = {topic} AND c.id = {course}"
    " AND c.required_credits::bigint * o.ms_per_credit > coalesce((SELECT sum(x.ms) FROM credit_entry x"
    " WHERE x.person_id = p.id AND x.topic_id = e.topic_id AND x.course_id = c.id AND x.voided_at IS NULL), 0))"
)

# Recognised: what was earned in each course, up to its cap, as whole hundredths of a credit rounded down.
_CREDITS = (
    "EXISTS (SELECT FROM enrolment e JOIN topic o ON o.id = e.topic_id"
    " WHERE e.person_id = p.id AND e.topic_id = {topic}"
    " AND (SELECT coalesce(sum(least(y.ms, y.cap)), 0) FROM (SELECT sum(x.ms) AS ms,"
    " min(c.required_credits::bigint * o.ms_per_credit) AS cap FROM credit_entry x JOIN course c ON c.id = x.course_id"
    " WHERE x.person_id = p.id AND x.topic_id = e.topic_id AND x.voided_at IS NULL GROUP BY x.course_id) y)::bigint"
    " * 100 / o.ms_per_credit BETWEEN {least} AND {most})"
)
_MOST_HUNDREDTHS = 10**9


@dataclass(frozen=True, slots=True)
class Audience:
    """A compiled segment. `source` answers ids, `predicate` speaks of `p`; their parameters are `arguments` in turn.

    The first parameter's number is what it was compiled with, so a statement's own may stand before them.
    """

    source: str
    predicate: str
    arguments: tuple[Any, ...]


class _Parts:
    """The conditions of a segment while it is compiled, and the arguments that they are given."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.arguments: list[Any] = []
        self.conditions: list[str] = []

    def given(self, value: Any, kind: str) -> str:
        self.arguments.append(value)
        return f"${self._first + len(self.arguments) - 1}::{kind}"


async def compiled(
    connection: asyncpg.Connection, segment: Segment, *, real_now: datetime, first: int = 1
) -> Audience:
    """The audience of a segment, with parameters counted from `first`. Three statements at most."""
    parts, source = _Parts(first), EVERYBODY
    if segment.identities:
        words = parts.given([word.value for word in segment.identities], "text[]")
        parts.conditions.append(f"p.identity = ANY({words})")
    if segment.topic is not None:
        topic = parts.given(segment.topic.topic_id, "bigint")
        parts.conditions.append(_of_topic(parts, segment.topic, topic))
        if segment.topic.progress is not TopicProgress.NOT_ENROLLED:
            source = _ENROLLED.format(topic=topic)
    if segment.last_seen is not None:
        parts.conditions.append(_last_seen(parts, segment.last_seen, real_now))
    if segment.regions or segment.stages or segment.schools:
        few = await _places(connection, parts, segment)
        source = _AT_SCHOOLS.format(schools=few) if few else source
    return Audience(source, " AND ".join(parts.conditions) or "true", tuple(parts.arguments))


async def _places(connection: asyncpg.Connection, parts: _Parts, segment: Segment) -> str | None:
    """Add what holds for the school; answers the parameter of all schools meant where they are few."""
    holds, few = [], None
    if segment.schools:
        few = parts.given(await connection.fetchval(_SCHOOLS, list(segment.schools)), "bigint[]")
        holds.append(f"s.id = ANY({few})")
    if segment.regions:
        counties = await connection.fetchval(_COUNTIES, list(segment.regions))
        rows = await connection.fetch(_OF_COUNTIES, counties, FEW_SCHOOLS + 1)
        if few is None and len(rows) <= FEW_SCHOOLS:
            few = parts.given([row["id"] for row in rows], "bigint[]")
            holds.append(f"s.id = ANY({few})")
        else:
            holds.append(f"s.county_id = ANY({parts.given(counties, 'int[]')})")
    if segment.stages:
        words = parts.given([word.value for word in segment.stages], "text[]")
        holds.append(f"s.stage = ANY({words})")
    parts.conditions.append(_AT_A_SCHOOL.format(holds=" AND ".join(holds)))
    return few


def _of_topic(parts: _Parts, part: TopicPart, topic: str) -> str:
    if part.course_id is not None:
        return _ONE_COURSE.format(topic=topic, course=parts.given(part.course_id, "bigint"))
    if part.progress is TopicProgress.CREDITS_BETWEEN:
        least = parts.given(part.least or 0, "bigint")
        most = parts.given(_MOST_HUNDREDTHS if part.most is None else part.most, "bigint")
        return _CREDITS.format(topic=topic, least=least, most=most)
    return _OF_TOPIC[part.progress].format(topic=topic)


def _last_seen(parts: _Parts, seen: LastSeen, real_now: datetime) -> str:
    since = parts.given(real_now - timedelta(days=seen.days), "timestamptz")
    return f"p.last_seen_at >= {since}" if seen.within else f"p.last_seen_at >= {since} IS NOT TRUE"
