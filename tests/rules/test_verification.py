from __future__ import annotations

import itertools

import pytest

from mobile_gateway.rules import verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.staff_words import VerificationOutcome
from mobile_gateway.rules.verification import AlreadyDone, Decided, Decision, Standing
from mobile_gateway.rules.words import RecordState, StaffRole

SCHOOL, COUNTY, TEACHER, ADMIN = 7, 110108, 100, 200
OF_SCHOOL = Grants(schools=frozenset({SCHOOL}))
OF_COUNTY = Grants(counties=frozenset({COUNTY}))
OTHERS = Grants(frozenset({8}), frozenset({110105}), is_support=True, is_platform=True)


def standing(person: int = TEACHER, *, of_admin: bool = False) -> Standing:
    return Standing(person, SCHOOL, COUNTY, of_admin)


def test_who_decides() -> None:
    role = verification.may_decide
    assert role(OF_SCHOOL, ADMIN, standing()) is StaffRole.SCHOOL_ADMIN
    assert role(OF_COUNTY, ADMIN, standing(of_admin=True)) is StaffRole.COUNTY_ADMIN
    assert role(OF_COUNTY, ADMIN, standing()) is None
    assert role(OF_SCHOOL, ADMIN, standing(of_admin=True)) is None
    for grants, of_admin in itertools.product((OF_SCHOOL, OF_COUNTY, OTHERS), (True, False)):
        assert role(grants, TEACHER, standing(of_admin=of_admin)) is None
        assert role(OTHERS, ADMIN, standing(of_admin=of_admin)) is None


def test_who_sees_and_who_removes() -> None:
    assert verification.may_see(OF_COUNTY, ADMIN, standing())
    assert not verification.may_see(OF_COUNTY, TEACHER, standing())
    assert not verification.may_see(OF_SCHOOL, ADMIN, standing(of_admin=True))
    assert not verification.may_see(OTHERS, ADMIN, standing())
    assert verification.may_remove(OF_SCHOOL, ADMIN, standing(of_admin=True)) is StaffRole.SCHOOL_ADMIN
    assert verification.may_remove(OF_SCHOOL, TEACHER, standing()) is None
    assert verification.may_remove(OF_COUNTY, ADMIN, standing()) is None
    assert verification.may_remove(OTHERS, ADMIN, standing()) is None


@pytest.mark.parametrize("state", list(RecordState))
@pytest.mark.parametrize("outcome", list(VerificationOutcome))
@pytest.mark.parametrize("version", [3, 4])
def test_only_the_seen_version_of_what_is_pending_is_decided(
    state: RecordState, outcome: VerificationOutcome, version: int
) -> None:
    found = verification.decide(Decided(state, 4, None, None), Decision(version, outcome, "r"), ADMIN)
    if state is RecordState.PENDING and version == 4:
        assert found == RecordState(outcome.value)
    elif state is RecordState.PENDING:
        assert found == Refusal(RefusalCode.CONFLICT, ("version",))
    else:
        assert found == Refusal(RefusalCode.ALREADY_DECIDED, ("recordId",))


def test_only_the_very_same_decision_is_a_second_click() -> None:
    rejected = Decided(RecordState.REJECTED, 5, ADMIN, "r")
    decision = Decision(4, VerificationOutcome.REJECTED, "r")
    assert isinstance(verification.decide(rejected, decision, ADMIN), AlreadyDone)
    for other in (
        verification.decide(rejected, decision, ADMIN + 1),
        verification.decide(rejected, Decision(4, VerificationOutcome.REJECTED, "s"), ADMIN),
        verification.decide(rejected, Decision(4, VerificationOutcome.APPROVED, None), ADMIN),
        verification.decide(rejected, Decision(5, VerificationOutcome.REJECTED, "r"), ADMIN),
    ):
        assert isinstance(other, Refusal)


def test_who_is_removed() -> None:
    found = {state: verification.remove(state) for state in RecordState}
    assert found.pop(RecordState.APPROVED) is RecordState.REMOVED
    assert isinstance(found.pop(RecordState.REMOVED), AlreadyDone)
    assert all(one == Refusal(RefusalCode.RECORD_NOT_APPROVED, ("recordId",)) for one in found.values())
