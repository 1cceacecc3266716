from tortoise import migrations
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models.operations import AddConstraints


class Migration(migrations.Migration):
    dependencies = [("mobile_gateway", "0001_tables")]

    operations = [
        AddConstraints(
            {
                "Beat": (
                    UniqueConstraint(fields=("person_id", "session_id", "seq"), name="beat_key"),
                    CheckConstraint(check="seq >= 0 AND new_ms >= 0", name="beat_in_range"),
                ),
                "DomainClockRow": (
                    CheckConstraint(check="id = 1", name="domain_clock_is_one_row"),
                    CheckConstraint(check="speed BETWEEN 1 AND 3600", name="domain_clock_speed"),
                ),
                "DownloadScan": (
                    UniqueConstraint(fields=("day", "channel", "client"), name="download_scan_key"),
                    CheckConstraint(check="scans > 0", name="download_scan_positive"),
                ),
                "Region": (
                    CheckConstraint(
                        check="level IN ('PROVINCE', 'CITY', 'COUNTY')", name="region_level_known"
                    ),
                    CheckConstraint(
                        check="(level = 'PROVINCE') = (parent_id IS NULL)", name="region_has_parent"
                    ),
                ),
                "Resource": (
                    CheckConstraint(check="kind IN ('VIDEO', 'DOCUMENT')", name="resource_kind_known"),
                    UniqueConstraint(fields=("slug",), name="resource_slug_key"),
                    CheckConstraint(
                        check="(kind = 'DOCUMENT') = (document_url IS NOT NULL)",
                        name="resource_document_has_url",
                    ),
                ),
                "MediaVersion": (
                    UniqueConstraint(fields=("resource_id", "version"), name="media_version_key"),
                    CheckConstraint(
                        check="duration_ms BETWEEN 1000 AND 86400000", name="media_version_duration"
                    ),
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
                    CheckConstraint(
                        check="identity IN ('TEACHER', 'STUDENT', 'PARENT')", name="person_identity_known"
                    ),
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
                    CheckConstraint(check="gender IN ('FEMALE', 'MALE')", name="person_gender_known"),
                    CheckConstraint(
                        check="num_nulls(document_type, document_sealed, document_index, document_last4) IN (0, 4)",
                        name="person_document_whole",
                    ),
                    CheckConstraint(check="wipe_epoch >= 0 AND version >= 1", name="person_counters_grow"),
                ),
                "AuditEntry": (
                    CheckConstraint(
                        check="role IN ('SCHOOL_ADMIN', 'COUNTY_ADMIN', 'SUPPORT_AGENT', 'PLATFORM_ADMIN')",
                        name="audit_entry_role_known",
                    ),
                    CheckConstraint(check="act ~ '^[A-Z_]+$'", name="audit_entry_act_word"),
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
                "Device": (
                    CheckConstraint(check="provider IN ('FCM')", name="device_provider_known"),
                    CheckConstraint(check="platform IN ('ANDROID', 'IOS')", name="device_platform_known"),
                    CheckConstraint(
                        check="state IN ('ACTIVE', 'RETIRED', 'QUARANTINED')", name="device_state_known"
                    ),
                    UniqueConstraint(fields=("token_hash",), name="device_token_key"),
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
                    CheckConstraint(
                        check="(state IN ('DUE', 'LEASED')) = (settled_at IS NULL)", name="delivery_settled"
                    ),
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
                    CheckConstraint(
                        check="(kind = 'CAMPAIGN') = (message_class = 'MARKETING')", name="inbox_item_class"
                    ),
                ),
                "NotificationPreference": (
                    CheckConstraint(
                        check="kind IN ('COURSE_CREDIT_REACHED', 'TOPIC_COMPLETED', 'CERTIFICATE_READY', 'CERTIFICATE_ISSUED', 'CERTIFICATE_REISSUED', 'CERTIFICATE_VOIDED', 'VERIFICATION_DECIDED', 'REMOVED_FROM_SCHOOL', 'PHONE_CHANGED', 'REBIND_DECIDED', 'TEACHER_TO_REVIEW', 'TEACHER_LEFT', 'TICKET_TO_HANDLE', 'CAMPAIGN')",
                        name="notification_preference_kind_known",
                    ),
                    UniqueConstraint(fields=("person_id", "kind"), name="notification_preference_key"),
                ),
                "PhoneChange": (
                    UniqueConstraint(
                        fields=("person_id",), name="phone_change_open_key", condition="done_at IS NULL"
                    ),
                    CheckConstraint(
                        check="done_at IS NULL OR new_phone IS NOT NULL", name="phone_change_done_has_phone"
                    ),
                ),
                "RebindTicket": (
                    CheckConstraint(
                        check="state IN ('SUBMITTED', 'IN_REVIEW', 'CALLED_BACK', 'DONE', 'REJECTED', 'CANCELLED')",
                        name="rebind_ticket_state_known",
                    ),
                    UniqueConstraint(fields=("number",), name="rebind_ticket_number_key"),
                    UniqueConstraint(
                        fields=("new_phone",), name="rebind_ticket_open_key", condition="closed_at IS NULL"
                    ),
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
                "ResumePosition": (
                    UniqueConstraint(fields=("person_id", "resource_id"), name="resume_position_key"),
                    CheckConstraint(check="position_ms >= 0", name="resume_position_in_range"),
                ),
                "RiskFlag": (
                    UniqueConstraint(fields=("person_id", "session_id", "kind"), name="risk_flag_key"),
                ),
                "Shelf": (
                    CheckConstraint(check="tab IN ('HOME', 'RECOMMENDED')", name="shelf_tab_known"),
                    UniqueConstraint(fields=("tab", "position"), name="shelf_position_key"),
                ),
                "SignIn": (
                    CheckConstraint(
                        check="client_kind IN ('WEB', 'APP', 'DESKTOP')", name="sign_in_client_kind_known"
                    ),
                    CheckConstraint(
                        check="(ended_at IS NULL) = (end_reason IS NULL)", name="sign_in_end_has_reason"
                    ),
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
                    CheckConstraint(
                        check="left_at IS NULL OR NOT is_primary", name="teaching_record_left_not_primary"
                    ),
                    CheckConstraint(
                        check="state NOT IN ('APPROVED', 'REJECTED') OR decided_at IS NOT NULL",
                        name="teaching_record_decided",
                    ),
                    CheckConstraint(
                        check="state <> 'REJECTED' OR reason IS NOT NULL",
                        name="teaching_record_rejected_reason",
                    ),
                ),
                "Topic": (
                    UniqueConstraint(fields=("slug",), name="topic_slug_key"),
                    CheckConstraint(check="learning_start < learning_end", name="topic_window"),
                    CheckConstraint(check="ms_per_credit > 0", name="topic_credit"),
                ),
                "Banner": (
                    CheckConstraint(check="tab IN ('HOME', 'RECOMMENDED')", name="banner_tab_known"),
                    CheckConstraint(check="target IN ('TOPIC', 'URL')", name="banner_target_known"),
                    CheckConstraint(
                        check="(target = 'TOPIC') = (topic_id IS NOT NULL) AND (target = 'URL') = (url IS NOT NULL)",
                        name="banner_leads_somewhere",
                    ),
                    CheckConstraint(check="publish_start < publish_end", name="banner_window"),
                    CheckConstraint(
                        check="identities <@ ARRAY['TEACHER','STUDENT','PARENT','ANONYMOUS']::text[] AND client_kinds <@ ARRAY['WEB','APP','DESKTOP']::text[]",
                        name="banner_audience_known",
                    ),
                ),
                "Certificate": (
                    CheckConstraint(
                        check="state IN ('ISSUED', 'REISSUE_PENDING', 'VOID')", name="certificate_state_known"
                    ),
                    UniqueConstraint(fields=("serial",), name="certificate_serial_key"),
                    UniqueConstraint(
                        fields=("person_id", "topic_id", "version"), name="certificate_version_key"
                    ),
                    UniqueConstraint(
                        fields=("person_id", "topic_id"),
                        name="certificate_live_key",
                        condition="state <> 'VOID'",
                    ),
                    CheckConstraint(
                        check="(state = 'VOID') = (voided_at IS NOT NULL) AND (voided_at IS NULL) = (void_reason IS NULL)",
                        name="certificate_void_has_reason",
                    ),
                    CheckConstraint(
                        check="(state = 'REISSUE_PENDING') = (reissue_due_at IS NOT NULL)",
                        name="certificate_reissue_has_promise",
                    ),
                    CheckConstraint(
                        check="serial ~ '^[0-9A-HJKMNP-TV-Z]{16}$'", name="certificate_serial_alphabet"
                    ),
                    CheckConstraint(check="version >= 1", name="certificate_version_from_one"),
                ),
                "Completion": (
                    UniqueConstraint(
                        fields=("person_id", "topic_id", "resource_id"),
                        name="completion_key",
                        condition="voided_at IS NULL",
                    ),
                    CheckConstraint(
                        check="(media_version_id IS NULL) = (duration_ms = 0) AND duration_ms >= 0",
                        name="completion_duration",
                    ),
                ),
                "Course": (
                    UniqueConstraint(fields=("topic_id", "slug"), name="course_slug_key"),
                    UniqueConstraint(fields=("topic_id", "position"), name="course_position_key"),
                    CheckConstraint(check="required_credits BETWEEN 1 AND 1000", name="course_required"),
                ),
                "Coverage": (
                    UniqueConstraint(
                        fields=("person_id", "topic_id", "media_version_id"), name="coverage_key"
                    ),
                    CheckConstraint(
                        check="verdict_at IS NULL OR covered_at IS NOT NULL",
                        name="coverage_verdict_after_covered",
                    ),
                ),
                "CreditEntry": (
                    UniqueConstraint(
                        fields=("person_id", "topic_id", "course_id", "resource_id"),
                        name="credit_entry_key",
                        condition="voided_at IS NULL",
                    ),
                    CheckConstraint(check="ms > 0", name="credit_entry_positive"),
                ),
                "Enrolment": (
                    UniqueConstraint(fields=("person_id", "topic_id"), name="enrolment_key"),
                    CheckConstraint(check="completed_at >= enrolled_at", name="enrolment_completed_after"),
                ),
                "PlaybackSession": (
                    CheckConstraint(
                        check="mode IN ('ONLINE', 'OFFLINE')", name="playback_session_mode_known"
                    ),
                    CheckConstraint(
                        check="client_kind IN ('WEB', 'APP', 'DESKTOP')",
                        name="playback_session_client_kind_known",
                    ),
                    CheckConstraint(
                        check="ended_at >= opened_at", name="playback_session_ends_after_opening"
                    ),
                    CheckConstraint(check="accepted_ms >= 0", name="playback_session_accepted"),
                ),
                "PublicLink": (
                    CheckConstraint(
                        check="segment IN ('BASIC', 'VOCATIONAL', 'HIGHER')", name="public_link_segment_known"
                    ),
                    UniqueConstraint(fields=("slug", "segment"), name="public_link_key"),
                    CheckConstraint(
                        check="(segment = 'BASIC') = (topic_id IS NOT NULL) AND (topic_id IS NULL) = (url IS NOT NULL)",
                        name="public_link_target",
                    ),
                ),
                "Section": (UniqueConstraint(fields=("course_id", "position"), name="section_position_key"),),
                "Listing": (
                    UniqueConstraint(
                        fields=("section_id", "resource_id"),
                        name="listing_key",
                        condition="removed_at IS NULL",
                    ),
                ),
                "ShelfItem": (
                    UniqueConstraint(fields=("shelf_id", "position"), name="shelf_item_position_key"),
                    CheckConstraint(
                        check="num_nonnulls(topic_id, resource_id) = 1", name="shelf_item_is_one_thing"
                    ),
                ),
            }
        )
    ]
