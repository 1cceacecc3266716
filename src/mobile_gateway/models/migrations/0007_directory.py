"""The school directory's search (PRODUCT.md §6, docs/decisions/0008-school-search.md).

Rows of `school_search` are made of `school` by the worker, which finds those that are due by `spelled_at`.
"""

from tortoise import fields, migrations
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import IntArrayField, Where


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0006_people")]

    operations = [
        ops.CreateModel(
            name="SchoolSearch",
            fields=[
                (
                    "school_id",
                    fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True),
                ),
                (
                    "province",
                    fields.ForeignKeyField(
                        "mobile_gateway.Region",
                        source_field="province_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("length", fields.IntField()),
                ("names", fields.TextField(unique=False)),
                ("initials", fields.TextField(db_default="", unique=False)),
                ("spellings", fields.TextField(db_default="", unique=False)),
                ("grams", IntArrayField(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "school_search",
                "app": "mobile_gateway",
                "indexes": [
                    GinIndex(fields=["grams"], name="school_search_grams_idx"),
                    Index(fields=["length", "school_id"], name="school_search_length_idx"),
                    Index(fields=["province_id", "length", "school_id"], name="school_search_province_idx"),
                ],
                "pk_attr": "school_id",
                "table_description": "An active school as it is sought: its lines and its grams (rules.school_search);"
                " made of `school` at any time.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            "ALTER TABLE school_search ADD CONSTRAINT school_search_school_id_fkey"
            " FOREIGN KEY (school_id) REFERENCES school (id) ON DELETE RESTRICT"
        ),
        # What is written is in the index at once: a search never walks a list of what is not sorted in yet.
        ops.RunSQL("ALTER INDEX school_search_grams_idx SET (fastupdate = off)"),
        ops.AddField(
            model_name="School",
            name="spelled_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="School",
            index=Where(
                fields=["id"],
                name="school_unspelled_idx",
                condition="spelled_at IS NULL AND merged_at IS NULL",
            ),
        ),
        ops.AddIndex(
            model_name="School",
            index=Where(
                fields=["successor_id"], name="school_successor_idx", condition="merged_at IS NOT NULL"
            ),
        ),
    ]
