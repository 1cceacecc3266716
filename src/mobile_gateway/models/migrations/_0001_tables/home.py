"""What the resource home shows."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import TextArrayField

TABLES = [
    ops.CreateModel(
        name="Shelf",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("tab", fields.CharField(max_length=24)),
            ("title", fields.CharField(max_length=60)),
            ("title_en", fields.CharField(max_length=60)),
            ("position", fields.IntField()),
        ],
        options={
            "table": "shelf",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A titled row of topics and resources on the resource home.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="ShelfItem",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            (
                "shelf",
                fields.ForeignKeyField(
                    "mobile_gateway.Shelf",
                    source_field="shelf_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.CASCADE,
                ),
            ),
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
            (
                "resource",
                fields.ForeignKeyField(
                    "mobile_gateway.Resource",
                    source_field="resource_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("position", fields.IntField()),
        ],
        options={
            "table": "shelf_item",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A topic or a resource on a shelf.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Banner",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("tab", fields.CharField(max_length=24)),
            ("position", fields.IntField()),
            ("title", fields.CharField(max_length=100)),
            ("title_en", fields.CharField(max_length=100)),
            ("image_url", fields.CharField(max_length=300)),
            ("target", fields.CharField(max_length=24)),
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
            ("publish_start", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("publish_end", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("identities", TextArrayField(generated=False, null=False, unique=False)),
            ("client_kinds", TextArrayField(generated=False, null=False, unique=False)),
        ],
        options={
            "table": "banner",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A slide of the carousel: where, when and to whom it shows, and where it leads.",
        },
        bases=["Model"],
    ),
]
