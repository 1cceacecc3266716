from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.rebinding import CLOSED, STEPS, Claim, Step
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import TicketState


@pytest.mark.parametrize(("state", "step"), list(product(TicketState, Step)))
def test_a_step_leads_on_or_was_taken_already_or_is_refused(state: TicketState, step: Step) -> None:
    reached = rules.after(state, step)
    if (state, step) in STEPS:
        assert reached is STEPS[state, step]
    elif any(one is state and taken is step for (_, taken), one in STEPS.items()):
        assert reached is state
    else:
        code = RefusalCode.TICKET_CLOSED if state in CLOSED else RefusalCode.TICKET_STEP_IMPOSSIBLE
        assert isinstance(reached, Refusal)
        assert reached.code is code


def test_nothing_leads_out_of_a_closed_ticket() -> None:
    assert not [state for state, _ in STEPS if state in CLOSED]
    assert set(STEPS.values()) >= CLOSED


def test_every_open_ticket_can_be_cancelled_by_its_holder() -> None:
    assert {state for state, step in STEPS if step is Step.CANCEL} == set(TicketState) - CLOSED


@pytest.mark.parametrize(
    "typed", ["HB0123456789", " hb-01234-56789 ", "HBO1234S6789", "hbo i2345 6789", "HBL0"]
)
def test_a_number_is_read_as_it_is_typed(typed: str) -> None:
    read = rules.number(typed)
    assert read is None if typed == "HBL0" else read is not None
    if read is not None:
        assert set(read[2:]) <= set(rules.NUMBER_DIGITS)


@given(st.text(alphabet=rules.NUMBER_DIGITS, min_size=rules.NUMBER_LENGTH, max_size=rules.NUMBER_LENGTH))
def test_a_number_that_we_give_out_is_read_as_itself(digits: str) -> None:
    assert rules.number(rules.NUMBER_PREFIX + digits) == rules.NUMBER_PREFIX + digits


@given(st.text())
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    read = rules.number(text)
    assert read is None or rules.number(read) == read


def test_a_claim_shows_nothing_of_itself() -> None:
    today = date(2024, 8, 20)
    claim = rules.claim(
        "林知夏", DocumentType.MAINLAND_ID, "11010519491231002X", "+8619900000001", "+8618811110001", today
    )
    assert isinstance(claim, Claim)
    assert repr(claim) == "Claim()"
