"""The catalogue is edited under versions, banners are withdrawn, and what a certificate promises is frozen.

Once anyone is enrolled, a topic's courses and what they require stay as they are (PRODUCT.md §1, §8).
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0009_proven_in")]

    operations = [
        ops.AddField(model_name="Topic", name="version", field=fields.IntField(db_default=1)),
        ops.AddField(model_name="Course", name="version", field=fields.IntField(db_default=1)),
        ops.AddField(model_name="Section", name="version", field=fields.IntField(db_default=1)),
        ops.AddField(model_name="Resource", name="version", field=fields.IntField(db_default=1)),
        ops.AddField(model_name="Banner", name="version", field=fields.IntField(db_default=1)),
        ops.AddField(
            model_name="Banner",
            name="withdrawn_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            [
                (
                    "CREATE FUNCTION course_credits_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    " IF EXISTS (SELECT FROM enrolment WHERE topic_id = NEW.topic_id) THEN"
                    " RAISE EXCEPTION 'the courses of topic % are frozen: somebody is enrolled', NEW.topic_id"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'course_credits_frozen'; END IF;"
                    " RETURN NEW; END $$"
                ),
                (
                    "CREATE TRIGGER course_credits_frozen BEFORE UPDATE OF required_credits, topic_id ON course"
                    " FOR EACH ROW WHEN ((OLD.required_credits, OLD.topic_id) <> (NEW.required_credits, NEW.topic_id))"
                    " EXECUTE FUNCTION course_credits_frozen()"
                ),
                (
                    "CREATE TRIGGER course_added_frozen BEFORE INSERT ON course"
                    " FOR EACH ROW EXECUTE FUNCTION course_credits_frozen()"
                ),
            ]
        ),
    ]
