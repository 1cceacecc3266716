"""The table of a rebind ticket's life in the docs is the one in the rules."""

from __future__ import annotations

import re
from pathlib import Path

from mobile_gateway.rules.rebinding import STEPS

LIFECYCLES = Path(__file__).parents[2] / "docs" / "lifecycles.md"


def test_the_rebind_table_of_the_docs_is_the_rules() -> None:
    table = LIFECYCLES.read_text("utf-8").partition("## Rebind ticket")[2].partition("##")[0]
    rows = re.findall(r"^\| ([A-Z_]+) \| ([A-Z_]+)\b[^|]*\| ([A-Z_]+) \|$", table, re.MULTILINE)
    written = {(state, step): reached for state, step, reached in rows}
    assert len(rows) == len(written)
    assert written == {(str(state), str(step)): str(reached) for (state, step), reached in STEPS.items()}
