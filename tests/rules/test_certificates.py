"""When a certificate may be claimed, and what an edit does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules import certificates
from mobile_gateway.rules.certificates import (
    AS_IT_WAS,
    Claim,
    Difference,
    Event,
    Holder,
    Life,
    Snapshot,
    Verified,
)
from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import CertificateState, Identity, RecordState
from mobile_gateway.workdays import is_workday

OPENS = datetime(2024, 9, 1, tzinfo=SHANGHAI)
AFTER = datetime(2024, 9, 10, 12, tzinfo=SHANGHAI)
READY = Claim(Identity.TEACHER, True, {}, RecordState.APPROVED, OPENS)  # noqa: FBT003 - enrolled
HOLDER = Holder("张三", DocumentType.MAINLAND_ID, "11010519491231002X", 7, "北京市海淀区中关村第一小学")
ISSUED, PENDING = CertificateState.ISSUED, CertificateState.REISSUE_PENDING
OPEN = Life(ISSUED, left=True, due_at=None)
WAITING = Life(PENDING, left=True, due_at=datetime(2024, 9, 18, 23, 59, 59, tzinfo=SHANGHAI))


def codes(claim: Claim, now: datetime = AFTER) -> list[str]:
    return [one.code.value for one in certificates.missing(claim, now)]


def test_who_has_everything_may_claim_from_the_first_second_on() -> None:
    assert codes(READY, OPENS) == []
    assert codes(READY, OPENS - timedelta(seconds=1)) == ["CERTIFICATE_NOT_OPEN"]


def test_every_reason_is_told_at_once() -> None:
    claim = replace(READY, enrolled=False, lacking={1: 5_400_000}, primary_state=None)
    assert codes(claim, OPENS - timedelta(days=1)) == [
        "NOT_ENROLLED",
        "CERTIFICATE_NOT_OPEN",
        "CREDITS_INSUFFICIENT",
        "IDENTITY_NOT_VERIFIED",
    ]


@pytest.mark.parametrize("identity", [Identity.PARENT, Identity.STUDENT])
def test_of_who_is_no_teacher_nothing_hidden_is_told(identity: Identity) -> None:
    claim = replace(READY, identity=identity, lacking={1: 1}, primary_state=RecordState.PENDING)
    assert codes(claim) == ["IDENTITY_NOT_TEACHER"]


@pytest.mark.parametrize("state", [None, *(s for s in RecordState if s is not RecordState.APPROVED)])
def test_only_an_approved_primary_record_is_verified(state: RecordState | None) -> None:
    assert codes(replace(READY, primary_state=state)) == ["IDENTITY_NOT_VERIFIED"]


def test_what_lacks_is_told_by_course_and_overflow_of_another_does_not_help() -> None:
    caps = [Cap(1, 5_400_000), Cap(2, 2_700_000), Cap(3, 2_700_000)]
    assert certificates.lacks(caps, {1: 13_500_000, 3: 2_699_999}) == {2: 2_700_000, 3: 1}


def test_a_snapshot_shows_no_personal_data_when_masked() -> None:
    whole = Snapshot(HOLDER, "专题", "Topic", date(2024, 7, 20), date(2024, 9, 30), "10.00")
    holder = whole.masked().holder
    assert (holder.name, holder.document_number) == ("张*", "**************002X")
    assert whole.masked().masked() == whole.masked()


def test_a_window_s_last_day_is_the_one_before_its_end() -> None:
    end = datetime(2024, 10, 1, tzinfo=SHANGHAI)
    start = datetime(2024, 7, 20, tzinfo=SHANGHAI)
    assert certificates.days_of(start, end) == (date(2024, 7, 20), date(2024, 9, 30))


@pytest.mark.parametrize(
    ("current", "person", "school"),
    [
        (HOLDER, False, False),
        (replace(HOLDER, school_id=None, school_name=None), False, False),
        (replace(HOLDER, school_name="并入后的新名称"), False, False),
        (replace(HOLDER, name="张三丰"), True, False),
        (replace(HOLDER, document_number="110105194912310046"), True, False),
        (replace(HOLDER, document_type=DocumentType.PASSPORT), True, False),
        (replace(HOLDER, school_id=8), False, True),
    ],
)
def test_name_document_and_school_differ_and_no_school_yet_does_not(
    current: Holder, person: bool, school: bool
) -> None:
    assert certificates.difference(HOLDER, current) == Difference(person, school)


SAME, NAME, SCHOOL = Difference(False, False), Difference(True, False), Difference(False, True)  # noqa: FBT003


def after(
    life: Life,
    event: Event,
    found: Difference,
    *,
    approved: bool,
    since_edit: bool = False,
    now: datetime = AFTER,
) -> Life:
    by = Verified(school=approved, person=approved and (since_edit or event is Event.APPROVED))
    return certificates.after(life, event, found, by, now=now, is_workday=is_workday)


def test_an_approval_vouches_for_what_was_edited_before_it_alone() -> None:
    early, late = AFTER, AFTER + timedelta(days=1)
    approved = RecordState.APPROVED
    assert certificates.verified(approved, early, None) == Verified(school=True, person=True)
    assert certificates.verified(approved, late, early) == Verified(school=True, person=True)
    assert certificates.verified(approved, early, late) == Verified(school=True, person=False)
    assert certificates.verified(RecordState.PENDING, late, early) == Verified(school=False, person=False)
    assert certificates.verified(None, None, early) == Verified(school=False, person=False)


def test_a_name_that_nobody_approved_is_not_printed_by_leaving_for_an_approved_school() -> None:
    life = after(AS_IT_WAS, Event.LEFT, Difference(person=True, school=True), approved=True)
    assert (life.state, life.ready) == (PENDING, False)
    approved = after(life, Event.APPROVED, Difference(person=True, school=True), approved=True)
    assert approved.ready


def test_an_edit_while_approved_leaves_the_certificate_alone() -> None:
    assert after(AS_IT_WAS, Event.EDITED, NAME, approved=True) == AS_IT_WAS
    assert after(AS_IT_WAS, Event.CHOSEN, SCHOOL, approved=True) == AS_IT_WAS


def test_leaving_and_coming_back_unchanged_leaves_it_alone() -> None:
    assert after(AS_IT_WAS, Event.LEFT, SAME, approved=False) == OPEN
    assert after(OPEN, Event.CHOSEN, SAME, approved=False) == OPEN
    assert after(OPEN, Event.APPROVED, SAME, approved=True) == AS_IT_WAS


def test_an_edit_after_leaving_promises_a_new_one_in_five_working_days() -> None:
    life = after(OPEN, Event.EDITED, NAME, approved=False)
    # 09-14 is a working day, 09-15 to 17 are not: 11, 12, 13, 14, 18.
    assert life == Life(PENDING, left=True, due_at=datetime(2024, 9, 18, 23, 59, 59, tzinfo=SHANGHAI))


def test_an_edit_that_differs_moves_the_promise_and_one_that_does_not_leaves_it() -> None:
    later = datetime(2024, 9, 12, 8, tzinfo=SHANGHAI)
    moved = after(WAITING, Event.EDITED, NAME, approved=False, now=later)
    assert moved.due_at == datetime(2024, 9, 20, 23, 59, 59, tzinfo=SHANGHAI)
    assert after(WAITING, Event.CHOSEN, NAME, approved=False, now=later) == WAITING
    assert after(WAITING, Event.EDITED, SCHOOL, approved=False, now=later) == WAITING


def test_equal_again_waits_for_the_approval() -> None:
    assert after(WAITING, Event.EDITED, SAME, approved=False) == WAITING
    assert after(WAITING, Event.APPROVED, SAME, approved=True) == AS_IT_WAS


def test_an_approval_lets_the_reissue_go_ahead_by_the_promised_day() -> None:
    assert after(WAITING, Event.APPROVED, NAME, approved=True) == replace(WAITING, ready=True)


def test_an_approval_after_the_promised_day_is_kept_by_the_next_working_day() -> None:
    late = datetime(2024, 9, 30, 16, tzinfo=SHANGHAI)
    life = after(WAITING, Event.APPROVED, NAME, approved=True, now=late)
    assert life.due_at == datetime(2024, 10, 8, 23, 59, 59, tzinfo=SHANGHAI)


def test_the_next_approval_takes_up_a_name_that_was_edited_while_approved() -> None:
    life = after(AS_IT_WAS, Event.APPROVED, NAME, approved=True)
    assert (life.state, life.ready) == (PENDING, True)


def test_leaving_for_another_approved_school_is_made_anew_at_once() -> None:
    life = after(AS_IT_WAS, Event.LEFT, SCHOOL, approved=True)
    assert (life.state, life.ready) == (PENDING, True)


def test_a_lost_approval_holds_the_reissue_back() -> None:
    life = after(replace(WAITING, ready=True), Event.LEFT, NAME, approved=False)
    assert (life.state, life.ready) == (PENDING, False)


LIVES = st.builds(
    lambda state, left, due: Life(state, left, due if state is PENDING else None),
    st.sampled_from([ISSUED, PENDING]),
    st.booleans(),
    st.datetimes(datetime(2024, 9, 1), datetime(2024, 12, 1)).map(lambda d: d.replace(tzinfo=SHANGHAI)),  # noqa: DTZ001
)
FOUND = st.builds(Difference, st.booleans(), st.booleans())


@given(LIVES, st.sampled_from(list(Event)), FOUND, st.booleans(), st.booleans())
def test_whatever_happens_the_row_keeps_its_promises(
    life: Life, event: Event, found: Difference, approved: bool, since_edit: bool
) -> None:
    settled = after(life, event, found, approved=approved or event is Event.APPROVED, since_edit=since_edit)
    assert (settled.state is PENDING) == (settled.due_at is not None)
    assert not settled.ready or (settled.state is PENDING and found.any)
    assert settled.due_at is None or settled.due_at == life.due_at or settled.due_at > AFTER


@given(st.dates(date(2024, 1, 1), date(2025, 12, 1)), st.integers(1, 10))
def test_a_promise_is_so_many_working_days_ahead_and_ends_on_one(day: date, days: int) -> None:
    now = datetime(day.year, day.month, day.day, 15, tzinfo=SHANGHAI)
    due = certificates.promised(now, days, is_workday)
    between = [day + timedelta(days=n) for n in range(1, (due.date() - day).days + 1)]
    assert is_workday(due.date())
    assert sum(map(is_workday, between)) == days


def test_a_calendar_without_working_days_is_an_error() -> None:
    with pytest.raises(ValueError, match="within a month"):
        certificates.promised(AFTER, 1, lambda _: False)


def test_what_refuses_is_a_code_of_the_contract() -> None:
    assert {RefusalCode(code) for code in codes(replace(READY, lacking={1: 1}))} == {
        RefusalCode.CREDITS_INSUFFICIENT
    }
