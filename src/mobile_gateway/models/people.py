"""People, what they may do, how they sign in, and their phones."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.words import ClientKind, Gender, Identity, StaffRole


class Person(Model):
    """One account. Its phone number, or a student number within a school, is the login name."""

    id = fields.BigIntField(primary_key=True)
    identity = word(Identity)
    wipe_epoch = fields.IntField(db_default=0)
    phone = fields.CharField(max_length=16, null=True)
    student_school = to("School", null=True)
    student_number = fields.CharField(max_length=32, null=True)
    password_hash = fields.TextField(null=True)
    name = fields.CharField(max_length=50, null=True)
    gender = fields.CharField(max_length=8, null=True)
    email = fields.CharField(max_length=254, null=True)
    document_type = fields.CharField(max_length=32, null=True)
    document_sealed = fields.BinaryField(null=True)
    document_index = fields.BinaryField(null=True)
    document_last4 = fields.CharField(max_length=4, null=True)
    identity_edited_at = fields.DatetimeField(null=True)
    locale = fields.CharField(max_length=8, db_default="zh-CN")
    version = fields.IntField(db_default=1)
    created_at = created()
    last_seen_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "person"
        constraints = (
            one_of("person", "identity", Identity),
            UniqueConstraint(fields=("phone",), name="person_phone_key"),
            UniqueConstraint(
                fields=("student_school_id", "student_number"), name="person_student_number_key"
            ),
            UniqueConstraint(
                fields=("document_index",),
                name="person_document_of_teacher_key",
                condition="identity = 'TEACHER'",
            ),
            CheckConstraint(
                check="phone IS NOT NULL OR (student_number IS NOT NULL AND identity = 'STUDENT')",
                name="person_has_login",
            ),
            CheckConstraint(
                check="(student_number IS NULL) = (student_school_id IS NULL)",
                name="person_student_number_has_school",
            ),
            CheckConstraint(check="phone ~ '^[+][1-9][0-9]{6,14}$'", name="person_phone_e164"),
            one_of("person", "gender", Gender),
            CheckConstraint(
                check="num_nulls(document_type, document_sealed, document_index, document_last4) IN (0, 4)",
                name="person_document_whole",
            ),
            CheckConstraint(check="wipe_epoch >= 0 AND version >= 1", name="person_counters_grow"),
        )


class StaffGrant(Model):
    """A staff role with its scope: a school, a county, or the whole platform."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    role = word(StaffRole)
    school = to("School", null=True)
    county = to("Region", null=True)
    granted_at = created()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "staff_grant"
        constraints = (
            one_of("staff_grant", "role", StaffRole),
            CheckConstraint(
                check="(role = 'SCHOOL_ADMIN') = (school_id IS NOT NULL)"
                " AND (role = 'COUNTY_ADMIN') = (county_id IS NOT NULL)",
                name="staff_grant_scope",
            ),
            UniqueConstraint(
                fields=("person_id", "role", "school_id"),
                name="staff_grant_school_key",
                condition="revoked_at IS NULL AND role = 'SCHOOL_ADMIN'",
            ),
            UniqueConstraint(
                fields=("person_id", "role", "county_id"),
                name="staff_grant_county_key",
                condition="revoked_at IS NULL AND role = 'COUNTY_ADMIN'",
            ),
            UniqueConstraint(
                fields=("person_id", "role"),
                name="staff_grant_platform_key",
                condition="revoked_at IS NULL AND role IN ('SUPPORT_AGENT', 'PLATFORM_ADMIN')",
            ),
        )
        indexes = (
            Where(fields=("school_id",), name="staff_grant_school_idx", condition="revoked_at IS NULL"),
            Where(fields=("county_id",), name="staff_grant_county_idx", condition="revoked_at IS NULL"),
        )


class SignIn(Model):
    """A session of a person on one client: what access and refresh tokens hang on."""

    id = fields.UUIDField(primary_key=True)
    person = to("Person")
    client_kind = word(ClientKind)
    wipe_epoch = fields.IntField()
    strong_at = fields.DatetimeField(null=True)
    created_at = created()
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.CharField(max_length=24, null=True)

    class Meta:
        """Promises about rows."""

        table = "sign_in"
        constraints = (
            one_of("sign_in", "client_kind", ClientKind),
            CheckConstraint(check="(ended_at IS NULL) = (end_reason IS NULL)", name="sign_in_end_has_reason"),
        )
        indexes = (Where(fields=("person_id",), name="sign_in_alive_idx", condition="ended_at IS NULL"),)


class RefreshToken(Model):
    """One link of a sign-in's chain of refresh tokens, kept as a hash."""

    id = fields.BigIntField(primary_key=True)
    sign_in = to("SignIn", cascade=True)
    token_hash = fields.BinaryField()
    issued_at = created()
    expires_at = fields.DatetimeField()
    rotated_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "refresh_token"
        constraints = (
            UniqueConstraint(fields=("token_hash",), name="refresh_token_hash_key"),
            UniqueConstraint(
                fields=("sign_in_id",), name="refresh_token_live_key", condition="rotated_at IS NULL"
            ),
        )
        indexes = (Index(fields=("sign_in_id",), name="refresh_token_sign_in_idx"),)


class SignInTry(Model):
    """A try to sign in by a password; rows, so that emptying Redis resets no lock. Kept for the lock's time."""

    id = fields.BigIntField(primary_key=True)
    login_index = fields.BinaryField()
    network = fields.CharField(max_length=64)
    created_at = created()

    class Meta:
        """Promises about rows."""

        table = "sign_in_try"
        indexes = (
            Index(fields=("login_index", "created_at"), name="sign_in_try_login_idx"),
            Index(fields=("network", "created_at"), name="sign_in_try_network_idx"),
        )


class SmsCode(Model):
    """A one-time code; kept as an HMAC, with its tries. Rows, so that emptying Redis resets no quota."""

    id = fields.BigIntField(primary_key=True)
    phone = fields.CharField(max_length=16)
    purpose = fields.CharField(max_length=24)
    code_mac = fields.BinaryField()
    network = fields.CharField(max_length=64)
    tries = fields.IntField(db_default=0)
    created_at = created()
    expires_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "sms_code"
        constraints = (
            UniqueConstraint(
                fields=("phone", "purpose"), name="sms_code_live_key", condition="closed_at IS NULL"
            ),
            CheckConstraint(check="tries BETWEEN 0 AND 5", name="sms_code_tries"),
        )
        indexes = (
            Index(fields=("phone", "created_at"), name="sms_code_phone_idx"),
            Index(fields=("network", "created_at"), name="sms_code_network_idx"),
        )


class SmsOutbox(Model):
    """A text message that must go out; what is secret in it is sealed, and erased once sent."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=64)
    phone = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=24)
    locale = fields.CharField(max_length=8)
    params_sealed = fields.BinaryField(null=True)
    attempts = fields.IntField(db_default=0)
    due_at = created()
    expires_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(max_length=24, null=True)

    class Meta:
        """Promises about rows."""

        table = "sms_outbox"
        constraints = (
            UniqueConstraint(fields=("source",), name="sms_outbox_source_key"),
            CheckConstraint(
                check="(settled_at IS NULL) = (params_sealed IS NOT NULL)",
                name="sms_outbox_erased_once_settled",
            ),
            CheckConstraint(
                check="(settled_at IS NULL) = (outcome IS NULL)", name="sms_outbox_settled_has_outcome"
            ),
        )
        indexes = (Where(fields=("due_at",), name="sms_outbox_due_idx", condition="settled_at IS NULL"),)
