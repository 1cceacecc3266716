"""Learner tables are led by the person's id, so that they partition by hash and shard (decision 0003).

Tortoise wants one column as the primary key of a model; here the database's own key becomes the composite one.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# The natural key of the row is its primary key; `id` stays as a plain column for Tortoise.
NATURAL = {
    "enrolment": ("enrolment_key", "person_id, topic_id"),
    "beat": ("beat_key", "person_id, session_id, seq"),
    "coverage": ("coverage_key", "person_id, topic_id, media_version_id"),
    "resume_position": ("resume_position_key", "person_id, resource_id"),
    "risk_flag": ("risk_flag_key", "person_id, session_id, kind"),
    "notification_preference": ("notification_preference_key", "person_id, kind"),
}
# Something refers to the row, or its natural key is partial: (person_id, id).
NUMBERED = ("playback_session", "completion", "credit_entry", "certificate", "inbox_item", "delivery")


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0002_promises")]

    operations = [
        ops.RunSQL(
            [
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, DROP CONSTRAINT {name},"
                f" ADD CONSTRAINT {name} PRIMARY KEY ({columns})"
                for table, (name, columns) in NATURAL.items()
            ]
        ),
        ops.RunSQL(
            [
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey,"
                f" ADD CONSTRAINT {table}_pkey PRIMARY KEY (person_id, id)"
                for table in NUMBERED
            ]
        ),
        ops.RunSQL(
            [
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (person_id, {column})"
                f" REFERENCES {other} (person_id, id) ON DELETE CASCADE"
                for table, name, column, other in (
                    ("beat", "beat_session_fkey", "session_id", "playback_session"),
                    ("delivery", "delivery_inbox_item_fkey", "inbox_item_id", "inbox_item"),
                )
            ]
        ),
        # The evidence's clock: the real one, or the local run's movable one (decision 0004).
        ops.RunSQL(
            "CREATE FUNCTION domain_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$"
            " SELECT coalesce((SELECT domain_anchor + (clock_timestamp() - real_anchor) * speed"
            " FROM domain_clock WHERE id = 1), clock_timestamp()) $$"
        ),
    ]
