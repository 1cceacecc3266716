"""People and their ways in."""

from uuid import uuid4

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import Where

TABLES = [
    ops.CreateModel(
        name="Person",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("identity", fields.CharField(max_length=24)),
            ("wipe_epoch", fields.IntField(db_default=0)),
            ("phone", fields.CharField(null=True, max_length=16)),
            (
                "student_school",
                fields.ForeignKeyField(
                    "mobile_gateway.School",
                    source_field="student_school_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("student_number", fields.CharField(null=True, max_length=32)),
            ("password_hash", fields.TextField(null=True, unique=False)),
            ("name", fields.CharField(null=True, max_length=50)),
            ("gender", fields.CharField(null=True, max_length=8)),
            ("email", fields.CharField(null=True, max_length=254)),
            ("document_type", fields.CharField(null=True, max_length=32)),
            ("document_sealed", fields.BinaryField(null=True)),
            ("document_index", fields.BinaryField(null=True)),
            ("document_last4", fields.CharField(null=True, max_length=4)),
            ("locale", fields.CharField(db_default="zh-CN", max_length=8)),
            ("version", fields.IntField(db_default=1)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("last_seen_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "person",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "One account. Its phone number, or a student number within a school, is the login name.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="SignIn",
        fields=[
            ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
            (
                "person",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="person_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("client_kind", fields.CharField(max_length=24)),
            ("wipe_epoch", fields.IntField()),
            ("strong_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("end_reason", fields.CharField(null=True, max_length=24)),
        ],
        options={
            "table": "sign_in",
            "app": "mobile_gateway",
            "indexes": [Where(fields=["person_id"], name="sign_in_alive_idx", condition="ended_at IS NULL")],
            "pk_attr": "id",
            "table_description": "A session of a person on one client: what access and refresh tokens hang on.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="RefreshToken",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            (
                "sign_in",
                fields.ForeignKeyField(
                    "mobile_gateway.SignIn",
                    source_field="sign_in_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.CASCADE,
                ),
            ),
            ("token_hash", fields.BinaryField()),
            ("issued_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("rotated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "refresh_token",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "One link of a sign-in's chain of refresh tokens, kept as a hash.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="SmsCode",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("phone", fields.CharField(max_length=16)),
            ("purpose", fields.CharField(max_length=24)),
            ("code_mac", fields.BinaryField()),
            ("network", fields.CharField(max_length=64)),
            ("tries", fields.IntField(db_default=0)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "sms_code",
            "app": "mobile_gateway",
            "indexes": [
                Index(fields=["phone", "created_at"], name="sms_code_phone_idx"),
                Index(fields=["network", "created_at"], name="sms_code_network_idx"),
            ],
            "pk_attr": "id",
            "table_description": "A one-time code; kept as an HMAC, with its tries. Rows, so that emptying Redis resets no quota.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="SmsOutbox",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("source", fields.CharField(max_length=64)),
            ("phone", fields.CharField(max_length=16)),
            ("kind", fields.CharField(max_length=24)),
            ("locale", fields.CharField(max_length=8)),
            ("params_sealed", fields.BinaryField(null=True)),
            ("attempts", fields.IntField(db_default=0)),
            ("due_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("outcome", fields.CharField(null=True, max_length=24)),
        ],
        options={
            "table": "sms_outbox",
            "app": "mobile_gateway",
            "indexes": [Where(fields=["due_at"], name="sms_outbox_due_idx", condition="settled_at IS NULL")],
            "pk_attr": "id",
            "table_description": "A text message that must go out; what is secret in it is sealed, and erased once sent.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="PhoneChange",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            (
                "person",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="person_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("old_phone", fields.CharField(max_length=16)),
            ("new_phone", fields.CharField(null=True, max_length=16)),
            ("old_proven_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "phone_change",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A swap of the account's phone, proven first by the old one and then by the new one.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="RebindTicket",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("number", fields.CharField(max_length=16)),
            ("secret_hash", fields.BinaryField()),
            ("state", fields.CharField(max_length=24)),
            ("new_phone", fields.CharField(max_length=16)),
            ("details_sealed", fields.BinaryField(null=True)),
            ("photo_key", fields.CharField(null=True, max_length=120)),
            (
                "agent",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="agent_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("reason", fields.CharField(null=True, max_length=200)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "rebind_ticket",
            "app": "mobile_gateway",
            "indexes": [
                Where(fields=["created_at"], name="rebind_ticket_queue_idx", condition="closed_at IS NULL")
            ],
            "pk_attr": "id",
            "table_description": "A request to move an account to a new phone when the old one is gone (manual, question 3).",
        },
        bases=["Model"],
    ),
]
