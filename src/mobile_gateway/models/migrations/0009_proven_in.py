"""The proof of an old phone belongs to the sign-in that gave it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0008_found_by_person")]

    operations = [
        ops.AddField(
            model_name="PhoneChange",
            name="proven_in",
            field=fields.UUIDField(null=True),
        ),
    ]
