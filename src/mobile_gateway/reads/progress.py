"""A person's progress: one round trip a page, whatever the page shows.

Credits are summed from their entries; nothing is counted up (HOUSE rule 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway.reads.catalogue import Course, Resource, Topic
from mobile_gateway.rules import credits, watching
from mobile_gateway.rules.credits import Figures
from mobile_gateway.rules.enrolment import Candidate
from mobile_gateway.rules.watching import Span
from mobile_gateway.rules.words import (
    CertificateState,
    Identity,
    RecordState,
    ResourceState,
    SchoolStage,
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """When the person enrolled, and when every course had reached its cap."""

    enrolled_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResourceProgress:
    """How far a person is with one resource."""

    state: ResourceState
    resume_ms: int
    missing: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """A person's credits in a topic: learned milliseconds once over all, and by course."""

    once_ms: int
    by_course: Mapping[int, int]

    def course(self, course: Course) -> Figures:
        """The figures of one course."""
        return credits.course_figures(self.by_course.get(course.id, 0), course.required_ms)

    def topic(self, topic: Topic) -> Figures:
        """The figures of the topic."""
        return credits.topic_figures(self.once_ms, [self.course(c) for c in topic.courses])


@dataclass(frozen=True, slots=True)
class TopicProgress:
    """All that a topic page and its course pages need of one person. `alive` is false for a dead sign-in.

    `spans` go by media version; `begun` are the resources of which any version was watched a little.
    """

    alive: bool
    candidate: Candidate
    enrolment: Enrolment | None
    learned: Learned
    certificate: CertificateState | None
    completed: frozenset[int]
    spans: Mapping[int, tuple[Span, ...]]
    begun: frozenset[int]
    positions: Mapping[int, int]

    def resource(self, resource: Resource) -> ResourceProgress:
        """State, resume position and missing spans; never backwards from COMPLETED."""
        duration = resource.media.duration_ms if resource.media else 0
        resume = min(self.positions.get(resource.id, 0), duration)
        if resource.id in self.completed:
            return ResourceProgress(ResourceState.COMPLETED, resume, ())
        spans = self.spans.get(resource.media.version_id, ()) if resource.media else ()
        state = ResourceState.IN_PROGRESS if resource.id in self.begun else ResourceState.NOT_STARTED
        return ResourceProgress(state, resume, watching.missing(spans, duration))


# Multiranges stand in an array of their own: inside a row the driver cannot decode a type that it has not met yet.
_TOPICS = """
SELECT k.topic_id, p.identity, p.name IS NOT NULL AS has_name, p.document_index IS NOT NULL AS has_document,
       EXISTS (SELECT FROM sign_in g WHERE g.id = $3 AND g.person_id = p.id AND g.ended_at IS NULL
                  AND g.wipe_epoch = p.wipe_epoch) AS alive,
       r.state AS primary_state, s.stage AS primary_stage, e.enrolled_at, e.completed_at,
       (SELECT state FROM certificate c WHERE c.person_id = p.id AND c.topic_id = k.topic_id
         ORDER BY version DESC LIMIT 1) AS certificate,
       (SELECT coalesce(array_agg((d.resource_id, d.duration_ms)), '{}') FROM completion d
         WHERE d.person_id = p.id AND d.topic_id = k.topic_id AND d.voided_at IS NULL) AS completed,
       (SELECT coalesce(array_agg((x.course_id, x.ms)), '{}') FROM
         (SELECT course_id, sum(ms) AS ms FROM credit_entry n
           WHERE n.person_id = p.id AND n.topic_id = k.topic_id AND n.voided_at IS NULL
           GROUP BY course_id) x) AS learned,
       w.versions, w.spans, w.begun,
       (SELECT coalesce(array_agg((q.resource_id, q.position_ms)), '{}') FROM resume_position q
         WHERE q.person_id = p.id AND q.resource_id = ANY($4)) AS positions
  FROM person p CROSS JOIN unnest($2::bigint[]) AS k(topic_id)
  LEFT JOIN enrolment e ON e.person_id = p.id AND e.topic_id = k.topic_id
  LEFT JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL
  LEFT JOIN school s ON s.id = r.school_id
 CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(v.media_version_id), '{}') AS versions, coalesce(array_agg(v.spans), '{}') AS spans,
              coalesce(array_agg(m.resource_id) FILTER (WHERE NOT isempty(v.spans)), '{}') AS begun
         FROM coverage v JOIN media_version m ON m.id = v.media_version_id
        WHERE v.person_id = p.id AND v.topic_id = k.topic_id AND v.wipe_epoch = p.wipe_epoch) w
 WHERE p.id = $1
"""


