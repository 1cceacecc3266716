"""No device is beyond its provider. Where one is, its platform was a mistake: Huawei's tokens are of Android alone."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.operations import AddConstraints

MEND = "UPDATE device SET platform = 'ANDROID' WHERE provider = 'HUAWEI' AND platform <> 'ANDROID'"
CARRIED = "provider <> 'HUAWEI' OR platform = 'ANDROID'"


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0016_planned_campaigns")]

    operations = [
        ops.RunSQL(MEND),
        AddConstraints({"Device": (CheckConstraint(check=CARRIED, name="device_is_carried"),)}),
    ]
