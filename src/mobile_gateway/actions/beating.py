"""Recording beats: what was really played becomes coverage (PRODUCT.md §4, "Evidence of watching").

One transaction a call: the person's row is locked; the session, the stored beats, the openings that bound the
budget and the coverage are read in one statement; the rules decide; one statement writes. What was answered
ACCEPTED is durable when the answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway.actions import locks
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import watching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.watching import Beat, Opening, Span
from mobile_gateway.rules.words import BeatAnswer, PlaybackMode


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer per beat, in order, and what the video's coverage is now. `due`: a verdict is to be given."""

    answers: tuple[BeatAnswer, ...]
    missing: tuple[Span, ...]
    covered: bool
    due: bool
    topic_id: int
    media_version_id: int


_EVIDENCE = """
SELECT s.wipe_epoch, s.topic_id, s.media_version_id, s.mode, s.earning, s.opened_at, s.ended_at, s.accepted_ms,
       m.duration_ms, m.resource_id, t.learning_end, c.spans, c.covered_at, c.verdict_at, domain_now() AS now,
       (SELECT coalesce(array_agg((b.seq, b.digest)), '{}') FROM beat b
         WHERE b.person_id = $1 AND b.session_id = $2 AND b.seq = ANY($3)) AS stored,
       (SELECT coalesce(array_agg((o.opened_at, o.accepted_ms, o.topic_id = s.topic_id)), '{}') FROM playback_session o
         WHERE o.person_id = $1 AND o.accepted_ms > 0 AND o.id <> $2) AS openings
  FROM playback_session s
  JOIN media_version m ON m.id = s.media_version_id
  JOIN topic t ON t.id = s.topic_id
  LEFT JOIN coverage c ON c.person_id = $1 AND c.topic_id = s.topic_id AND c.media_version_id = s.media_version_id
                      AND c.wipe_epoch = s.wipe_epoch
 WHERE s.person_id = $1 AND s.id = $2
"""

# What an older wipe epoch left behind is replaced, never added to.
_WRITE = """
WITH beats AS (
  INSERT INTO beat (person_id, session_id, seq, digest, new_ms, accepted_at)
  SELECT $1, $2, b.seq, b.digest, b.new_ms, $3 FROM unnest($4::int[], $5::bytea[], $6::int[]) AS b(seq, digest, new_ms)
), mine AS (
  UPDATE playback_session SET accepted_ms = accepted_ms + $7 WHERE person_id = $1 AND id = $2
), others AS (
  UPDATE playback_session o SET ended_at = greatest($3, o.opened_at)
    FROM playback_session s
   WHERE s.person_id = $1 AND s.id = $2 AND s.mode = 'ONLINE'
     AND o.person_id = $1 AND o.mode = 'ONLINE' AND o.ended_at IS NULL
     AND (o.opened_at, o.id) < (s.opened_at, s.id)
)
INSERT INTO coverage AS c (person_id, topic_id, media_version_id, spans, wipe_epoch, covered_at)
VALUES ($1, $8, $9, $10, $11, $12)
ON CONFLICT ON CONSTRAINT coverage_key DO UPDATE
   SET spans = CASE WHEN c.wipe_epoch = excluded.wipe_epoch THEN c.spans + excluded.spans ELSE excluded.spans END,
       covered_at = CASE WHEN c.wipe_epoch = excluded.wipe_epoch THEN coalesce(c.covered_at, excluded.covered_at)
                         ELSE excluded.covered_at END,
       verdict_at = CASE WHEN c.wipe_epoch = excluded.wipe_epoch THEN c.verdict_at END,
       wipe_epoch = excluded.wipe_epoch
"""

_POSITION = """
INSERT INTO resume_position AS r (person_id, resource_id, position_ms, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT resume_position_key DO UPDATE
   SET position_ms = excluded.position_ms, updated_at = excluded.updated_at
 WHERE r.updated_at <= excluded.updated_at
"""


@dataclass(slots=True)
class _Judged:
    """What a call's beats come to, before anything is written."""

    answers: list[BeatAnswer]
    kept: list[tuple[Beat, int]]
    covered: tuple[Span, ...]
    excess_ms: int = 0


