"""What never changes: a topic's credit once anyone is enrolled, and a certificate's snapshot (PRODUCT.md §1, §8)."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0004_push_lanes")]

    operations = [
        ops.RunSQL(
            [
                (
                    "CREATE FUNCTION topic_credit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    " IF EXISTS (SELECT FROM enrolment WHERE topic_id = OLD.id) THEN"
                    " RAISE EXCEPTION 'the credit of topic % is frozen: somebody is enrolled', OLD.id"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'topic_credit_frozen'; END IF;"
                    " RETURN NEW; END $$"
                ),
                (
                    "CREATE TRIGGER topic_credit_frozen BEFORE UPDATE OF ms_per_credit ON topic FOR EACH ROW"
                    " WHEN (OLD.ms_per_credit <> NEW.ms_per_credit) EXECUTE FUNCTION topic_credit_frozen()"
                ),
                (
                    "CREATE FUNCTION certificate_snapshot_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    " RAISE EXCEPTION 'the snapshot of certificate % is frozen', OLD.id"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_snapshot_frozen'; END $$"
                ),
                (
                    "CREATE TRIGGER certificate_snapshot_frozen BEFORE UPDATE ON certificate FOR EACH ROW"
                    " WHEN ((OLD.person_id, OLD.topic_id, OLD.version, OLD.serial, OLD.snapshot_sealed, OLD.masked_name,"
                    " OLD.recognised_ms, OLD.first_issued_at, OLD.issued_at) IS DISTINCT FROM"
                    " (NEW.person_id, NEW.topic_id, NEW.version, NEW.serial, NEW.snapshot_sealed, NEW.masked_name,"
                    " NEW.recognised_ms, NEW.first_issued_at, NEW.issued_at))"
                    " EXECUTE FUNCTION certificate_snapshot_frozen()"
                ),
            ]
        )
    ]
