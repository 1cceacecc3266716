"""Where people teach, and who looks after them."""

import functools
from json import dumps, loads

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now, SqlDefault
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import Where

TABLES = [
    ops.CreateModel(
        name="TeachingRecord",
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
                "school",
                fields.ForeignKeyField(
                    "mobile_gateway.School",
                    source_field="school_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("state", fields.CharField(max_length=24)),
            ("is_primary", fields.BooleanField()),
            ("teaching_stage", fields.CharField(null=True, max_length=24)),
            ("subject", fields.CharField(null=True, max_length=40)),
            ("grade", fields.CharField(null=True, max_length=40)),
            ("reason", fields.CharField(null=True, max_length=200)),
            (
                "decided_by",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="decided_by_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("submitted_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("left_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("version", fields.IntField(db_default=1)),
        ],
        options={
            "table": "teaching_record",
            "app": "mobile_gateway",
            "indexes": [
                Where(
                    fields=["school_id", "state", "submitted_at"],
                    name="teaching_record_roster_idx",
                    condition="left_at IS NULL",
                )
            ],
            "pk_attr": "id",
            "table_description": "当前任教信息: a person at a school; the verification state lives here.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="StaffGrant",
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
            ("role", fields.CharField(max_length=24)),
            (
                "school",
                fields.ForeignKeyField(
                    "mobile_gateway.School",
                    source_field="school_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "county",
                fields.ForeignKeyField(
                    "mobile_gateway.Region",
                    source_field="county_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("granted_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "staff_grant",
            "app": "mobile_gateway",
            "indexes": [
                Where(fields=["school_id"], name="staff_grant_school_idx", condition="revoked_at IS NULL"),
                Where(fields=["county_id"], name="staff_grant_county_idx", condition="revoked_at IS NULL"),
            ],
            "pk_attr": "id",
            "table_description": "A staff role with its scope: a school, a county, or the whole platform.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="AuditEntry",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            (
                "actor",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="actor_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("role", fields.CharField(null=True, max_length=24)),
            ("act", fields.CharField(max_length=48)),
            ("subject_kind", fields.CharField(max_length=24)),
            ("subject_id", fields.BigIntField()),
            (
                "school",
                fields.ForeignKeyField(
                    "mobile_gateway.School",
                    source_field="school_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "county",
                fields.ForeignKeyField(
                    "mobile_gateway.Region",
                    source_field="county_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("reason", fields.CharField(null=True, max_length=200)),
            (
                "data",
                fields.JSONField(
                    db_default=SqlDefault("'{}'"),
                    encoder=functools.partial(dumps, separators=(",", ":")),
                    decoder=loads,
                ),
            ),
        ],
        options={
            "table": "audit_entry",
            "app": "mobile_gateway",
            "indexes": [
                Index(fields=["school_id", "id"], name="audit_entry_school_idx"),
                Index(fields=["county_id", "id"], name="audit_entry_county_idx"),
                Index(fields=["actor_id", "id"], name="audit_entry_actor_idx"),
            ],
            "pk_attr": "id",
            "table_description": "One act of staff, or one view of full personal data. The serving role may insert and read.",
        },
        bases=["Model"],
    ),
]
