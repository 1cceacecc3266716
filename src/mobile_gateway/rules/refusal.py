"""A business "no", as a value. Its text for people stands in `messages.refusals`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class RefusalCode(StrEnum):
    """Every reason for which the product says no. Codes are a contract with clients: they are only added to."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    SESSION_INVALID = "SESSION_INVALID"
    NOT_FOUND = "NOT_FOUND"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    PHONE_INVALID = "PHONE_INVALID"
    CODE_WRONG = "CODE_WRONG"
    CODE_LOCKED = "CODE_LOCKED"
    CODE_RESEND_TOO_SOON = "CODE_RESEND_TOO_SOON"
    CODE_QUOTA_EXCEEDED = "CODE_QUOTA_EXCEEDED"
    ACCOUNT_NOT_FOUND = "ACCOUNT_NOT_FOUND"
    IDENTITY_NOT_TEACHER = "IDENTITY_NOT_TEACHER"
    PROFILE_INCOMPLETE = "PROFILE_INCOMPLETE"
    SCHOOL_NOT_BASIC_EDUCATION = "SCHOOL_NOT_BASIC_EDUCATION"
    TOPIC_NOT_STARTED = "TOPIC_NOT_STARTED"
    TOPIC_ENDED = "TOPIC_ENDED"
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_A_VIDEO = "NOT_A_VIDEO"
    WATCH_SESSION_EXPIRED = "WATCH_SESSION_EXPIRED"
    WATCH_BEAT_CONFLICT = "WATCH_BEAT_CONFLICT"
    OFFLINE_SESSIONS_EXCEEDED = "OFFLINE_SESSIONS_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a code, the path of the input it is about, and what its text needs."""

    code: RefusalCode
    path: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
