"""Of the catalogue, of watching and of what it became."""

from collections.abc import Sequence

from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models.operations import Constraint

PROMISES: dict[str, Sequence[Constraint]] = {
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
        CheckConstraint(check="duration_ms BETWEEN 1000 AND 86400000", name="media_version_duration"),
    ),
    "Topic": (
        UniqueConstraint(fields=("slug",), name="topic_slug_key"),
        CheckConstraint(check="learning_start < learning_end", name="topic_window"),
        CheckConstraint(check="ms_per_credit > 0", name="topic_credit"),
    ),
    "Course": (
        UniqueConstraint(fields=("topic_id", "slug"), name="course_slug_key"),
        UniqueConstraint(fields=("topic_id", "position"), name="course_position_key"),
        CheckConstraint(check="required_credits BETWEEN 1 AND 1000", name="course_required"),
    ),
    "Section": (UniqueConstraint(fields=("course_id", "position"), name="section_position_key"),),
    "Listing": (
        UniqueConstraint(
            fields=("section_id", "resource_id"),
            name="listing_key",
            condition="removed_at IS NULL",
        ),
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
    "Shelf": (
        CheckConstraint(check="tab IN ('HOME', 'RECOMMENDED')", name="shelf_tab_known"),
        UniqueConstraint(fields=("tab", "position"), name="shelf_position_key"),
    ),
    "ShelfItem": (
        UniqueConstraint(fields=("shelf_id", "position"), name="shelf_item_position_key"),
        CheckConstraint(check="num_nonnulls(topic_id, resource_id) = 1", name="shelf_item_is_one_thing"),
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
    "Enrolment": (
        UniqueConstraint(fields=("person_id", "topic_id"), name="enrolment_key"),
        CheckConstraint(check="completed_at >= enrolled_at", name="enrolment_completed_after"),
    ),
    "PlaybackSession": (
        CheckConstraint(check="mode IN ('ONLINE', 'OFFLINE')", name="playback_session_mode_known"),
        CheckConstraint(
            check="client_kind IN ('WEB', 'APP', 'DESKTOP')",
            name="playback_session_client_kind_known",
        ),
        CheckConstraint(check="ended_at >= opened_at", name="playback_session_ends_after_opening"),
        CheckConstraint(check="accepted_ms >= 0", name="playback_session_accepted"),
    ),
    "Beat": (
        UniqueConstraint(fields=("person_id", "session_id", "seq"), name="beat_key"),
        CheckConstraint(check="seq >= 0 AND new_ms >= 0", name="beat_in_range"),
    ),
    "Coverage": (
        UniqueConstraint(fields=("person_id", "topic_id", "media_version_id"), name="coverage_key"),
        CheckConstraint(
            check="verdict_at IS NULL OR covered_at IS NOT NULL",
            name="coverage_verdict_after_covered",
        ),
    ),
    "ResumePosition": (
        UniqueConstraint(fields=("person_id", "resource_id"), name="resume_position_key"),
        CheckConstraint(check="position_ms >= 0", name="resume_position_in_range"),
    ),
    "RiskFlag": (UniqueConstraint(fields=("person_id", "session_id", "kind"), name="risk_flag_key"),),
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
    "CreditEntry": (
        UniqueConstraint(
            fields=("person_id", "topic_id", "course_id", "resource_id"),
            name="credit_entry_key",
            condition="voided_at IS NULL",
        ),
        CheckConstraint(check="ms > 0", name="credit_entry_positive"),
    ),
    "Certificate": (
        CheckConstraint(
            check="state IN ('ISSUED', 'REISSUE_PENDING', 'VOID')", name="certificate_state_known"
        ),
        UniqueConstraint(fields=("serial",), name="certificate_serial_key"),
        UniqueConstraint(fields=("person_id", "topic_id", "version"), name="certificate_version_key"),
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
        CheckConstraint(check="serial ~ '^[0-9A-HJKMNP-TV-Z]{16}$'", name="certificate_serial_alphabet"),
        CheckConstraint(check="version >= 1", name="certificate_version_from_one"),
    ),
}
