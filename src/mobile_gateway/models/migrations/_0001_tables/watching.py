"""Evidence of watching."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from mobile_gateway.models.columns import MultirangeField, Where

TABLES = [
    ops.CreateModel(
        name="Enrolment",
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
            ("enrolled_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("completed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "enrolment",
            "app": "mobile_gateway",
            "indexes": [Index(fields=["topic_id", "person_id"], name="enrolment_topic_idx")],
            "pk_attr": "id",
            "table_description": "A person in a topic. `completed_at` is when every course reached its cap for the first time.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="PlaybackSession",
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
                "media_version",
                fields.ForeignKeyField(
                    "mobile_gateway.MediaVersion",
                    source_field="media_version_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("mode", fields.CharField(max_length=24)),
            ("client_kind", fields.CharField(max_length=24)),
            ("wipe_epoch", fields.IntField()),
            ("earning", fields.BooleanField()),
            ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("accepted_ms", fields.BigIntField(db_default=0)),
        ],
        options={
            "table": "playback_session",
            "app": "mobile_gateway",
            "indexes": [
                Where(
                    fields=["person_id", "opened_at"],
                    name="playback_session_earned_idx",
                    condition="accepted_ms > 0",
                ),
                Where(
                    fields=["person_id", "opened_at", "mode"],
                    name="playback_session_alive_idx",
                    condition="ended_at IS NULL",
                ),
            ],
            "pk_attr": "id",
            "table_description": "One opening of a video of a topic. Times are the domain's; `accepted_ms` is new media it brought.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Beat",
        fields=[
            ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
            ("person_id", fields.BigIntField()),
            ("session_id", fields.BigIntField()),
            ("seq", fields.IntField()),
            ("digest", fields.BinaryField()),
            ("new_ms", fields.IntField()),
            ("accepted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "beat",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "An accepted beat and its stored answer; `(session, seq)` is unique, the digest tells a replay.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="Coverage",
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
                "media_version",
                fields.ForeignKeyField(
                    "mobile_gateway.MediaVersion",
                    source_field="media_version_id",
                    db_constraint=True,
                    to_field="id",
                    related_name=False,
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ("spans", MultirangeField(generated=False, null=False, unique=False)),
            ("wipe_epoch", fields.IntField()),
            ("covered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ("verdict_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "coverage",
            "app": "mobile_gateway",
            "indexes": [
                Where(
                    fields=["covered_at", "person_id"],
                    name="coverage_due_idx",
                    condition="covered_at IS NOT NULL AND verdict_at IS NULL",
                )
            ],
            "pk_attr": "id",
            "table_description": "The union of a person's accepted spans of one media version in one topic; it only grows.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="ResumePosition",
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
            ("position_ms", fields.IntField()),
            ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "resume_position",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "Where a person left a resource. It earns nothing.",
        },
        bases=["Model"],
    ),
    ops.CreateModel(
        name="RiskFlag",
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
            ("session_id", fields.BigIntField()),
            ("kind", fields.CharField(max_length=24)),
            ("excess_ms", fields.BigIntField()),
            ("raised_at", fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
        ],
        options={
            "table": "risk_flag",
            "app": "mobile_gateway",
            "pk_attr": "id",
            "table_description": "Something a person's evidence did that an honest client does not; one row a session and kind.",
        },
        bases=["Model"],
    ),
]
