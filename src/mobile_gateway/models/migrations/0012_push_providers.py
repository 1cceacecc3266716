from tortoise import migrations
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.operations import ReplaceChecks

KNOWN = "provider IN ('FCM', 'HUAWEI')"


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0011_certificates")]

    operations = [
        ReplaceChecks(
            {
                "Device": (CheckConstraint(check=KNOWN, name="device_provider_known"),),
                "PushLane": (CheckConstraint(check=KNOWN, name="push_lane_provider_known"),),
            }
        ),
    ]
