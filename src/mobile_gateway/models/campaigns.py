"""Campaigns: state, segment, and the cursor that a fan-out resumes from (PRODUCT.md §11)."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.words import CampaignState

# Off the quarter hours, as `rules.campaigns.starts` moves it.
AS_PLANNED = (
    "planned_for IS NULL OR starts_at IS NULL"
    " OR starts_at BETWEEN planned_for - interval '5 minutes' AND planned_for + interval '10 minutes'"
)


class Campaign(Model):
    """A push campaign. `cursor` is the last person expanded; it moves with the rows it made.

    `planned_for` is the moment that was approved, `starts_at` the one at which it begins.
    """

    id = fields.BigIntField(primary_key=True)
    state = word(CampaignState)
    title = fields.CharField(max_length=60)
    title_en = fields.CharField(max_length=120)
    body = fields.CharField(max_length=300)
    body_en = fields.CharField(max_length=600)
    deep_link = fields.CharField(max_length=300)
    segment: fields.JSONField[dict[str, Any]] = fields.JSONField()
    planned_for = fields.DatetimeField(null=True)
    starts_at = fields.DatetimeField(null=True)
    created_by = to("Person")
    edited_by = to("Person", null=True)
    approved_by = to("Person", null=True)
    approved_at = fields.DatetimeField(null=True)
    tested_at = fields.DatetimeField(null=True)
    pause_reason = fields.CharField(max_length=60, null=True)
    cursor = fields.BigIntField(db_default=0)
    begun_at = fields.DatetimeField(null=True)
    sending_since = fields.DatetimeField(null=True)
    proven_at = fields.DatetimeField(null=True)
    looked_at = fields.BigIntField(db_default=0)
    people = fields.BigIntField(db_default=0)
    opted_out = fields.BigIntField(db_default=0)
    without_device = fields.BigIntField(db_default=0)
    deliveries = fields.BigIntField(db_default=0)
    expanded_at = fields.DatetimeField(null=True)
    created_at = created()
    finished_at = fields.DatetimeField(null=True)
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "campaign"
        constraints = (
            one_of("campaign", "state", CampaignState),
            CheckConstraint(check="approved_by_id <> created_by_id", name="campaign_second_admin"),
            CheckConstraint(check="approved_by_id <> edited_by_id", name="campaign_second_editor"),
            CheckConstraint(
                check="state IN ('DRAFT', 'CANCELLED') OR approved_by_id IS NOT NULL",
                name="campaign_approved",
            ),
            CheckConstraint(
                check="(state = 'PAUSED') = (pause_reason IS NOT NULL)", name="campaign_pause_has_reason"
            ),
            CheckConstraint(
                check="state NOT IN ('SCHEDULED', 'SENDING', 'PAUSED', 'SENT') OR starts_at IS NOT NULL",
                name="campaign_scheduled_has_start",
            ),
            CheckConstraint(check=AS_PLANNED, name="campaign_starts_as_planned"),
        )
        indexes = (
            Where(
                fields=("starts_at",),
                name="campaign_due_idx",
                condition="state IN ('SCHEDULED', 'SENDING')",
            ),
            Where(
                fields=("id",),
                name="campaign_under_way_idx",
                condition="finished_at IS NULL AND state IN ('SCHEDULED', 'SENDING', 'CANCELLED')",
            ),
        )
