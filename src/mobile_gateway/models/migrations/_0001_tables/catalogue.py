"""Resources and topics with their outlines."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

TABLES = [
    ops.CreateModel(
        name="Resource",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("slug", fields.CharField(max_length=80)),
            ("kind", fields.CharField(max_length=24)),
            ("title", fields.CharField(max_length=120)),
            ("title_en", fields.CharField(max_length=200)),
            ("document_url", fields.CharField(null=True, max_length=300)),
        ],
        options={
            "table": "resource",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A video or a document; the same one can be listed in two courses.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="MediaVersion",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
            ("version", fields.IntField()),
            ("duration_ms", fields.IntField()),
            ("url", fields.CharField(max_length=300)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "media_version",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "One encoding of a video; replaced media is a new version. The newest one is played.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Topic",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("slug", fields.CharField(max_length=60)),
            ("title", fields.CharField(max_length=100)),
            ("title_en", fields.CharField(max_length=100)),
            ("learning_start", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("learning_end", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("certificates_open_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("ms_per_credit", fields.IntField()),
            ("published", fields.BooleanField(db_default=True)),
        ],
        options={
            "table": "topic",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "专题: a learning window, a certificate opening, milliseconds of video per credit.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Course",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
            ("slug", fields.CharField(max_length=60)),
            ("title", fields.CharField(max_length=100)),
            ("title_en", fields.CharField(max_length=100)),
            ("required_credits", fields.IntField()),
            ("position", fields.IntField()),
        ],
        options={
            "table": "course",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A course of a topic. Its required credits are also its cap.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Section",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
            ("title", fields.CharField(max_length=100)),
            ("title_en", fields.CharField(max_length=160)),
            ("position", fields.IntField()),
        ],
        options={
            "table": "section",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A part of a course's outline; for course 7 a sub-course.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Listing",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            (
                "section",
                fields.ForeignKeyField(
                    "mobile_gateway.Section",
                    source_field="section_id",
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
            ("position", fields.IntField()),
            ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "listing",
            "app": "mobile_gateway",
            "indexes": [Index(fields=["resource_id"], name="listing_resource_idx")],
            "pk_attr": "id",
            "table_description": "A resource in a section of a course; taken out by `removed_at`, which keeps what it earned.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="PublicLink",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("slug", fields.CharField(max_length=60)),
            ("segment", fields.CharField(max_length=24)),
            (
                "topic",
                fields.ForeignKeyField(
                    "mobile_gateway.Topic",
                    source_field="topic_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("url", fields.CharField(null=True, max_length=300)),
        ],
        options={
            "table": "public_link",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "An entrance of the public platform's page: BASIC leads to a topic, the others to an external link.",
        },
        bases=["Model"],
    ),
]
