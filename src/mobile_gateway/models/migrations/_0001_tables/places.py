"""Places, the clock and what is counted for nobody."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now, SqlDefault
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import TextArrayField

TABLES = [
    ops.CreateModel(
        name="DomainClockRow",
        fields=[
            ("id", fields.SmallIntField(generated=False, primary_key=True, unique=True, db_index=True)),
            ("real_anchor", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("domain_anchor", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("speed", fields.FloatField()),
        ],
        options={
            "table": "domain_clock",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "The one row that moves the domain's clock; no row is the real clock. Production refuses to start on one.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="DownloadScan",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("day", fields.DateField()),
            ("channel", fields.CharField(max_length=40)),
            ("client", fields.CharField(max_length=12)),
            ("scans", fields.BigIntField()),
        ],
        options={
            "table": "download_scan",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "Scans of the download QR per channel, client and day; nothing personal.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Revision",
        fields=[
            ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24)),
            ("value", fields.BigIntField(db_default=1)),
            ("changed_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "revision",
            "app": "mobile_gateway",
            "pk_attr": "name",
            "table_description": "A counter that grows with every change of what processes keep in memory: catalogue, directory.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Region",
        fields=[
            ("id", fields.IntField(generated=False, primary_key=True, unique=True, db_index=True)),
            ("level", fields.CharField(max_length=24)),
            ("name", fields.CharField(max_length=60)),
            (
                "parent",
                fields.ForeignKeyField(
                    "mobile_gateway.Region",
                    source_field="parent_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
        ],
        options={
            "table": "region",
            "app": "mobile_gateway",
            "indexes": [Index(fields=["parent_id"], name="region_parent_idx")],
            "pk_attr": "id",
            "table_description": "A province, city or county, by its GB/T 2260 code.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="School",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            (
                "county",
                fields.ForeignKeyField(
                    "mobile_gateway.Region",
                    source_field="county_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("name", fields.CharField(max_length=100)),
            ("normalised_name", fields.CharField(max_length=100)),
            (
                "aliases",
                TextArrayField(db_default=SqlDefault("'{}'"), generated=False, null=False, unique=False),
            ),
            ("stage", fields.CharField(max_length=24)),
            (
                "successor",
                fields.ForeignKeyField(
                    "mobile_gateway.School",
                    source_field="successor_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("merged_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "school",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "A school of a county. Merged ones point at their successor.",
        },
        bases=["Model"],
    ),
]
