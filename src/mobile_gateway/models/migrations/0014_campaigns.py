"""Campaigns: who edited and approved, how far the fan-out is, and the indexes that it, its claims and its figures need.

What campaigns queue stands in an index of its own, led by the campaign: one that is paused is in nobody's way.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.columns import Where
from mobile_gateway.models.operations import AddConstraints


def _moment() -> fields.DatetimeField[Any]:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0013_devices_of_sign_ins")]

    operations = [
        ops.AddField(
            model_name="Campaign",
            name="edited_by",
            field=fields.ForeignKeyField(
                "mobile_gateway.Person",
                source_field="edited_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        *(
            ops.AddField(model_name="Campaign", name=name, field=_moment())
            for name in ("approved_at", "tested_at", "begun_at", "sending_since", "proven_at")
        ),
        *(
            ops.AddField(model_name="Campaign", name=name, field=fields.BigIntField(db_default=0))
            for name in ("looked_at", "people", "opted_out", "without_device", "deliveries")
        ),
        ops.AddIndex(
            model_name="Campaign",
            index=Where(
                fields=["id"],
                name="campaign_under_way_idx",
                condition="finished_at IS NULL AND state IN ('SCHEDULED', 'SENDING', 'CANCELLED')",
            ),
        ),
        AddConstraints(
            {
                "Campaign": (
                    CheckConstraint(check="approved_by_id <> edited_by_id", name="campaign_second_editor"),
                )
            }
        ),
        ops.RemoveIndex(model_name="Delivery", name="delivery_due_idx", fields=None),
        ops.AddIndex(
            model_name="Delivery",
            index=Where(
                fields=["message_class", "due_at"],
                name="delivery_due_idx",
                condition="state = 'DUE' AND campaign_id IS NULL",
            ),
        ),
        ops.AddIndex(
            model_name="Delivery",
            index=Where(
                fields=["campaign_id", "due_at"],
                name="delivery_campaign_due_idx",
                condition="state = 'DUE' AND campaign_id IS NOT NULL",
            ),
        ),
        ops.RemoveIndex(model_name="Delivery", name="delivery_campaign_idx", fields=None),
        ops.AddIndex(
            model_name="Delivery",
            index=Where(
                fields=["campaign_id", "state", "outcome", "person_id", "id"],
                name="delivery_campaign_idx",
                condition="campaign_id IS NOT NULL",
            ),
        ),
        ops.AddIndex(
            model_name="TeachingRecord",
            index=Where(
                fields=["school_id", "person_id"],
                name="teaching_record_primary_idx",
                condition="is_primary AND left_at IS NULL",
            ),
        ),
    ]
