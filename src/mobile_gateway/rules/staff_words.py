"""The closed sets of words that staff's desks speak: decisions, tickets, exports, the audit log (PRODUCT.md §12)."""

from __future__ import annotations

from enum import StrEnum


class VerificationOutcome(StrEnum):
    """What an administrator decides about a PENDING teaching record."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ExportLayout(StrEnum):
    """What a row of an export of progress is about: a teacher at a school, or a school."""

    TEACHERS = "TEACHERS"
    SCHOOLS = "SCHOOLS"


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


class UploadPurpose(StrEnum):
    """What a file is uploaded for."""

    REBIND_PHOTO = "REBIND_PHOTO"
