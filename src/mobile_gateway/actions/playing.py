"""Opening playback sessions (PRODUCT.md §4, "Evidence of watching")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import watching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, PlaybackMode, ResourceKind


@dataclass(frozen=True, slots=True)
class Playback:
    """A session as its client needs it. `earning` is false outside the window or before enrolment."""

    session_id: int
    topic_id: int
    resource_id: int
    media_version_id: int
    duration_ms: int
    url: str
    opened_at: datetime
    earning: bool
    resume_ms: int


_VIDEO = """
SELECT r.kind, m.id AS media_version_id, m.duration_ms, m.url,
       t.learning_start <= domain_now() AND domain_now() < t.learning_end AS window_open,
       EXISTS (SELECT FROM enrolment e WHERE e.person_id = p.id AND e.topic_id = t.id) AS enrolled,
       coalesce((SELECT position_ms FROM resume_position rp
                  WHERE rp.person_id = p.id AND rp.resource_id = r.id), 0) AS resume_ms
  FROM person p
  JOIN topic t ON t.id = $2 AND t.published
  JOIN resource r ON r.id = $3 AND EXISTS (
       SELECT FROM listing l JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
        WHERE l.resource_id = r.id AND c.topic_id = t.id AND l.removed_at IS NULL)
  LEFT JOIN LATERAL (SELECT id, duration_ms, url FROM media_version v
                      WHERE v.resource_id = r.id ORDER BY version DESC LIMIT 1) m ON true
 WHERE p.id = $1
"""

# An offline session is over once its video is covered: its place is free for the next download.
_OFFLINE_ALIVE = """
SELECT count(*) FROM playback_session s
 WHERE s.person_id = $1 AND s.mode = 'OFFLINE' AND s.ended_at IS NULL AND s.opened_at > domain_now() - $2::interval
   AND NOT EXISTS (SELECT FROM coverage c WHERE c.person_id = s.person_id AND c.topic_id = s.topic_id
                      AND c.media_version_id = s.media_version_id AND c.covered_at IS NOT NULL)
"""


async def open_session(
    database: Database,
    *,
    actor: Actor,
    client_kind: ClientKind,
    topic_id: int,
    resource_id: int,
    mode: PlaybackMode,
) -> Playback | Refusal:
    """Open a session for a video that the topic lists, by the evidence's clock.

    Refusals: NOT_FOUND, SESSION_INVALID, IDENTITY_NOT_TEACHER, NOT_A_VIDEO, OFFLINE_SESSIONS_EXCEEDED.
    """
    async with database.transaction() as connection:
        person = await locks.teacher(connection, actor)
        if isinstance(person, Refusal):
            return person
        row = await connection.fetchrow(_VIDEO, actor.person_id, topic_id, resource_id)
        refused = await _refused(connection, row, actor.person_id, mode)
        if refused is not None:
            return refused
        earning = bool(row["window_open"] and row["enrolled"])
        session = await connection.fetchrow(
            "INSERT INTO playback_session (person_id, topic_id, media_version_id, mode, client_kind, wipe_epoch,"
            " earning, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, domain_now()) RETURNING id, opened_at",
            actor.person_id,
            topic_id,
            row["media_version_id"],
            mode,
            client_kind,
            actor.wipe_epoch,
            earning,
        )
        return Playback(
            session["id"],
            topic_id,
            resource_id,
            row["media_version_id"],
            row["duration_ms"],
            row["url"],
            session["opened_at"],
            earning,
            min(row["resume_ms"], row["duration_ms"]),
        )


async def _refused(
    connection: asyncpg.Connection,
    row: asyncpg.Record | None,
    person_id: int,
    mode: PlaybackMode,
) -> Refusal | None:
    if row is None:
        return Refusal(RefusalCode.NOT_FOUND, ("resourceId",))
    if row["kind"] != ResourceKind.VIDEO or row["media_version_id"] is None:
        return Refusal(RefusalCode.NOT_A_VIDEO, ("resourceId",))
    if mode is PlaybackMode.OFFLINE:
        alive = await connection.fetchval(_OFFLINE_ALIVE, person_id, watching.OFFLINE_LIFE)
        if alive >= watching.MAX_OFFLINE_ALIVE:
            return Refusal(
                RefusalCode.OFFLINE_SESSIONS_EXCEEDED, data={"most": str(watching.MAX_OFFLINE_ALIVE)}
            )
    return None
