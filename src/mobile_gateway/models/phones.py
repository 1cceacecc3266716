"""Changes of an account's phone, and the photos that prove them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.staff_words import UploadPurpose
from mobile_gateway.rules.words import TicketState


class PhoneChange(Model):
    """A swap of the account's phone, proven first by the old one and then by the new one."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    old_phone = fields.CharField(max_length=16)
    new_phone = fields.CharField(max_length=16, null=True)
    old_proven_at = created()
    proven_in = fields.UUIDField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "phone_change"
        constraints = (
            UniqueConstraint(
                fields=("person_id",), name="phone_change_open_key", condition="done_at IS NULL"
            ),
            CheckConstraint(
                check="done_at IS NULL OR new_phone IS NOT NULL", name="phone_change_done_has_phone"
            ),
        )
        indexes = (Index(fields=("person_id",), name="phone_change_person_idx"),)


class RebindTicket(Model):
    """A request to move an account to a new phone when the old one is gone (manual, question 3)."""

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=16)
    secret_hash = fields.BinaryField()
    state = word(TicketState)
    new_phone = fields.CharField(max_length=16)
    details_sealed = fields.BinaryField(null=True)
    photo_key = fields.CharField(max_length=120, null=True)
    agent = to("Person", null=True)
    reason = fields.CharField(max_length=200, null=True)
    created_at = created()
    taken_at = fields.DatetimeField(null=True)
    called_back_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "rebind_ticket"
        constraints = (
            one_of("rebind_ticket", "state", TicketState),
            UniqueConstraint(fields=("number",), name="rebind_ticket_number_key"),
            UniqueConstraint(
                fields=("new_phone",), name="rebind_ticket_open_key", condition="closed_at IS NULL"
            ),
            CheckConstraint(
                check="(closed_at IS NOT NULL) = (state IN ('DONE', 'REJECTED', 'CANCELLED'))",
                name="rebind_ticket_closed",
            ),
            CheckConstraint(
                check="closed_at IS NULL OR num_nonnulls(photo_key, details_sealed) = 0",
                name="rebind_ticket_forgets",
            ),
            CheckConstraint(
                check="state IN ('SUBMITTED', 'CANCELLED') OR agent_id IS NOT NULL",
                name="rebind_ticket_agent",
            ),
        )
        indexes = (
            Where(fields=("created_at",), name="rebind_ticket_queue_idx", condition="closed_at IS NULL"),
        )


class Upload(Model):
    """An address that a file may be sent to once, and the file, sealed; what it belongs to names it by its id.

    The file stands in the row, so that it is deleted in the transaction that closes its ticket.
    """

    id = fields.UUIDField(primary_key=True)
    purpose = word(UploadPurpose)
    network = fields.CharField(max_length=64)
    media_type = fields.CharField(max_length=24, null=True)
    sealed = fields.BinaryField(null=True)
    created_at = created()
    expires_at = fields.DatetimeField()
    stored_at = fields.DatetimeField(null=True)
    attached_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "upload"
        constraints = (
            one_of("upload", "purpose", UploadPurpose),
            CheckConstraint(check="num_nulls(stored_at, media_type, sealed) IN (0, 3)", name="upload_whole"),
            CheckConstraint(
                check="attached_at IS NULL OR stored_at IS NOT NULL", name="upload_attached_is_stored"
            ),
        )
        indexes = (
            Where(fields=("expires_at",), name="upload_loose_idx", condition="attached_at IS NULL"),
            Index(fields=("network", "created_at"), name="upload_network_idx"),
        )
