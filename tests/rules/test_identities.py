from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.messages import losses
from mobile_gateway.rules import identities
from mobile_gateway.rules.identities import Step
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Identity, Loss

STUDENT, PARENT, TEACHER = Identity.STUDENT, Identity.PARENT, Identity.TEACHER
IMPOSSIBLE = Refusal(RefusalCode.IDENTITY_SWITCH_IMPOSSIBLE)
SWITCHES = {
    (STUDENT, TEACHER): Step.WIPE,
    (PARENT, TEACHER): Step.CHANGE,
    (TEACHER, PARENT): Step.CHANGE,
}


def test_every_switch_is_one_of_the_three_or_nothing_or_impossible() -> None:
    for now, wanted in product(Identity, Identity):
        expected = Step.NOTHING if now is wanted else SWITCHES.get((now, wanted), IMPOSSIBLE)
        assert identities.switch(now, wanted, has_phone=True) == expected
        assert (wanted in identities.ways(now)) == ((now, wanted) in SWITCHES)


def test_only_a_student_needs_a_phone_to_switch() -> None:
    required = Refusal(RefusalCode.PHONE_REQUIRED)
    assert identities.switch(STUDENT, TEACHER, has_phone=False) == required
    assert identities.switch(STUDENT, STUDENT, has_phone=False) is Step.NOTHING
    assert identities.switch(STUDENT, PARENT, has_phone=False) == IMPOSSIBLE


LOSSES = st.dictionaries(st.sampled_from(Loss), st.integers(0, 9))


@given(LOSSES, LOSSES)
def test_a_confirmation_stands_for_exactly_what_it_names(
    one: dict[Loss, int], other: dict[Loss, int]
) -> None:
    said, again = (identities.confirmation(7, 0, 1, named) for named in (one, other))
    same = {k: n for k, n in one.items() if n} == {k: n for k, n in other.items() if n}
    assert (said == again) is same


def test_a_confirmation_is_of_one_person_epoch_and_version() -> None:
    said = {
        identities.confirmation(*who, {Loss.NAME: 1})
        for who in ((1, 11, 1), (11, 1, 1), (1, 1, 11), (1, 1, 1))
    }
    assert len(said) == 4


def test_every_loss_has_a_name_in_both_languages() -> None:
    for loss in Loss:
        assert losses.shown(loss, "zh-CN")
        assert losses.shown(loss, "en").isascii()


def test_the_identity_table_of_the_docs_has_every_switch_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "lifecycles.md").read_text("utf-8")
    table = text.partition("## Identity")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z]+) \|[^|]*\| ([A-Z]+)\b", table, re.MULTILINE)
    assert {(Identity(a), Identity(b)) for a, b in rows} == set(SWITCHES)
