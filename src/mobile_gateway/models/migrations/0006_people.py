"""What registration, verification and rebinding need (PRODUCT.md §5 to §7)."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from mobile_gateway.models.columns import Where
from mobile_gateway.models.operations import AddConstraints


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0005_frozen")]

    operations = [
        ops.CreateModel(
            name="SignInTry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("login_index", fields.BinaryField()),
                ("network", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_try",
                "app": "mobile_gateway",
                "indexes": [
                    Index(fields=["login_index", "created_at"], name="sign_in_try_login_idx"),
                    Index(fields=["network", "created_at"], name="sign_in_try_network_idx"),
                ],
                "pk_attr": "id",
                "table_description": "A try to sign in by a password; rows, so that emptying Redis resets no lock."
                " Kept for the lock's time.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("purpose", fields.CharField(max_length=24)),
                ("network", fields.CharField(max_length=64)),
                ("media_type", fields.CharField(null=True, max_length=24)),
                ("sealed", fields.BinaryField(null=True)),
                ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("stored_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attached_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "upload",
                "app": "mobile_gateway",
                "indexes": [
                    Where(fields=["expires_at"], name="upload_loose_idx", condition="attached_at IS NULL"),
                    Index(fields=["network", "created_at"], name="upload_network_idx"),
                ],
                "pk_attr": "id",
                "table_description": "An address that a file may be sent to once, and the file, sealed; what it belongs"
                " to names it by its id.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="RebindTicket",
            name="taken_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="RebindTicket",
            name="called_back_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddConstraints(
            {
                "Upload": (
                    CheckConstraint(check="purpose IN ('REBIND_PHOTO')", name="upload_purpose_known"),
                    CheckConstraint(
                        check="num_nulls(stored_at, media_type, sealed) IN (0, 3)", name="upload_whole"
                    ),
                    CheckConstraint(
                        check="attached_at IS NULL OR stored_at IS NOT NULL", name="upload_attached_is_stored"
                    ),
                ),
                "TeachingRecord": (
                    CheckConstraint(
                        check="teaching_stage IN ('KINDERGARTEN', 'PRIMARY', 'JUNIOR_HIGH', 'SENIOR_HIGH',"
                        " 'SPECIAL', 'SECONDARY_VOCATIONAL', 'HIGHER_VOCATIONAL', 'HIGHER')",
                        name="teaching_record_teaching_stage_known",
                    ),
                ),
            }
        ),
    ]
