"""The inbox: every notification exactly once, whatever crashes; and what people want pushed."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.words import MessageClass, NotificationKind


class InboxItem(Model):
    """A notification; unique per person, kind and subject (the id of the event). `data` fills its text."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    kind = word(NotificationKind)
    subject = fields.CharField(max_length=80)
    message_class = word(MessageClass)
    data: fields.JSONField[dict[str, str]] = fields.JSONField()
    happened_at = fields.DatetimeField()
    created_at = created()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "inbox_item"
        constraints = (
            one_of("inbox_item", "kind", NotificationKind),
            one_of("inbox_item", "message_class", MessageClass),
            UniqueConstraint(fields=("person_id", "kind", "subject"), name="inbox_item_key"),
            CheckConstraint(
                check="(kind = 'CAMPAIGN') = (message_class = 'MARKETING')", name="inbox_item_class"
            ),
        )
        indexes = (Where(fields=("person_id",), name="inbox_item_unread_idx", condition="read_at IS NULL"),)


class NotificationPreference(Model):
    """Whether a person wants a kind pushed; no row means yes. The inbox always gets it."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    kind = word(NotificationKind)
    push = fields.BooleanField()

    class Meta:
        """Promises about rows."""

        table = "notification_preference"
        constraints = (
            one_of("notification_preference", "kind", NotificationKind),
            UniqueConstraint(fields=("person_id", "kind"), name="notification_preference_key"),
        )
