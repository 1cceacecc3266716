"""The audit log: appended to, never changed, by the database's own rights."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import created, one_of, to, word
from mobile_gateway.rules.words import StaffRole


class AuditEntry(Model):
    """One act of staff, or one view of full personal data. The serving role may insert and read."""

    id = fields.BigIntField(primary_key=True)
    at = created()
    actor = to("Person")
    role = word(StaffRole, null=True)
    act = fields.CharField(max_length=48)
    subject_kind = fields.CharField(max_length=24)
    subject_id = fields.BigIntField()
    school = to("School", null=True)
    county = to("Region", null=True)
    reason = fields.CharField(max_length=200, null=True)
    data: fields.JSONField[dict[str, Any]] = fields.JSONField(db_default=SqlDefault("'{}'"))

    class Meta:
        """Promises about rows."""

        table = "audit_entry"
        constraints = (
            one_of("audit_entry", "role", StaffRole),
            CheckConstraint(check="act ~ '^[A-Z_]+$'", name="audit_entry_act_word"),
        )
        indexes = (
            Index(fields=("school_id", "id"), name="audit_entry_school_idx"),
            Index(fields=("county_id", "id"), name="audit_entry_county_idx"),
            Index(fields=("actor_id", "id"), name="audit_entry_actor_idx"),
        )