async def record(
    database: Database,
    *,
    actor: Actor,
    session_id: int,
    beats: Sequence[Beat],
    position_ms: int | None,
) -> Recorded | Refusal:
    """Record a call's beats, in order: one answer each.

    Replays get the stored answer; another payload under a used number is CONFLICT; what exceeds the budget is
    DEFERRED and not stored. Refusals: NOT_FOUND, SESSION_INVALID, IDENTITY_NOT_TEACHER, WATCH_SESSION_EXPIRED.
    """
    async with database.transaction() as connection:
        person = await locks.teacher(connection, actor)
        if isinstance(person, Refusal):
            return person
        found = await connection.fetchrow(
            _EVIDENCE, actor.person_id, session_id, [beat.seq for beat in beats]
        )
        if found is None:
            return Refusal(RefusalCode.NOT_FOUND, ("sessionToken",))
        if found["wipe_epoch"] != actor.wipe_epoch:
            return Refusal(RefusalCode.SESSION_INVALID)
        now: datetime = found["now"]
        if position_ms is not None:
            position = min(position_ms, found["duration_ms"])
            await connection.execute(_POSITION, actor.person_id, found["resource_id"], position, now)
        if not found["earning"]:
            return _recorded(found, [BeatAnswer.NOT_COUNTED] * len(beats), (), covered=False)
        mode = PlaybackMode(found["mode"])
        if not watching.may_upload(now, mode, found["opened_at"], found["learning_end"]):
            return Refusal(RefusalCode.WATCH_SESSION_EXPIRED)
        judged = _judge(found, beats)
        full = found["covered_at"] is not None or watching.complete(judged.covered, found["duration_ms"])
        if judged.kept:
            await _write(
                connection, actor.person_id, session_id, found, judged, covered_at=now if full else None
            )
        if judged.excess_ms > watching.RISK_EXCESS_MS:
            await _flag(connection, actor.person_id, session_id, judged.excess_ms)
        return _recorded(found, judged.answers, judged.covered, covered=full)


def _recorded(
    found: asyncpg.Record, answers: Sequence[BeatAnswer], spans: tuple[Span, ...], *, covered: bool
) -> Recorded:
    return Recorded(
        tuple(answers),
        watching.missing(spans, found["duration_ms"]),
        covered,
        covered and found["verdict_at"] is None,
        found["topic_id"],
        found["media_version_id"],
    )


def _judge(found: asyncpg.Record, beats: Sequence[Beat]) -> _Judged:
    stored: dict[int, bytes] = dict(found["stored"])
    duration = found["duration_ms"]
    covered = watching.union(_spans(found["spans"]), duration)
    judged = _Judged([], [], covered)
    allowance = _allowance(found)
    for beat in beats:
        digest = beat.digest()
        if beat.seq in stored:
            same = stored[beat.seq] == digest
            judged.answers.append(BeatAnswer.ACCEPTED if same else BeatAnswer.CONFLICT)
            continue
        grown = watching.union([*judged.covered, *beat.spans], duration)
        new_ms = watching.length(grown) - watching.length(judged.covered)
        if watching.too_scattered(grown, judged.covered):
            judged.answers.append(BeatAnswer.DEFERRED)
            continue
        if new_ms > 0 and new_ms > allowance:
            judged.answers.append(BeatAnswer.DEFERRED)
            judged.excess_ms = max(judged.excess_ms, new_ms - max(allowance, 0))
            continue
        judged.answers.append(BeatAnswer.ACCEPTED)
        judged.kept.append((beat, new_ms))
        stored[beat.seq] = digest
        allowance -= new_ms
        judged.covered = grown
    return judged


def _allowance(found: asyncpg.Record) -> int:
    now, closes = found["now"], found["learning_end"]
    this = Opening(found["opened_at"], found["accepted_ms"])
    end = watching.session_end(now, found["ended_at"], closes)
    everywhere = [Opening(at, ms) for at, ms, _ in found["openings"]]
    here = [Opening(at, ms) for at, ms, same_topic in found["openings"] if same_topic]
    # Media of this topic was played before its window closed, however late the sessions upload it together.
    return min(
        watching.allowance_ms(now=now, end=end, this=this, others=everywhere),
        watching.allowance_ms(now=min(now, closes), end=end, this=this, others=here),
    )


def _spans(multirange: Any) -> list[Span]:
    return [(r.lower, r.upper) for r in multirange or ()]


async def _write(
    connection: asyncpg.Connection,
    person_id: int,
    session_id: int,
    found: asyncpg.Record,
    judged: _Judged,
    *,
    covered_at: datetime | None,
) -> None:
    await connection.execute(
        _WRITE,
        person_id,
        session_id,
        found["now"],
        [beat.seq for beat, _ in judged.kept],
        [beat.digest() for beat, _ in judged.kept],
        [new_ms for _, new_ms in judged.kept],
        sum(new_ms for _, new_ms in judged.kept),
        found["topic_id"],
        found["media_version_id"],
        [asyncpg.Range(start, end) for start, end in judged.covered],
        found["wipe_epoch"],
        covered_at,
    )


async def _flag(connection: asyncpg.Connection, person_id: int, session_id: int, excess_ms: int) -> None:
    await connection.execute(
        "INSERT INTO risk_flag AS f (person_id, session_id, kind, excess_ms) VALUES ($1, $2, 'BUDGET', $3)"
        " ON CONFLICT ON CONSTRAINT risk_flag_key DO UPDATE SET excess_ms = greatest(f.excess_ms, excluded.excess_ms)",
        person_id,
        session_id,
        excess_ms,
    )