async def of_topics(
    connection: asyncpg.Connection, person_id: int, sign_in_id: UUID, topics: Sequence[Topic]
) -> dict[int, TopicProgress]:
    """A person's progress in each of some topics, by topic id; empty when there is no such person. One statement."""
    resource_ids = sorted(set().union(*(topic.resource_ids for topic in topics)))
    rows = await connection.fetch(_TOPICS, person_id, [t.id for t in topics], sign_in_id, resource_ids)
    return {row["topic_id"]: _progress(row) for row in rows}


def _progress(row: asyncpg.Record) -> TopicProgress:
    return TopicProgress(
        row["alive"],
        candidate_of(row),
        Enrolment(row["enrolled_at"], row["completed_at"]) if row["enrolled_at"] else None,
        Learned(sum(ms for _, ms in row["completed"]), {cid: int(ms) for cid, ms in row["learned"]}),
        CertificateState(row["certificate"]) if row["certificate"] else None,
        frozenset(rid for rid, _ in row["completed"]),
        {
            mid: tuple((r.lower, r.upper) for r in spans)
            for mid, spans in zip(row["versions"], row["spans"], strict=True)
        },
        frozenset(row["begun"]),
        dict(row["positions"]),
    )


def candidate_of(row: asyncpg.Record) -> Candidate:
    """What of a person's row decides about enrolling and claiming."""
    return Candidate(
        Identity(row["identity"]),
        row["has_name"],
        row["has_document"],
        RecordState(row["primary_state"]) if row["primary_state"] else None,
        SchoolStage(row["primary_stage"]) if row["primary_stage"] else None,
    )


@dataclass(frozen=True, slots=True)
class Training:
    """An enrolled topic with its credits, as the workbench and my-training show it."""

    topic_id: int
    enrolled_at: datetime
    completed_at: datetime | None
    learned: Learned


_TRAININGS = """
SELECT e.topic_id, e.enrolled_at, e.completed_at,
       coalesce((SELECT sum(d.duration_ms) FROM completion d WHERE d.person_id = $1 AND d.topic_id = e.topic_id
                    AND d.voided_at IS NULL), 0) AS once_ms,
       (SELECT coalesce(array_agg((x.course_id, x.ms)), '{}') FROM
         (SELECT course_id, sum(ms) AS ms FROM credit_entry k
           WHERE k.person_id = $1 AND k.topic_id = e.topic_id AND k.voided_at IS NULL
           GROUP BY course_id) x) AS learned
  FROM enrolment e JOIN person p ON p.id = e.person_id AND p.identity = 'TEACHER'
 WHERE e.person_id = $1 AND ($2::timestamptz IS NULL OR (e.enrolled_at, e.topic_id) < ($2, $3))
 ORDER BY e.enrolled_at DESC, e.topic_id DESC
 LIMIT $4
"""


async def trainings(
    connection: asyncpg.Connection, person_id: int, *, first: int, after: tuple[datetime, int] | None
) -> list[Training]:
    """The person's enrolled topics, newest first; hidden while not TEACHER. One statement."""
    at, topic_id = after or (None, 0)
    rows = await connection.fetch(_TRAININGS, person_id, at, topic_id, first)
    return [
        Training(
            r["topic_id"],
            r["enrolled_at"],
            r["completed_at"],
            Learned(int(r["once_ms"]), {cid: int(ms) for cid, ms in r["learned"]}),
        )
        for r in rows
    ]
