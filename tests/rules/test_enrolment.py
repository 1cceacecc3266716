from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mobile_gateway.rules.enrolment import Candidate, NextStep, Window, may_enrol, next_step
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import CertificateState, Identity, RecordState, SchoolStage

START = datetime(2024, 7, 19, 16, tzinfo=UTC)
END = datetime(2024, 9, 30, 16, tzinfo=UTC)
OPENS = datetime(2024, 8, 31, 16, tzinfo=UTC)
WINDOW = Window(START, END, OPENS)
TICK = timedelta(microseconds=1)
INSIDE = START + timedelta(days=30)

TEACHER = Candidate(Identity.TEACHER, True, True, RecordState.APPROVED, SchoolStage.PRIMARY)  # noqa: FBT003 - has a name and a document


def like(**other: Any) -> Candidate:
    fields = {name: getattr(TEACHER, name) for name in TEACHER.__slots__}
    return Candidate(**{**fields, **other})


@pytest.mark.parametrize(
    ("who", "now", "code"),
    [
        (TEACHER, START, None),
        (TEACHER, END - TICK, None),
        (TEACHER, START - TICK, RefusalCode.TOPIC_NOT_STARTED),
        (TEACHER, END, RefusalCode.TOPIC_ENDED),
        (like(identity=Identity.PARENT), INSIDE, RefusalCode.IDENTITY_NOT_TEACHER),
        (like(identity=Identity.STUDENT), END, RefusalCode.IDENTITY_NOT_TEACHER),
        (like(has_name=False), INSIDE, RefusalCode.PROFILE_INCOMPLETE),
        (like(has_document=False), INSIDE, RefusalCode.PROFILE_INCOMPLETE),
        (like(primary_state=None, primary_stage=None), INSIDE, RefusalCode.PROFILE_INCOMPLETE),
        (like(primary_state=RecordState.PENDING), INSIDE, None),
        (like(primary_state=RecordState.REJECTED), INSIDE, None),
        (
            like(primary_stage=SchoolStage.SECONDARY_VOCATIONAL),
            INSIDE,
            RefusalCode.SCHOOL_NOT_BASIC_EDUCATION,
        ),
        (like(primary_stage=SchoolStage.HIGHER_VOCATIONAL), INSIDE, RefusalCode.SCHOOL_NOT_BASIC_EDUCATION),
        (like(primary_stage=SchoolStage.HIGHER), INSIDE, RefusalCode.SCHOOL_NOT_BASIC_EDUCATION),
        (like(primary_stage=SchoolStage.SPECIAL), INSIDE, None),
    ],
)
def test_who_may_enrol_and_when(who: Candidate, now: datetime, code: RefusalCode | None) -> None:
    refused = may_enrol(who, WINDOW, now)
    assert (refused.code if refused else None) == code


def test_an_incomplete_profile_names_every_missing_field() -> None:
    refused = may_enrol(Candidate(Identity.TEACHER, False, False, None, None), WINDOW, INSIDE)  # noqa: FBT003 - lacks a name and a document
    assert refused is not None
    assert refused.data == {"missing": "name,identityDocument,primaryTeachingRecord"}


def step(
    who: Candidate | None = TEACHER,
    now: datetime = INSIDE,
    *,
    enrolled: bool = True,
    complete: bool = False,
    certificate: CertificateState | None = None,
) -> NextStep:
    return next_step(who, WINDOW, now, enrolled=enrolled, complete=complete, certificate=certificate)


def test_next_steps_before_enrolment() -> None:
    assert step(None, enrolled=False) is NextStep.LOGIN
    assert step(like(identity=Identity.PARENT), enrolled=True) is NextStep.SWITCH_IDENTITY
    assert step(now=START - TICK, enrolled=False) is NextStep.WAIT_FOR_START
    assert step(now=END, enrolled=False) is NextStep.CLOSED
    assert step(like(has_name=False), enrolled=False) is NextStep.COMPLETE_PROFILE
    assert step(like(primary_stage=SchoolStage.HIGHER), enrolled=False) is NextStep.SCHOOL_NOT_ELIGIBLE
    assert step(enrolled=False) is NextStep.ENROL


def test_next_steps_after_enrolment() -> None:
    assert step() is NextStep.LEARN
    assert step(now=END) is NextStep.CLOSED
    assert step(like(primary_stage=SchoolStage.HIGHER)) is NextStep.LEARN
    assert step(certificate=CertificateState.REISSUE_PENDING) is NextStep.AWAIT_REISSUE
    assert step(complete=True, certificate=CertificateState.ISSUED) is NextStep.VIEW_CERTIFICATE
    assert step(certificate=CertificateState.VOID) is NextStep.LEARN


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        (None, END, NextStep.COMPLETE_PROFILE),
        (RecordState.REJECTED, END, NextStep.COMPLETE_PROFILE),
        (RecordState.PENDING, END, NextStep.AWAIT_VERIFICATION),
        (RecordState.APPROVED, OPENS - TICK, NextStep.WAIT_FOR_OPENING),
        (RecordState.APPROVED, OPENS, NextStep.CLAIM_CERTIFICATE),
        (RecordState.APPROVED, END, NextStep.CLAIM_CERTIFICATE),
    ],
)
def test_next_steps_once_complete(state: RecordState | None, now: datetime, expected: NextStep) -> None:
    assert step(like(primary_state=state), now, complete=True) is expected
