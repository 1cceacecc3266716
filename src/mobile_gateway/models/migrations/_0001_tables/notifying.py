"""Notifications, campaigns and their ways to devices."""

import functools
from json import dumps, loads

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import Where

TABLES = [
    ops.CreateModel(
        name="InboxItem",
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
            ("kind", fields.CharField(max_length=24)),
            ("subject", fields.CharField(max_length=80)),
            ("message_class", fields.CharField(max_length=24)),
            (
                "data",
                fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
            ),
            ("happened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "inbox_item",
            "app": "mobile_gateway",
            "indexes": [
                Where(fields=["person_id"], name="inbox_item_unread_idx", condition="read_at IS NULL")
            ],
            "pk_attr": "id",
            "table_description": "A notification; unique per person, kind and subject (the id of the event). `data` fills its text.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="NotificationPreference",
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
            ("kind", fields.CharField(max_length=24)),
            ("push", fields.BooleanField()),
        ],
        options={
            "table": "notification_preference",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "Whether a person wants a kind pushed; no row means yes. The inbox always gets it.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Device",
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
            ("provider", fields.CharField(max_length=24)),
            ("platform", fields.CharField(max_length=24)),
            ("token", fields.TextField(unique=False)),
            ("token_hash", fields.BinaryField()),
            ("locale", fields.CharField(max_length=8)),
            ("app_version", fields.CharField(null=True, max_length=24)),
            ("state", fields.CharField(max_length=24)),
            ("registered_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("last_seen_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "device",
            "app": "mobile_gateway",
            "indexes": [Where(fields=["person_id"], name="device_active_idx", condition="state = 'ACTIVE'")],
            "pk_attr": "id",
            "table_description": "A device that follows the account it is signed in to; its token is unique, whoever holds it.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Campaign",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("state", fields.CharField(max_length=24)),
            ("title", fields.CharField(max_length=60)),
            ("title_en", fields.CharField(max_length=120)),
            ("body", fields.CharField(max_length=300)),
            ("body_en", fields.CharField(max_length=600)),
            ("deep_link", fields.CharField(max_length=300)),
            (
                "segment",
                fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
            ),
            ("starts_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            (
                "created_by",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="created_by_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            (
                "approved_by",
                fields.ForeignKeyField(
                    "mobile_gateway.Person",
                    source_field="approved_by_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("pause_reason", fields.CharField(null=True, max_length=60)),
            ("cursor", fields.BigIntField(db_default=0)),
            ("expanded_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("version", fields.IntField(db_default=1)),
        ],
        options={
            "table": "campaign",
            "app": "mobile_gateway",
            "indexes": [
                Where(
                    fields=["starts_at"],
                    name="campaign_due_idx",
                    condition="state IN ('SCHEDULED', 'SENDING')",
                )
            ],
            "pk_attr": "id",
            "table_description": "A push campaign. `cursor` is the last person expanded; it moves with the rows it made.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Delivery",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("person_id", fields.BigIntField()),
            ("inbox_item_id", fields.BigIntField()),
            (
                "device",
                fields.ForeignKeyField(
                    "mobile_gateway.Device",
                    source_field="device_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.CASCADE,
                ),
            ),
            (
                "campaign",
                fields.ForeignKeyField(
                    "mobile_gateway.Campaign",
                    source_field="campaign_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("message_class", fields.CharField(max_length=24)),
            ("state", fields.CharField(max_length=24)),
            ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("lease_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("attempt_id", fields.UUIDField(null=True)),
            ("attempts", fields.IntField(db_default=0)),
            ("outcome", fields.CharField(null=True, max_length=40)),
            ("provider_message_id", fields.CharField(null=True, max_length=200)),
            ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
            ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "delivery",
            "app": "mobile_gateway",
            "indexes": [
                Where(fields=["message_class", "due_at"], name="delivery_due_idx", condition="state = 'DUE'"),
                Where(fields=["lease_until"], name="delivery_leased_idx", condition="state = 'LEASED'"),
                Where(
                    fields=["campaign_id", "state"],
                    name="delivery_campaign_idx",
                    condition="campaign_id IS NOT NULL",
                ),
                Where(fields=["device_id"], name="delivery_device_idx", condition="settled_at IS NULL"),
            ],
            "pk_attr": "id",
            "table_description": "One inbox row on its way to one device. Claimed with a lease and an attempt id, settled with both.",
        },
        bases=["Model"],
    ),
]
