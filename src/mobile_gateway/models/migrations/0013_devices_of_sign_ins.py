"""A device knows the sign-in that registered it: while that is refreshed, the device is in use."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0012_push_providers")]

    operations = [
        ops.AddField(model_name="Device", name="sign_in_id", field=fields.UUIDField(null=True)),
    ]
