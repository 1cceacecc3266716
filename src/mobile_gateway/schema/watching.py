"""Playing: opening a session, sending beats (PRODUCT.md §4, "Evidence of watching")."""

import math
from typing import Annotated

import strawberry

from mobile_gateway.actions import beating, playing
from mobile_gateway.messages import advices
from mobile_gateway.metrics import beats as beats_counted
from mobile_gateway.rules import watching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.watching import Beat
from mobile_gateway.rules.words import BeatAnswer, PlaybackMode
from mobile_gateway.schema.answers import URL, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.course import MediaSpan
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.seals import PlaybackClaims, Unreadable, issue_playback, read_playback

MAX_MS = 86_400_000
MAX_SEQ = 2**31 - 1
MAX_SAID_RATE = 100.0


@strawberry.input(description="Which video to open a playback session for.")
class PlaybackOpenInput:
    """Input of `playbackOpen`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    resource_id: strawberry.ID = strawberry.field(description="Global id of the video.")
    mode: PlaybackMode = strawberry.field(
        default=PlaybackMode.ONLINE, description="OFFLINE is declared when downloading; it lives 7 days."
    )
    can_choose_rate: bool = strawberry.field(
        default=True, description="Whether this client lets its user choose a playback rate."
    )


@strawberry.type(description="A playback session: what a client needs to play and to send beats.")
class PlaybackSession:
    """An opened session."""

    token: str = strawberry.field(
        description="Sent with every beat; bound to person, topic and media version."
    )
    media_url: URL = strawberry.field(description="The media.")
    duration_ms: int = strawberry.field(description="Duration of this media version in milliseconds.")
    resume_position_ms: int = strawberry.field(description="Where to go on.")
    beat_interval_seconds: int = strawberry.field(
        description="Send a beat this often; also at pause, seek, end."
    )
    max_rate: float = strawberry.field(description="The highest playback rate that earns.")
    earns: bool = strawberry.field(
        description="Whether beats of this session count; false before enrolment and outside the window."
    )
    advice: str | None = strawberry.field(description="What the user should be told; null when nothing.")


@strawberry.type(description="What became of opening a playback session.")
class PlaybackOpenPayload:
    """Payload of `playbackOpen`."""

    session: PlaybackSession | None = strawberry.field(description="The session; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when opened.")


@strawberry.input(description="A half-open span of media time that was really played, with its rate.")
class PlayedSpanInput:
    """`[fromMs, toMs)` at a rate."""

    from_ms: int = strawberry.field(description="Start in milliseconds of media time, included.")
    to_ms: int = strawberry.field(description="End in milliseconds of media time, excluded.")
    rate: float = strawberry.field(default=1.0, description="Playback rate, above 0.")


@strawberry.input(description="One beat: a sequence number and what was really played since the last.")
class BeatInput:
    """A beat."""

    seq: int = strawberry.field(description="Unique in its session; a replay repeats it.")
    spans: list[PlayedSpanInput] = strawberry.field(description="What was really played; at most 1,000.")


@strawberry.input(description="Beats of one playback session.")
class WatchRecordInput:
    """Input of `watchRecord`."""

    session_token: str = strawberry.field(description="The token that `playbackOpen` answered.")
    beats: list[BeatInput] = strawberry.field(description="1 to 50 beats, in the order they were played.")
    position_ms: int | None = strawberry.field(
        default=None, description="Where the player stands now, to go on from later; earns nothing."
    )


@strawberry.type(description="What became of one beat.")
class BeatResult:
    """One answer a beat, in the order sent."""

    seq: int = strawberry.field(description="The beat's sequence number.")
    answer: BeatAnswer = strawberry.field(description="Whether it is stored.")


@strawberry.type(description="What became of a call's beats. ACCEPTED is durable.")
class WatchRecordPayload:
    """Payload of `watchRecord`."""

    results: list[BeatResult] | None = strawberry.field(
        description="One a beat, in order; null when refused."
    )
    missing_spans: list[MediaSpan] | None = strawberry.field(
        description="What is still missing of the video."
    )
    covered: bool | None = strawberry.field(
        description="Whether the evidence is complete; the verdict and its credits follow within seconds."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why not; empty when every beat was taken in."
    )


def _beats(given: list[BeatInput]) -> tuple[Beat, ...] | Refusal:
    if not 1 <= len(given) <= watching.MAX_BEATS_A_CALL:
        return _bad("beats", f"beats: 1–{watching.MAX_BEATS_A_CALL}")
    found = []
    for place, beat in enumerate(given):
        if not 0 <= beat.seq <= MAX_SEQ:
            return _bad(f"beats.{place}.seq", f"seq: 0–{MAX_SEQ}")
        if len(beat.spans) > watching.MAX_SPANS_A_BEAT:
            return _bad(f"beats.{place}.spans", f"spans: ≤ {watching.MAX_SPANS_A_BEAT}")
        for span in beat.spans:
            if not 0 <= span.from_ms <= span.to_ms <= MAX_MS:
                return _bad(f"beats.{place}.spans", f"0 ≤ fromMs ≤ toMs ≤ {MAX_MS}")
            if not math.isfinite(span.rate) or not 0 < span.rate <= MAX_SAID_RATE:
                return _bad(f"beats.{place}.spans", f"0 < rate ≤ {MAX_SAID_RATE:g}")
        found.append(
            Beat(beat.seq, tuple((s.from_ms, s.to_ms) for s in beat.spans), tuple(s.rate for s in beat.spans))
        )
    return tuple(found)


def _bad(path: str, why: str) -> Refusal:
    return Refusal(RefusalCode.BAD_USER_INPUT, tuple(path.split(".")), {"why": why})


async def _open(context: Context, given: PlaybackOpenInput) -> playing.Playback | Refusal:
    viewer = context.viewer
    if viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    return await playing.open_session(
        context.database,
        actor=viewer.actor,
        client_kind=viewer.client_kind,
        topic_id=number_of(given.topic_id, "Topic") or 0,
        resource_id=number_of(given.resource_id, "Resource") or 0,
        mode=given.mode,
    )


async def _record(context: Context, given: WatchRecordInput) -> beating.Recorded | Refusal:
    viewer = context.viewer
    if viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    claims = read_playback(context.keyring, given.session_token)
    if isinstance(claims, Unreadable) or claims.person_id != viewer.person_id:
        return Refusal(RefusalCode.NOT_FOUND, ("sessionToken",))
    if claims.wipe_epoch != viewer.wipe_epoch:
        return Refusal(RefusalCode.SESSION_INVALID, ("sessionToken",))
    beats = _beats(given.beats)
    if isinstance(beats, Refusal):
        return beats
    if given.position_ms is not None and not 0 <= given.position_ms <= MAX_MS:
        return _bad("positionMs", f"0 ≤ positionMs ≤ {MAX_MS}")
    recorded = await beating.record(
        context.database,
        actor=viewer.actor,
        session_id=claims.session_id,
        beats=beats,
        position_ms=given.position_ms,
    )
    if isinstance(recorded, beating.Recorded) and recorded.due:
        await context.jobs.verify_watch(viewer.person_id, recorded.topic_id, recorded.media_version_id)
    return recorded


@strawberry.type
class WatchingMutation:
    """Playing."""

    @strawberry.mutation(description="Open a playback session for a video of a topic.")
    async def playback_open(
        self,
        info: Info,
        input: Annotated[PlaybackOpenInput, strawberry.argument(description="Which video.")],  # noqa: A002 - GraphQL's own word
    ) -> PlaybackOpenPayload | None:
        """A session earns when the teacher is enrolled and the window is open."""
        context = info.context
        opened = await _open(context, input)
        if isinstance(opened, Refusal):
            return PlaybackOpenPayload(session=None, user_errors=user_errors(opened, context.locale))
        return PlaybackOpenPayload(session=_session(context, opened, input), user_errors=[])

    @strawberry.mutation(
        description="Record what was really played. Clients cannot say that a video is complete."
    )
    async def watch_record(
        self,
        info: Info,
        input: Annotated[WatchRecordInput, strawberry.argument(description="The beats.")],  # noqa: A002 - GraphQL's own word
    ) -> WatchRecordPayload | None:
        """One answer a beat; a call can be repeated as it is."""
        recorded = await _record(info.context, input)
        if isinstance(recorded, Refusal):
            return WatchRecordPayload(
                results=None,
                missing_spans=None,
                covered=None,
                user_errors=user_errors(recorded, info.context.locale),
            )
        for answer in recorded.answers:
            beats_counted.labels(answer).inc()
        return WatchRecordPayload(
            results=[
                BeatResult(seq=beat.seq, answer=answer)
                for beat, answer in zip(input.beats, recorded.answers, strict=True)
            ],
            missing_spans=[MediaSpan(from_ms=start, to_ms=end) for start, end in recorded.missing],
            covered=recorded.covered,
            user_errors=_conflicts(recorded, info.context.locale),
        )


def _conflicts(recorded: beating.Recorded, locale: str) -> list[UserError]:
    return [
        error
        for place, answer in enumerate(recorded.answers)
        if answer is BeatAnswer.CONFLICT
        for error in user_errors(
            Refusal(RefusalCode.WATCH_BEAT_CONFLICT, ("beats", str(place), "seq")), locale
        )
    ]


def _session(context: Context, opened: playing.Playback, given: PlaybackOpenInput) -> PlaybackSession:
    viewer = context.signed_in()
    claims = PlaybackClaims(
        person_id=viewer.person_id,
        wipe_epoch=viewer.wipe_epoch,
        topic_id=opened.topic_id,
        media_version=opened.media_version_id,
        session_id=opened.session_id,
    )
    return PlaybackSession(
        token=issue_playback(context.keyring, claims),
        media_url=URL(opened.url),
        duration_ms=opened.duration_ms,
        resume_position_ms=opened.resume_ms,
        beat_interval_seconds=watching.BEAT_INTERVAL_SECONDS,
        max_rate=watching.MAX_RATE,
        earns=opened.earning,
        advice=None if given.can_choose_rate else advices.update_client(context.locale),
    )
