"""Certificates and their versions. A snapshot never changes (PRODUCT.md §8)."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, one_of, to, word
from mobile_gateway.rules.words import CertificateState


class Certificate(Model):
    """One version of a person's certificate for a topic."""

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
    reissue_due_at = fields.DatetimeField(null=True)
    document_key = fields.CharField(max_length=120, null=True)
    voided_at = fields.DatetimeField(null=True)
    void_reason = fields.CharField(max_length=24, null=True)

    class Meta:
        """Promises about rows."""

        table = "certificate"
        constraints = (
            one_of("certificate", "state", CertificateState),
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
            CheckConstraint(check="serial ~ '^[0-9A-HJKMNP-TV-Z]{16}$'", name="certificate_serial_alphabet"),
            CheckConstraint(check="version >= 1", name="certificate_version_from_one"),
        )
        indexes = (
            Where(
                fields=("reissue_due_at",),
                name="certificate_reissue_idx",
                condition="state = 'REISSUE_PENDING'",
            ),
            Where(fields=("issued_at",), name="certificate_to_render_idx", condition="document_key IS NULL"),
        )
