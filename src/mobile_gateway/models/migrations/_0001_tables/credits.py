"""What evidence became."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import Where

TABLES = [
    ops.CreateModel(
        name="Completion",
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
            (
                "topic",
                fields.ForeignKeyField(
                    "mobile_gateway.Topic",
                    source_field="topic_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "resource",
                fields.ForeignKeyField(
                    "mobile_gateway.Resource",
                    source_field="resource_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "media_version",
                fields.ForeignKeyField(
                    "mobile_gateway.MediaVersion",
                    source_field="media_version_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("duration_ms", fields.IntField()),
            ("earned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("recorded_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "completion",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A resource completed by a person in a topic, once; `duration_ms` is frozen (0 for a document).",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="CreditEntry",
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
            (
                "topic",
                fields.ForeignKeyField(
                    "mobile_gateway.Topic",
                    source_field="topic_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "course",
                fields.ForeignKeyField(
                    "mobile_gateway.Course",
                    source_field="course_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "resource",
                fields.ForeignKeyField(
                    "mobile_gateway.Resource",
                    source_field="resource_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("ms", fields.IntField()),
            ("earned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("recorded_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "credit_entry",
            "app": "mobile_gateway",
            "indexes": [Index(fields=["course_id"], name="credit_entry_course_idx")],
            "pk_attr": "id",
            "table_description": "Milliseconds of video that a completion brought to one course; the source is the completion.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Certificate",
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
            (
                "topic",
                fields.ForeignKeyField(
                    "mobile_gateway.Topic",
                    source_field="topic_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("version", fields.IntField()),
            ("serial", fields.CharField(max_length=16)),
            ("state", fields.CharField(max_length=24)),
            ("snapshot_sealed", fields.BinaryField()),
            ("masked_name", fields.CharField(max_length=50)),
            ("recognised_ms", fields.BigIntField()),
            ("first_issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("reissue_due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("document_key", fields.CharField(null=True, max_length=120)),
            ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("void_reason", fields.CharField(null=True, max_length=24)),
        ],
        options={
            "table": "certificate",
            "app": "mobile_gateway",
            "indexes": [
                Where(
                    fields=["reissue_due_at"],
                    name="certificate_reissue_idx",
                    condition="state = 'REISSUE_PENDING'",
                ),
                Where(
                    fields=["issued_at"],
                    name="certificate_to_render_idx",
                    condition="document_key IS NULL",
                ),
            ],
            "pk_attr": "id",
            "table_description": "One version of a person's certificate for a topic.",
        },
        bases=["Model"],
    ),
]
