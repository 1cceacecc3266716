"""The closed sets of words that the domain speaks (PRODUCT.md §1)."""

from __future__ import annotations

from enum import StrEnum


class Identity(StrEnum):
    """What an account acts as now."""

    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    PARENT = "PARENT"


class ClientKind(StrEnum):
    """Which client a person uses; bound into the token at sign-in."""

    WEB = "WEB"
    APP = "APP"
    DESKTOP = "DESKTOP"


class Gender(StrEnum):
    """As the identity document has it."""

    FEMALE = "FEMALE"
    MALE = "MALE"


class ProfileField(StrEnum):
    """A part of a person's profile, as locks and enrolment speak of it."""

    NAME = "NAME"
    GENDER = "GENDER"
    IDENTITY_DOCUMENT = "IDENTITY_DOCUMENT"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PRIMARY_TEACHING_RECORD = "PRIMARY_TEACHING_RECORD"


class CodePurpose(StrEnum):
    """What a one-time code proves a phone for, and nothing else; also the kind of its text."""

    SIGN_IN = "SIGN_IN"
    REGISTER = "REGISTER"
    STRONG_SIGN_IN = "STRONG_SIGN_IN"
    BIND_PHONE = "BIND_PHONE"
    CHANGE_OLD_PHONE = "CHANGE_OLD_PHONE"
    CHANGE_NEW_PHONE = "CHANGE_NEW_PHONE"
    REBIND_PHONE = "REBIND_PHONE"


class Loss(StrEnum):
    """What a student loses by becoming a teacher (PRODUCT.md §5)."""

    NAME = "NAME"
    GENDER = "GENDER"
    EMAIL = "EMAIL"
    IDENTITY_DOCUMENT = "IDENTITY_DOCUMENT"
    STUDENT_NUMBER = "STUDENT_NUMBER"
    PASSWORD = "PASSWORD"  # noqa: S105 - a word, no password
    INBOX_ITEMS = "INBOX_ITEMS"
    NOTIFICATION_PREFERENCES = "NOTIFICATION_PREFERENCES"
    DEVICES = "DEVICES"
    OTHER_SIGN_INS = "OTHER_SIGN_INS"
    PHONE_CHANGES = "PHONE_CHANGES"
    LEARNING_RECORDS = "LEARNING_RECORDS"
    TEACHING_RECORDS = "TEACHING_RECORDS"


class EndReason(StrEnum):
    """Why a sign-in ended."""

    SIGN_OUT = "SIGN_OUT"
    REUSE = "REUSE"
    WIPED = "WIPED"
    PHONE_CHANGED = "PHONE_CHANGED"


class Tab(StrEnum):
    """The tab of the resource home that a banner or shelf stands in."""

    HOME = "HOME"
    RECOMMENDED = "RECOMMENDED"


class StaffRole(StrEnum):
    """A role granted beside the identity, always with a scope."""

    SCHOOL_ADMIN = "SCHOOL_ADMIN"
    COUNTY_ADMIN = "COUNTY_ADMIN"
    SUPPORT_AGENT = "SUPPORT_AGENT"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"


class RegionLevel(StrEnum):
    """A province has cities, a city has counties, a county owns schools."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"


class SchoolStage(StrEnum):
    """学制."""

    KINDERGARTEN = "KINDERGARTEN"
    PRIMARY = "PRIMARY"
    JUNIOR_HIGH = "JUNIOR_HIGH"
    SENIOR_HIGH = "SENIOR_HIGH"
    NINE_YEAR = "NINE_YEAR"
    TWELVE_YEAR = "TWELVE_YEAR"
    SPECIAL = "SPECIAL"
    SECONDARY_VOCATIONAL = "SECONDARY_VOCATIONAL"
    HIGHER_VOCATIONAL = "HIGHER_VOCATIONAL"
    HIGHER = "HIGHER"


class TeachingStage(StrEnum):
    """学段: what a teacher teaches; free to edit, and nothing is decided by it."""

    KINDERGARTEN = "KINDERGARTEN"
    PRIMARY = "PRIMARY"
    JUNIOR_HIGH = "JUNIOR_HIGH"
    SENIOR_HIGH = "SENIOR_HIGH"
    SPECIAL = "SPECIAL"
    SECONDARY_VOCATIONAL = "SECONDARY_VOCATIONAL"
    HIGHER_VOCATIONAL = "HIGHER_VOCATIONAL"
    HIGHER = "HIGHER"


NOT_BASIC_EDUCATION = frozenset(
    {SchoolStage.SECONDARY_VOCATIONAL, SchoolStage.HIGHER_VOCATIONAL, SchoolStage.HIGHER}
)
"""Stages whose teachers learn elsewhere (manual, question 2)."""


class RecordState(StrEnum):
    """Verification state of a teaching record (PRODUCT.md §6)."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"


