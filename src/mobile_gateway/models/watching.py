"""Playback sessions, beats, and the coverage that accepted beats add up to (PRODUCT.md §4)."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import MultirangeField, Where, created, one_of, to, word
from mobile_gateway.rules.words import ClientKind, PlaybackMode


class PlaybackSession(Model):
    """One opening of a video of a topic. Times are the domain's; `accepted_ms` is new media it brought."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    media_version = to("MediaVersion")
    mode = word(PlaybackMode)
    client_kind = word(ClientKind)
    wipe_epoch = fields.IntField()
    earning = fields.BooleanField()
    opened_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    accepted_ms = fields.BigIntField(db_default=0)

    class Meta:
        """Promises about rows."""

        table = "playback_session"
        constraints = (
            one_of("playback_session", "mode", PlaybackMode),
            one_of("playback_session", "client_kind", ClientKind),
            CheckConstraint(check="ended_at >= opened_at", name="playback_session_ends_after_opening"),
            CheckConstraint(check="accepted_ms >= 0", name="playback_session_accepted"),
        )
        indexes = (
            Where(
                fields=("person_id", "opened_at"),
                name="playback_session_earned_idx",
                condition="accepted_ms > 0",
            ),
            Where(
                fields=("person_id", "opened_at", "mode"),
                name="playback_session_alive_idx",
                condition="ended_at IS NULL",
            ),
        )


class Beat(Model):
    """An accepted beat and its stored answer; `(session, seq)` is unique, the digest tells a replay."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    session_id = fields.BigIntField()
    seq = fields.IntField()
    digest = fields.BinaryField()
    new_ms = fields.IntField()
    accepted_at = fields.DatetimeField()

    class Meta:
        """Promises about rows."""

        table = "beat"
        constraints = (
            UniqueConstraint(fields=("person_id", "session_id", "seq"), name="beat_key"),
            CheckConstraint(check="seq >= 0 AND new_ms >= 0", name="beat_in_range"),
        )


class Coverage(Model):
    """The union of a person's accepted spans of one media version in one topic; it only grows.

    `covered_at` is the domain time of the commit that completed it; `verdict_at` the real time of the verdict.
    """

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    media_version = to("MediaVersion")
    spans = MultirangeField()
    wipe_epoch = fields.IntField()
    covered_at = fields.DatetimeField(null=True)
    verdict_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "coverage"
        constraints = (
            UniqueConstraint(fields=("person_id", "topic_id", "media_version_id"), name="coverage_key"),
            CheckConstraint(
                check="verdict_at IS NULL OR covered_at IS NOT NULL", name="coverage_verdict_after_covered"
            ),
        )
        indexes = (
            Where(
                fields=("covered_at", "person_id"),
                name="coverage_due_idx",
                condition="covered_at IS NOT NULL AND verdict_at IS NULL",
            ),
        )


class ResumePosition(Model):
    """Where a person left a resource. It earns nothing."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    resource = to("Resource")
    position_ms = fields.IntField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Promises about rows."""

        table = "resume_position"
        constraints = (
            UniqueConstraint(fields=("person_id", "resource_id"), name="resume_position_key"),
            CheckConstraint(check="position_ms >= 0", name="resume_position_in_range"),
        )


class RiskFlag(Model):
    """Something a person's evidence did that an honest client does not; one row a session and kind."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    session_id = fields.BigIntField()
    kind = fields.CharField(max_length=24)
    excess_ms = fields.BigIntField()
    raised_at = created()

    class Meta:
        """Promises about rows."""

        table = "risk_flag"
        constraints = (UniqueConstraint(fields=("person_id", "session_id", "kind"), name="risk_flag_key"),)
