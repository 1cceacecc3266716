from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import cells


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t1", "\r1", "\n1", "＝1", "＋1", "－1", "＠a", "  =1"]
)
def test_what_could_begin_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cells.safe(text) == "'" + text


@pytest.mark.parametrize("text", ["", "张三", "a=b", "1-2", "阿依努尔·买提", "'=1", " "])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cells.safe(text) == text


@given(st.text())
def test_a_safe_cell_is_safe_and_loses_nothing(text: str) -> None:
    made = cells.safe(text)
    assert made in (text, "'" + text)
    assert cells.safe(made) == made
    assert made.lstrip()[:1] not in set("=+-@＝＋－＠") or not made
