"""Indexes by which a wipe and the deletion of old sign-ins find their rows."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0007_directory")]

    operations = [
        ops.AddIndex("Device", Index(fields=["person_id"], name="device_person_idx")),
        ops.AddIndex("PhoneChange", Index(fields=["person_id"], name="phone_change_person_idx")),
        ops.AddIndex("RefreshToken", Index(fields=["sign_in_id"], name="refresh_token_sign_in_idx")),
    ]
