"""Who may enrol, and what a person's next step on a topic is (PRODUCT.md §2, §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import (
    NOT_BASIC_EDUCATION,
    CertificateState,
    Identity,
    RecordState,
    SchoolStage,
)


class NextStep(StrEnum):
    """What the topic page offers; the server decides, clients hold no rules."""

    LOGIN = "LOGIN"
    SWITCH_IDENTITY = "SWITCH_IDENTITY"
    WAIT_FOR_START = "WAIT_FOR_START"
    CLOSED = "CLOSED"
    COMPLETE_PROFILE = "COMPLETE_PROFILE"
    SCHOOL_NOT_ELIGIBLE = "SCHOOL_NOT_ELIGIBLE"
    ENROL = "ENROL"
    AWAIT_REISSUE = "AWAIT_REISSUE"
    VIEW_CERTIFICATE = "VIEW_CERTIFICATE"
    LEARN = "LEARN"
    AWAIT_VERIFICATION = "AWAIT_VERIFICATION"
    WAIT_FOR_OPENING = "WAIT_FOR_OPENING"
    CLAIM_CERTIFICATE = "CLAIM_CERTIFICATE"


@dataclass(frozen=True, slots=True)
class Window:
    """A topic's dates: learning in `[start, end)`, certificates from `certificates_open_at`."""

    start: datetime
    end: datetime
    certificates_open_at: datetime

    def open_at(self, now: datetime) -> bool:
        """Whether learning counts at `now`."""
        return self.start <= now < self.end


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of a person decides about enrolling and claiming."""

    identity: Identity
    has_name: bool
    has_document: bool
    primary_state: RecordState | None
    primary_stage: SchoolStage | None

    def missing_fields(self) -> tuple[str, ...]:
        """Profile fields that enrolling needs and that are not there."""
        have = {
            "name": self.has_name,
            "identityDocument": self.has_document,
            "primaryTeachingRecord": self.primary_state is not None,
        }
        return tuple(name for name, there in have.items() if not there)


def may_enrol(who: Candidate, window: Window, now: datetime) -> Refusal | None:
    """None when the person may enrol now, else the first reason why not."""
    if who.identity is not Identity.TEACHER:
        return Refusal(RefusalCode.IDENTITY_NOT_TEACHER)
    if now < window.start:
        return Refusal(RefusalCode.TOPIC_NOT_STARTED, data={"starts": window.start.isoformat()})
    if now >= window.end:
        return Refusal(RefusalCode.TOPIC_ENDED)
    if missing := who.missing_fields():
        return Refusal(RefusalCode.PROFILE_INCOMPLETE, data={"missing": ",".join(missing)})
    if who.primary_stage in NOT_BASIC_EDUCATION:
        return Refusal(RefusalCode.SCHOOL_NOT_BASIC_EDUCATION)
    return None


def next_step(  # noqa: C901, PLR0911 - the order of the rule is the rule; one return per line of it
    who: Candidate | None,
    window: Window,
    now: datetime,
    *,
    enrolled: bool,
    complete: bool,
    certificate: CertificateState | None,
) -> NextStep:
    """The first step of PRODUCT.md §2 that matches."""
    if who is None:
        return NextStep.LOGIN
    if who.identity is not Identity.TEACHER:
        return NextStep.SWITCH_IDENTITY
    if not enrolled:
        return _before_enrolment(who, window, now)
    match certificate:
        case CertificateState.REISSUE_PENDING:
            return NextStep.AWAIT_REISSUE
        case CertificateState.ISSUED:
            return NextStep.VIEW_CERTIFICATE
        case CertificateState.VOID | None:
            pass
    if not complete:
        return NextStep.LEARN if window.open_at(now) else NextStep.CLOSED
    if who.primary_state is None or who.primary_state is RecordState.REJECTED:
        return NextStep.COMPLETE_PROFILE
    if who.primary_state is RecordState.PENDING:
        return NextStep.AWAIT_VERIFICATION
    if now < window.certificates_open_at:
        return NextStep.WAIT_FOR_OPENING
    return NextStep.CLAIM_CERTIFICATE


def _before_enrolment(who: Candidate, window: Window, now: datetime) -> NextStep:
    if now < window.start:
        return NextStep.WAIT_FOR_START
    if now >= window.end:
        return NextStep.CLOSED
    if who.missing_fields():
        return NextStep.COMPLETE_PROFILE
    if who.primary_stage in NOT_BASIC_EDUCATION:
        return NextStep.SCHOOL_NOT_ELIGIBLE
    return NextStep.ENROL
