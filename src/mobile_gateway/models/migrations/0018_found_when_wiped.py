"""What a wipe deletes is found by indexes: deliveries by their device, settled ones too, and all records of a person.

The new index is there before the old one goes. While it is built deliveries are read and not written.
"""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0017_carried_devices")]

    operations = [
        ops.AddIndex(
            model_name="TeachingRecord", index=Index(fields=["person_id"], name="teaching_record_person_idx")
        ),
        ops.AddIndex(model_name="Delivery", index=Index(fields=["device_id"], name="delivery_of_device_idx")),
        ops.RemoveIndex(model_name="Delivery", name="delivery_device_idx", fields=None),
    ]
