"""The table of a campaign's life in the docs is the one in the rules."""

from __future__ import annotations

import re
from pathlib import Path

from mobile_gateway.rules.campaigns import STEPS

LIFECYCLES = Path(__file__).parents[2] / "docs" / "lifecycles.md"


def test_the_campaign_table_of_the_docs_is_the_rules() -> None:
    table = LIFECYCLES.read_text("utf-8").partition("## Campaign\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z]+) \| ([A-Z]+)\b[^|]*\| ([A-Z]+) \|$", table, re.MULTILINE)
    written = {(state, step): reached for state, step, reached in rows}
    assert len(rows) == len(written)
    assert written == {(str(state), str(step)): str(reached) for (state, step), reached in STEPS.items()}
