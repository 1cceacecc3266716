"""What claiming, rendering and reissuing certificates need, and the night on which they open (PRODUCT.md §8)."""

import functools
from json import dumps, loads
from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models.columns import Where
from mobile_gateway.models.operations import AddConstraints


def _to(model: str) -> Any:
    return fields.ForeignKeyField(
        f"mobile_gateway.{model}",
        source_field=f"{model.lower()}_id",
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0010_catalogue_edited")]

    operations = [
        ops.CreateModel(
            name="CertificateOpening",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("topic", _to("Topic")),
                ("opens_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("round", fields.IntField(db_default=1)),
                ("after_person", fields.BigIntField(db_default=0)),
                ("looked_at", fields.BigIntField(db_default=0)),
                ("told", fields.BigIntField(db_default=0)),
                ("started_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "certificate_opening",
                "app": "mobile_gateway",
                "indexes": [
                    Where(
                        fields=["due_at"],
                        name="certificate_opening_due_idx",
                        condition="finished_at IS NULL",
                    )
                ],
                "pk_attr": "id",
                "table_description": "How far the night is on which a topic's certificates open: everyone up to"
                " `after_person` was looked at.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CertificatePreview",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("person", _to("Person")),
                ("topic", _to("Topic")),
                (
                    "printed",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("picture", fields.BinaryField(null=True)),
                ("created_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ("tries", fields.IntField(db_default=0)),
            ],
            options={
                "table": "certificate_preview",
                "app": "mobile_gateway",
                "indexes": [
                    Where(fields=["due_at"], name="certificate_preview_due_idx", condition="picture IS NULL"),
                    Index(fields=["created_at"], name="certificate_preview_created_idx"),
                ],
                "pk_attr": "id",
                "table_description": "What a person last looked at before claiming, masked, and its picture once a"
                " worker has drawn it.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Person",
            name="identity_edited_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RemoveIndex(model_name="Certificate", name="certificate_to_render_idx", fields=None),
        ops.AddField(
            model_name="Certificate",
            name="document_due_at",
            field=fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name="Certificate", name="document_tries", field=fields.IntField(db_default=0)),
        ops.AddField(
            model_name="Certificate",
            name="left_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Certificate",
            name="ready_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Certificate",
            index=Where(fields=["ready_at"], name="certificate_ready_idx", condition="ready_at IS NOT NULL"),
        ),
        ops.AddIndex(
            model_name="Certificate",
            index=Where(
                fields=["document_due_at"],
                name="certificate_to_render_idx",
                condition="document_key IS NULL AND state <> 'VOID'",
            ),
        ),
        ops.AddIndex(
            model_name="Certificate", index=Index(fields=["topic_id"], name="certificate_topic_idx")
        ),
        AddConstraints(
            {
                "CertificateOpening": (
                    UniqueConstraint(fields=("topic_id", "opens_at"), name="certificate_opening_key"),
                    CheckConstraint(check="round IN (1, 2)", name="certificate_opening_round"),
                ),
                "CertificatePreview": (
                    UniqueConstraint(fields=("person_id", "topic_id"), name="certificate_preview_key"),
                ),
                "Certificate": (
                    CheckConstraint(
                        check="void_reason IN ('REISSUED', 'WATCH_VOIDED', 'FRAUD')",
                        name="certificate_void_reason_known",
                    ),
                    CheckConstraint(
                        check="ready_at IS NULL OR state = 'REISSUE_PENDING'",
                        name="certificate_ready_is_pending",
                    ),
                ),
            }
        ),
    ]
