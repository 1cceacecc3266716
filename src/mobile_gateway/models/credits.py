"""What was watched in full, and the credit entries that follow from it. Entries are keyed by their source."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import created, to


class Completion(Model):
    """A resource completed by a person in a topic, once; `duration_ms` is frozen (0 for a document)."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    resource = to("Resource")
    media_version = to("MediaVersion", null=True)
    duration_ms = fields.IntField()
    earned_at = fields.DatetimeField()
    recorded_at = created()
    voided_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "completion"
        constraints = (
            UniqueConstraint(
                fields=("person_id", "topic_id", "resource_id"),
                name="completion_key",
                condition="voided_at IS NULL",
            ),
            CheckConstraint(
                check="(media_version_id IS NULL) = (duration_ms = 0) AND duration_ms >= 0",
                name="completion_duration",
            ),
        )


class CreditEntry(Model):
    """Milliseconds of video that a completion brought to one course; the source is the completion."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    course = to("Course")
    resource = to("Resource")
    ms = fields.IntField()
    earned_at = fields.DatetimeField()
    recorded_at = created()
    voided_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "credit_entry"
        constraints = (
            UniqueConstraint(
                fields=("person_id", "topic_id", "course_id", "resource_id"),
                name="credit_entry_key",
                condition="voided_at IS NULL",
            ),
            CheckConstraint(check="ms > 0", name="credit_entry_positive"),
        )
        indexes = (Index(fields=("course_id",), name="credit_entry_course_idx"),)
