"""Of people, places, staff and what they are told."""

from collections.abc import Sequence

from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models.operations import Constraint

PROMISES: dict[str, Sequence[Constraint]] = {
    "DomainClockRow": (
        CheckConstraint(check="id = 1", name="domain_clock_is_one_row"),
        CheckConstraint(check="speed BETWEEN 1 AND 3600", name="domain_clock_speed"),
    ),
    "DownloadScan": (
        UniqueConstraint(fields=("day", "channel", "client"), name="download_scan_key"),
        CheckConstraint(check="scans > 0", name="download_scan_positive"),
    ),
    "Region": (
        CheckConstraint(check="level IN ('PROVINCE', 'CITY', 'COUNTY')", name="region_level_known"),
        CheckConstraint(check="(level = 'PROVINCE') = (parent_id IS NULL)", name="region_has_parent"),
    ),
    "School": (
        CheckConstraint(
            check="stage IN ('KINDERGARTEN', 'PRIMARY', 'JUNIOR_HIGH', 'SENIOR_HIGH', 'NINE_YEAR', 'TWELVE_YEAR', 'SPECIAL', 'SECONDARY_VOCATIONAL', 'HIGHER_VOCATIONAL', 'HIGHER')",
            name="school_stage_known",
        ),
        UniqueConstraint(
            fields=("county_id", "normalised_name"),
            name="school_name_key",
            condition="merged_at IS NULL",
        ),
        CheckConstraint(
            check="(merged_at IS NULL) = (successor_id IS NULL) AND successor_id <> id",
            name="school_merged_has_successor",
        ),
    ),
    "Person": (
        CheckConstraint(check="identity IN ('TEACHER', 'STUDENT', 'PARENT')", name="person_identity_known"),
        UniqueConstraint(fields=("phone",), name="person_phone_key"),
        UniqueConstraint(fields=("student_school_id", "student_number"), name="person_student_number_key"),
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
        CheckConstraint(check="gender IN ('FEMALE', 'MALE')", name="person_gender_known"),
        CheckConstraint(
            check="num_nulls(document_type, document_sealed, document_index, document_last4) IN (0, 4)",
            name="person_document_whole",
        ),
        CheckConstraint(check="wipe_epoch >= 0 AND version >= 1", name="person_counters_grow"),
    ),
    "SignIn": (
        CheckConstraint(check="client_kind IN ('WEB', 'APP', 'DESKTOP')", name="sign_in_client_kind_known"),
        CheckConstraint(check="(ended_at IS NULL) = (end_reason IS NULL)", name="sign_in_end_has_reason"),
    ),
    "RefreshToken": (
        UniqueConstraint(fields=("token_hash",), name="refresh_token_hash_key"),
        UniqueConstraint(
            fields=("sign_in_id",), name="refresh_token_live_key", condition="rotated_at IS NULL"
        ),
    ),
    "SmsCode": (
        UniqueConstraint(
            fields=("phone", "purpose"), name="sms_code_live_key", condition="closed_at IS NULL"
        ),
        CheckConstraint(check="tries BETWEEN 0 AND 5", name="sms_code_tries"),
    ),
    "SmsOutbox": (
        UniqueConstraint(fields=("source",), name="sms_outbox_source_key"),
        CheckConstraint(
            check="(settled_at IS NULL) = (params_sealed IS NOT NULL)",
            name="sms_outbox_erased_once_settled",
        ),
        CheckConstraint(
            check="(settled_at IS NULL) = (outcome IS NULL)",
            name="sms_outbox_settled_has_outcome",
        ),
    ),
    "PhoneChange": (
        UniqueConstraint(fields=("person_id",), name="phone_change_open_key", condition="done_at IS NULL"),
        CheckConstraint(check="done_at IS NULL OR new_phone IS NOT NULL", name="phone_change_done_has_phone"),
    ),
    "RebindTicket": (
        CheckConstraint(
            check="state IN ('SUBMITTED', 'IN_REVIEW', 'CALLED_BACK', 'DONE', 'REJECTED', 'CANCELLED')",
            name="rebind_ticket_state_known",
        ),
        UniqueConstraint(fields=("number",), name="rebind_ticket_number_key"),
        UniqueConstraint(fields=("new_phone",), name="rebind_ticket_open_key", condition="closed_at IS NULL"),
        CheckConstraint(
            check="(closed_at IS NOT NULL) = (state IN ('DONE', 'REJECTED', 'CANCELLED'))",
            name="rebind_ticket_closed",
        ),
        CheckConstraint(
            check="closed_at IS NULL OR num_nonnulls(photo_key, details_sealed) = 0",
            name="rebind_ticket_forgets",
        ),
        CheckConstraint(
            check="state IN ('SUBMITTED', 'CANCELLED') OR agent_id IS NOT NULL",
            name="rebind_ticket_agent",
        ),
    ),
    "TeachingRecord": (
        CheckConstraint(
            check="state IN ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'REMOVED')",
            name="teaching_record_state_known",
        ),
        UniqueConstraint(
            fields=("person_id", "school_id"),
            name="teaching_record_active_key",
            condition="left_at IS NULL",
        ),
        UniqueConstraint(
            fields=("person_id",),
            name="teaching_record_primary_key",
            condition="is_primary AND left_at IS NULL",
        ),
        CheckConstraint(
            check="(left_at IS NOT NULL) = (state IN ('WITHDRAWN', 'REMOVED'))",
            name="teaching_record_left",
        ),
        CheckConstraint(check="left_at IS NULL OR NOT is_primary", name="teaching_record_left_not_primary"),
        CheckConstraint(
            check="state NOT IN ('APPROVED', 'REJECTED') OR decided_at IS NOT NULL",
            name="teaching_record_decided",
        ),
        CheckConstraint(
            check="state <> 'REJECTED' OR reason IS NOT NULL",
            name="teaching_record_rejected_reason",
        ),
    ),
    "StaffGrant": (
        CheckConstraint(
            check="role IN ('SCHOOL_ADMIN', 'COUNTY_ADMIN', 'SUPPORT_AGENT', 'PLATFORM_ADMIN')",
            name="staff_grant_role_known",
        ),
        CheckConstraint(
            check="(role = 'SCHOOL_ADMIN') = (school_id IS NOT NULL) AND (role = 'COUNTY_ADMIN') = (county_id IS NOT NULL)",
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
    ),
    "AuditEntry": (
        CheckConstraint(
            check="role IN ('SCHOOL_ADMIN', 'COUNTY_ADMIN', 'SUPPORT_AGENT', 'PLATFORM_ADMIN')",
            name="audit_entry_role_known",
        ),
        CheckConstraint(check="act ~ '^[A-Z_]+$'", name="audit_entry_act_word"),
    ),
    "InboxItem": (
        CheckConstraint(
            check="kind IN ('COURSE_CREDIT_REACHED', 'TOPIC_COMPLETED', 'CERTIFICATE_READY', 'CERTIFICATE_ISSUED', 'CERTIFICATE_REISSUED', 'CERTIFICATE_VOIDED', 'VERIFICATION_DECIDED', 'REMOVED_FROM_SCHOOL', 'PHONE_CHANGED', 'REBIND_DECIDED', 'TEACHER_TO_REVIEW', 'TEACHER_LEFT', 'TICKET_TO_HANDLE', 'CAMPAIGN')",
            name="inbox_item_kind_known",
        ),
        CheckConstraint(
            check="message_class IN ('SERVICE', 'MARKETING')",
            name="inbox_item_message_class_known",
        ),
        UniqueConstraint(fields=("person_id", "kind", "subject"), name="inbox_item_key"),
        CheckConstraint(check="(kind = 'CAMPAIGN') = (message_class = 'MARKETING')", name="inbox_item_class"),
    ),
    "NotificationPreference": (
        CheckConstraint(
            check="kind IN ('COURSE_CREDIT_REACHED', 'TOPIC_COMPLETED', 'CERTIFICATE_READY', 'CERTIFICATE_ISSUED', 'CERTIFICATE_REISSUED', 'CERTIFICATE_VOIDED', 'VERIFICATION_DECIDED', 'REMOVED_FROM_SCHOOL', 'PHONE_CHANGED', 'REBIND_DECIDED', 'TEACHER_TO_REVIEW', 'TEACHER_LEFT', 'TICKET_TO_HANDLE', 'CAMPAIGN')",
            name="notification_preference_kind_known",
        ),
        UniqueConstraint(fields=("person_id", "kind"), name="notification_preference_key"),
    ),
    "Device": (
        CheckConstraint(check="provider IN ('FCM')", name="device_provider_known"),
        CheckConstraint(check="platform IN ('ANDROID', 'IOS')", name="device_platform_known"),
        CheckConstraint(check="state IN ('ACTIVE', 'RETIRED', 'QUARANTINED')", name="device_state_known"),
        UniqueConstraint(fields=("token_hash",), name="device_token_key"),
    ),
    "Campaign": (
        CheckConstraint(
            check="state IN ('DRAFT', 'APPROVED', 'SCHEDULED', 'SENDING', 'PAUSED', 'SENT', 'CANCELLED')",
            name="campaign_state_known",
        ),
        CheckConstraint(check="approved_by_id <> created_by_id", name="campaign_second_admin"),
        CheckConstraint(
            check="state IN ('DRAFT', 'CANCELLED') OR approved_by_id IS NOT NULL",
            name="campaign_approved",
        ),
        CheckConstraint(
            check="(state = 'PAUSED') = (pause_reason IS NOT NULL)",
            name="campaign_pause_has_reason",
        ),
        CheckConstraint(
            check="state NOT IN ('SCHEDULED', 'SENDING', 'PAUSED', 'SENT') OR starts_at IS NOT NULL",
            name="campaign_scheduled_has_start",
        ),
    ),
    "Delivery": (
        CheckConstraint(
            check="message_class IN ('SERVICE', 'MARKETING')", name="delivery_message_class_known"
        ),
        CheckConstraint(
            check="state IN ('DUE', 'LEASED', 'SENT', 'FAILED', 'UNKNOWN', 'DROPPED')",
            name="delivery_state_known",
        ),
        UniqueConstraint(fields=("person_id", "inbox_item_id", "device_id"), name="delivery_key"),
        CheckConstraint(
            check="(state = 'LEASED') = (lease_until IS NOT NULL) AND (lease_until IS NULL OR attempt_id IS NOT NULL)",
            name="delivery_lease",
        ),
        CheckConstraint(check="(state IN ('DUE', 'LEASED')) = (settled_at IS NULL)", name="delivery_settled"),
    ),
}
