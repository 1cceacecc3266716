"""The closed sets of words that staff's desks speak: decisions, tickets, exports, the audit log (PRODUCT.md §12)."""

from __future__ import annotations

from enum import StrEnum


class VerificationOutcome(StrEnum):
    """What an administrator decides about a PENDING teaching record."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ExportLayout(StrEnum):
    """What a row of an export of progress is about: a teacher at a school, or a school; or credits by school."""

    TEACHERS = "TEACHERS"
    SCHOOLS = "SCHOOLS"
    CREDITS = "CREDITS"


class TicketQueue(StrEnum):
    """Which rebind tickets a support agent looks at."""

    FREE = "FREE"
    MINE = "MINE"


class AuditAct(StrEnum):
    """What the audit log tells: each act of staff, and each view of full personal data (PRODUCT.md §12)."""

    VERIFICATION_APPROVED = "VERIFICATION_APPROVED"
    VERIFICATION_REJECTED = "VERIFICATION_REJECTED"
    TEACHER_REMOVED = "TEACHER_REMOVED"
    PROGRESS_EXPORTED = "PROGRESS_EXPORTED"
    SCHOOL_CREATED = "SCHOOL_CREATED"
    SCHOOL_MERGED = "SCHOOL_MERGED"
    SCHOOL_STAGE_CORRECTED = "SCHOOL_STAGE_CORRECTED"
    SCHOOL_ALIASES_SET = "SCHOOL_ALIASES_SET"
    TICKET_TAKEN = "TICKET_TAKEN"
    TICKET_CALLED_BACK = "TICKET_CALLED_BACK"
    TICKET_DONE = "TICKET_DONE"
    TICKET_REJECTED = "TICKET_REJECTED"
    PHOTO_VIEWED = "PHOTO_VIEWED"
    DOCUMENT_REVEALED = "DOCUMENT_REVEALED"
    WATCH_VOIDED = "WATCH_VOIDED"
    CERTIFICATE_VOIDED = "CERTIFICATE_VOIDED"
    CERTIFICATE_DOWNLOADED = "CERTIFICATE_DOWNLOADED"
    BANNER_CREATED = "BANNER_CREATED"
    BANNER_UPDATED = "BANNER_UPDATED"
    BANNER_MOVED = "BANNER_MOVED"
    BANNER_WITHDRAWN = "BANNER_WITHDRAWN"
    TOPIC_CREATED = "TOPIC_CREATED"
    TOPIC_UPDATED = "TOPIC_UPDATED"
    TOPIC_PUBLISHED = "TOPIC_PUBLISHED"
    TOPIC_UNPUBLISHED = "TOPIC_UNPUBLISHED"
    COURSE_ADDED = "COURSE_ADDED"
    COURSE_UPDATED = "COURSE_UPDATED"
    SECTION_ADDED = "SECTION_ADDED"
    SECTION_UPDATED = "SECTION_UPDATED"
    COURSE_REMOVED = "COURSE_REMOVED"
    SECTION_REMOVED = "SECTION_REMOVED"
    RESOURCE_CREATED = "RESOURCE_CREATED"
    RESOURCE_UPDATED = "RESOURCE_UPDATED"
    RESOURCE_LISTED = "RESOURCE_LISTED"
    RESOURCE_DELISTED = "RESOURCE_DELISTED"
    MEDIA_REPLACED = "MEDIA_REPLACED"


class UploadPurpose(StrEnum):
    """What a file is uploaded for."""

    REBIND_PHOTO = "REBIND_PHOTO"
