from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import teaching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.teaching import Details, Record
from mobile_gateway.rules.words import RecordState, TeachingStage

START = datetime(2024, 8, 1, tzinfo=UTC)
ACTIVE = [RecordState.PENDING, RecordState.APPROVED, RecordState.REJECTED]


def record(number: int, state: RecordState, *, primary: bool = False, hours: int | None = None) -> Record:
    submitted = START + timedelta(hours=number if hours is None else hours)
    return Record(number, 100 + number, state, primary, 1, submitted)


def test_an_active_record_is_removed_if_it_was_approved_and_withdrawn_if_not() -> None:
    assert [teaching.left_as(state) for state in ACTIVE] == [
        RecordState.WITHDRAWN,
        RecordState.REMOVED,
        RecordState.WITHDRAWN,
    ]
    assert frozenset(RecordState) - teaching.LEFT == frozenset(ACTIVE)
    for state in teaching.LEFT:
        with pytest.raises(ValueError, match="left before"):
            teaching.left_as(state)


records = st.lists(st.tuples(st.sampled_from(ACTIVE), st.integers(0, 3)), max_size=teaching.MOST_RECORDS).map(
    lambda some: [record(n, state, hours=hours) for n, (state, hours) in enumerate(some)]
)


@given(records)
def test_the_next_primary_is_the_oldest_approved_else_the_oldest_pending(found: list[Record]) -> None:
    chosen = teaching.next_primary(found)
    approved = [one for one in found if one.state is RecordState.APPROVED]
    pending = [one for one in found if one.state is RecordState.PENDING]
    if chosen is None:
        assert not approved + pending
    else:
        among = approved or pending
        assert chosen in among
        assert all((chosen.submitted_at, chosen.id) <= (one.submitted_at, one.id) for one in among)


def test_a_primary_record_that_is_there_is_not_replaced() -> None:
    some = [record(1, RecordState.APPROVED), record(2, RecordState.REJECTED, primary=True)]
    assert teaching.next_primary(some) is None


def test_one_record_a_school_and_ten_in_all() -> None:
    some = [record(number, RecordState.PENDING) for number in range(9)]
    assert teaching.may_add(some, 500) is None
    exists = Refusal(RefusalCode.TEACHING_RECORD_EXISTS, ("schoolId",))
    assert teaching.may_add(some, 103) == exists
    some.append(record(9, RecordState.REJECTED))
    assert teaching.may_add(some, 500) == Refusal(RefusalCode.TEACHING_RECORDS_EXCEEDED, data={"most": "10"})
    assert teaching.may_add(some, 103) == exists, "the nearer reason comes first"


@pytest.mark.parametrize("state", ACTIVE)
def test_the_school_is_locked_while_approved(state: RecordState) -> None:
    own, other = record(1, state), record(2, RecordState.PENDING)
    locked = Refusal(RefusalCode.FIELD_LOCKED_VERIFIED, ("schoolId",))
    assert teaching.may_move(own, [own, other], 500) == (locked if state is RecordState.APPROVED else None)
    assert teaching.may_move(record(3, RecordState.PENDING), [own, other], 102) == Refusal(
        RefusalCode.TEACHING_RECORD_EXISTS, ("schoolId",)
    )


def test_only_what_was_rejected_or_waits_is_handed_in_again() -> None:
    able = [state for state in RecordState if teaching.may_resubmit(state) is None]
    assert able == [RecordState.PENDING, RecordState.REJECTED]


def test_details_are_cleaned_and_blank_ones_cleared() -> None:
    given_details = Details(teaching_stage=TeachingStage.SPECIAL, subject=" 语文　", grade="\u3000")
    assert teaching.details(given_details) == {"teaching_stage": "SPECIAL", "subject": "语文", "grade": None}
    assert teaching.details({}) == {}
    assert teaching.details({"subject": None}) == {"subject": None}
    assert given_details["subject"] == " 语文　", "what was given stays as it was"
    for text, reason in (("x" * 41, "TOO_LONG"), ("a\u0000", "FORBIDDEN_CHARACTER")):
        assert teaching.details({"grade": text}) == Refusal(
            RefusalCode.BAD_USER_INPUT, ("grade",), {"why": reason, "most": "40"}
        )