class ResourceKind(StrEnum):
    """What a listing of a course's outline leads to."""

    VIDEO = "VIDEO"
    DOCUMENT = "DOCUMENT"


class ResourceState(StrEnum):
    """How far a person is with a resource; never backwards, except by an audited void."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class Standing(StrEnum):
    """Recognised below or at required: the app shows red or blue."""

    UNMET = "UNMET"
    MET = "MET"


class Segment(StrEnum):
    """The learning entrance chosen on the public platform's page (manual §四, way 5)."""

    BASIC = "BASIC"
    VOCATIONAL = "VOCATIONAL"
    HIGHER = "HIGHER"


class PlaybackMode(StrEnum):
    """Whether a playback session plays from the network or from a download."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"


class BeatAnswer(StrEnum):
    """What became of one beat."""

    ACCEPTED = "ACCEPTED"
    DEFERRED = "DEFERRED"
    CONFLICT = "CONFLICT"
    NOT_COUNTED = "NOT_COUNTED"


class NotificationKind(StrEnum):
    """What an inbox row tells (PRODUCT.md §10)."""

    COURSE_CREDIT_REACHED = "COURSE_CREDIT_REACHED"
    TOPIC_COMPLETED = "TOPIC_COMPLETED"
    CERTIFICATE_READY = "CERTIFICATE_READY"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    CERTIFICATE_REISSUED = "CERTIFICATE_REISSUED"
    CERTIFICATE_VOIDED = "CERTIFICATE_VOIDED"
    VERIFICATION_DECIDED = "VERIFICATION_DECIDED"
    REMOVED_FROM_SCHOOL = "REMOVED_FROM_SCHOOL"
    PHONE_CHANGED = "PHONE_CHANGED"
    REBIND_DECIDED = "REBIND_DECIDED"
    TEACHER_TO_REVIEW = "TEACHER_TO_REVIEW"
    TEACHER_LEFT = "TEACHER_LEFT"
    TICKET_TO_HANDLE = "TICKET_TO_HANDLE"
    CAMPAIGN = "CAMPAIGN"


class MessageClass(StrEnum):
    """SERVICE goes before MARKETING and has no quiet hours."""

    SERVICE = "SERVICE"
    MARKETING = "MARKETING"


class Platform(StrEnum):
    """The system a device runs."""

    ANDROID = "ANDROID"
    IOS = "IOS"


class PushProviderName(StrEnum):
    """Which provider reaches a device."""

    FCM = "FCM"
    HUAWEI = "HUAWEI"


class DeviceState(StrEnum):
    """Whether a device may be sent to."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    QUARANTINED = "QUARANTINED"


class DeliveryState(StrEnum):
    """Where the delivery of one inbox row to one device stands."""

    DUE = "DUE"
    LEASED = "LEASED"
    SENT = "SENT"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    DROPPED = "DROPPED"


class CertificateState(StrEnum):
    """Life of one version of a certificate (PRODUCT.md §8)."""

    ISSUED = "ISSUED"
    REISSUE_PENDING = "REISSUE_PENDING"
    VOID = "VOID"


class VoidReason(StrEnum):
    """Why a version of a certificate is void."""

    REISSUED = "REISSUED"
    WATCH_VOIDED = "WATCH_VOIDED"
    FRAUD = "FRAUD"


class CheckOutcome(StrEnum):
    """What the public check says of a serial (PRODUCT.md §8)."""

    VALID = "VALID"
    UPDATING = "UPDATING"
    VOID = "VOID"
    UNKNOWN = "UNKNOWN"


class CampaignState(StrEnum):
    """Life of a campaign (PRODUCT.md §11)."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    PAUSED = "PAUSED"
    SENT = "SENT"
    CANCELLED = "CANCELLED"


class TicketState(StrEnum):
    """Life of a rebind ticket (PRODUCT.md §7)."""

    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    CALLED_BACK = "CALLED_BACK"
    DONE = "DONE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
