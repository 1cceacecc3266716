"""A campaign's moment is part of what is approved, and it begins then, whichever release schedules it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.operations import AddConstraints

AS_PLANNED = (
    "planned_for IS NULL OR starts_at IS NULL"
    " OR starts_at BETWEEN planned_for - interval '5 minutes' AND planned_for + interval '10 minutes'"
)


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0015_lanes_of_deliveries")]

    operations = [
        ops.AddField(
            model_name="Campaign",
            name="planned_for",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddConstraints({"Campaign": (CheckConstraint(check=AS_PLANNED, name="campaign_starts_as_planned"),)}),
    ]
