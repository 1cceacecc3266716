"""A delivery knows its lane: with millions due in one, another's are found at once, and so is that there are none."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.columns import Where
from mobile_gateway.models.operations import AddConstraints

FROM_DEVICES = """
UPDATE delivery y SET provider = d.provider, platform = d.platform
  FROM device d WHERE d.id = y.device_id AND y.settled_at IS NULL AND (d.provider, d.platform) <> ('FCM', 'ANDROID')
"""


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0014_campaigns")]

    operations = [
        *(
            ops.AddField(
                model_name="Delivery",
                name=name,
                field=fields.CharField(max_length=24, db_default=value),
            )
            for name, value in (("provider", "FCM"), ("platform", "ANDROID"))
        ),
        ops.RunSQL(FROM_DEVICES),
        AddConstraints(
            {
                "Delivery": (
                    CheckConstraint(check="provider IN ('FCM', 'HUAWEI')", name="delivery_provider_known"),
                    CheckConstraint(check="platform IN ('ANDROID', 'IOS')", name="delivery_platform_known"),
                )
            }
        ),
        ops.RemoveIndex(model_name="Delivery", name="delivery_due_idx", fields=None),
        ops.AddIndex(
            model_name="Delivery",
            index=Where(
                fields=["message_class", "provider", "platform", "due_at"],
                name="delivery_due_idx",
                condition="state = 'DUE' AND campaign_id IS NULL",
            ),
        ),
        ops.RemoveIndex(model_name="Delivery", name="delivery_campaign_due_idx", fields=None),
        ops.AddIndex(
            model_name="Delivery",
            index=Where(
                fields=["campaign_id", "provider", "platform", "due_at"],
                name="delivery_campaign_due_idx",
                condition="state = 'DUE' AND campaign_id IS NOT NULL",
            ),
        ),
    ]
