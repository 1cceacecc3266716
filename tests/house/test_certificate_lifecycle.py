"""The table of a certificate's life in the docs is what the rules do."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules import certificates
from mobile_gateway.rules.certificates import Difference, Event, Life, Verified
from mobile_gateway.rules.words import CertificateState
from mobile_gateway.workdays import is_workday

LIFECYCLES = Path(__file__).parents[2] / "docs" / "lifecycles.md"
NOW = datetime(2024, 9, 10, 12, tzinfo=SHANGHAI)
DUE = datetime(2024, 9, 18, 23, 59, 59, tzinfo=SHANGHAI)
DIFFERS = {
    "nothing": Difference(person=False, school=False),
    "person": Difference(person=True, school=False),
    "school": Difference(person=False, school=True),
}

YES, NO = Verified(school=True, person=True), Verified(school=False, person=False)
BEFORE = Verified(school=True, person=False)
VERIFIED = {"yes": [YES], "no": [NO], "any": [YES, NO, BEFORE], "before the edit": [BEFORE]}


def life(words: str) -> Life:
    state, *more = words.split(", ")
    due = DUE if state == "REISSUE_PENDING" else None
    return Life(CertificateState(state), "left" in more, due, "ready" in more)


def told(found: Life) -> str:
    marks = [word for word, holds in (("left", found.left), ("ready", found.ready)) if holds]
    return ", ".join([found.state, *marks])


def test_every_row_of_the_docs_is_what_the_rules_do() -> None:
    table = LIFECYCLES.read_text("utf-8").partition("## Certificate")[2].partition("## ")[0]
    rows = re.findall(
        r"^\| ([A-Z_a-z, ]+) \| ([A-Z]+) \| (\w+) \| (yes|no|any|before the edit) \| ([A-Z_a-z, ]+) \|$",
        table,
        re.MULTILINE,
    )
    assert len(rows) == 20
    for before, event, differs, approved, wanted in rows:
        for by in VERIFIED[approved]:
            found = certificates.after(
                life(before), Event(event), DIFFERS[differs], by, now=NOW, is_workday=is_workday
            )
            assert told(found) == wanted, (before, event, differs, approved)
