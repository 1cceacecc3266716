from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models.operations import AddConstraints


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0003_learner_keys")]

    operations = [
        ops.CreateModel(
            name="PushLane",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("provider", fields.CharField(max_length=24)),
                ("platform", fields.CharField(max_length=24)),
                ("halted_until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(max_length=40)),
            ],
            options={
                "table": "push_lane",
                "app": "mobile_gateway",
                "pk_attr": "id",
                "table_description": "A lane that stands still: deliveries to a platform through a provider wait"
                " until `halted_until`.",
            },
            bases=["Model"],
        ),
        AddConstraints(
            {
                "PushLane": (
                    CheckConstraint(check="provider IN ('FCM')", name="push_lane_provider_known"),
                    CheckConstraint(check="platform IN ('ANDROID', 'IOS')", name="push_lane_platform_known"),
                    UniqueConstraint(fields=("provider", "platform"), name="push_lane_key"),
                )
            }
        ),
    ]
