"""Certificates, previews of them, and the opening of claims. A snapshot never changes (PRODUCT.md §8)."""

from __future__ import annotations

from uuid import uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.words import CertificateState, VoidReason


class Certificate(Model):
    """One version of a person's certificate for a topic.

    `left_at`: its holder has left the printed school, and edits count. `ready_at`: the reissue may go ahead.
    `document_due_at` is the real clock's: a worker that renders the document moves it on, as its lease.
    """

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    topic = to("Topic")
    version = fields.IntField()
    serial = fields.CharField(max_length=16)
    state = word(CertificateState)
    snapshot_sealed = fields.BinaryField()
    masked_name = fields.CharField(max_length=50)
    recognised_ms = fields.BigIntField()
    first_issued_at = fields.DatetimeField()
    issued_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)
    reissue_due_at = fields.DatetimeField(null=True)
    ready_at = fields.DatetimeField(null=True)
    document_key = fields.CharField(max_length=120, null=True)
    document_due_at = created()
    document_tries = fields.IntField(db_default=0)
    voided_at = fields.DatetimeField(null=True)
    void_reason = word(VoidReason, null=True)

    class Meta:
        """Promises about rows."""

        table = "certificate"
        constraints = (
            one_of("certificate", "state", CertificateState),
            one_of("certificate", "void_reason", VoidReason),
            UniqueConstraint(fields=("serial",), name="certificate_serial_key"),
            UniqueConstraint(fields=("person_id", "topic_id", "version"), name="certificate_version_key"),
            UniqueConstraint(
                fields=("person_id", "topic_id"), name="certificate_live_key", condition="state <> 'VOID'"
            ),
            CheckConstraint(
                check="(state = 'VOID') = (voided_at IS NOT NULL)"
                " AND (voided_at IS NULL) = (void_reason IS NULL)",
                name="certificate_void_has_reason",
            ),
            CheckConstraint(
                check="(state = 'REISSUE_PENDING') = (reissue_due_at IS NOT NULL)",
                name="certificate_reissue_has_promise",
            ),
            CheckConstraint(
                check="ready_at IS NULL OR state = 'REISSUE_PENDING'", name="certificate_ready_is_pending"
            ),
            CheckConstraint(check="serial ~ '^[0-9A-HJKMNP-TV-Z]{16}$'", name="certificate_serial_alphabet"),
            CheckConstraint(check="version >= 1", name="certificate_version_from_one"),
        )
        indexes = (
            Where(
                fields=("reissue_due_at",),
                name="certificate_reissue_idx",
                condition="state = 'REISSUE_PENDING'",
            ),
            Where(fields=("ready_at",), name="certificate_ready_idx", condition="ready_at IS NOT NULL"),
            Where(
                fields=("document_due_at",),
                name="certificate_to_render_idx",
                condition="document_key IS NULL AND state <> 'VOID'",
            ),
            Index(fields=("topic_id",), name="certificate_topic_idx"),
        )


class CertificatePreview(Model):
    """What a person last looked at before claiming, masked, and its picture once a worker has drawn it.

    One of a person and topic; erased an hour after it was asked for. Times are the real clock's.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    person = to("Person")
    topic = to("Topic")
    printed: fields.JSONField[dict[str, str]] = fields.JSONField()
    picture = fields.BinaryField(null=True)
    created_at = created()
    due_at = created()
    tries = fields.IntField(db_default=0)

    class Meta:
        """Promises about rows."""

        table = "certificate_preview"
        constraints = (UniqueConstraint(fields=("person_id", "topic_id"), name="certificate_preview_key"),)
        indexes = (
            Where(fields=("due_at",), name="certificate_preview_due_idx", condition="picture IS NULL"),
            Index(fields=("created_at",), name="certificate_preview_created_idx"),
        )


class CertificateOpening(Model):
    """How far the night is on which a topic's certificates open: everyone up to `after_person` was looked at.

    `due_at` is the real clock's: the second round begins when nothing of before the opening is under way.
    """

    id = fields.BigIntField(primary_key=True)
    topic = to("Topic")
    opens_at = fields.DatetimeField()
    round = fields.IntField(db_default=1)
    after_person = fields.BigIntField(db_default=0)
    looked_at = fields.BigIntField(db_default=0)
    told = fields.BigIntField(db_default=0)
    started_at = created()
    due_at = created()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "certificate_opening"
        constraints = (
            UniqueConstraint(fields=("topic_id", "opens_at"), name="certificate_opening_key"),
            CheckConstraint(check="round IN (1, 2)", name="certificate_opening_round"),
        )
        indexes = (
            Where(fields=("due_at",), name="certificate_opening_due_idx", condition="finished_at IS NULL"),
        )
