"""Who learns what. There is no un-enrol."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import to


class Enrolment(Model):
    """A person in a topic. `completed_at` is when every course reached its cap for the first time."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    enrolled_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "enrolment"
        constraints = (
            UniqueConstraint(fields=("person_id", "topic_id"), name="enrolment_key"),
            CheckConstraint(check="completed_at >= enrolled_at", name="enrolment_completed_after"),
        )
        indexes = (Index(fields=("topic_id", "person_id"), name="enrolment_topic_idx"),)
