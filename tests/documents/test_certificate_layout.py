"""Whatever stands on a certificate stays text, stays whole, and stays in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from printing import SAMPLE, closed, difference, text_of

HOSTILE = [
    "#eval(\"1\") #panic() #read('/etc/passwd')",
    "$x$ *bold* _it_ `code` ```raw``` <label> @ref",
    "\\ \" ' // /* */ = - + / ~ -- --- ...",
    '"}, "masked": true, {"',
    "{{ }} [[ ]] #[ ] ${x} %s \\u{41} &lt;",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_is_read_as_markup(hostile: str) -> None:
    for changed in (
        replace(SAMPLE, name=hostile),
        replace(SAMPLE, school=hostile),
        replace(SAMPLE, topic=hostile),
        replace(SAMPLE, document_number=hostile),
        replace(SAMPLE, document_label=hostile),
    ):
        assert closed(hostile) in closed(text_of(changed))


# Wide and narrow, with and without places to wrap.
LONG = ["阿卜杜拉·" * 10, "云" * 50, "W" * 50, "Wilhelmina " * 4 + "Wilhel", "𬭸" * 50, "i" * 50]


@pytest.mark.parametrize("name", LONG)
def test_a_name_of_fifty_characters_stays_within_its_line_and_above_the_rule(name: str) -> None:
    printed = replace(SAMPLE, name=name)
    assert closed(name) + "老师" in closed(text_of(printed))
    # The rule is at 88 mm of 210; the place of the name from 68 mm, and the frame 18.2 mm from the edges.
    left, top, right, bottom = difference(printed, replace(SAMPLE, name="·"))
    assert left > 25
    assert right < 297 - 25
    assert top > 68
    assert bottom < 88


@pytest.mark.parametrize("school", ["云" * 60, "W" * 60, "实验" * 15 + "W" * 30])
def test_a_school_of_sixty_characters_stays_between_document_and_sentence(school: str) -> None:
    printed = replace(SAMPLE, school=school)
    assert school in closed(text_of(printed))
    left, top, right, bottom = difference(printed, replace(SAMPLE, school="·"))
    assert left > 25
    assert right < 297 - 25
    assert top > 97
    assert bottom < 113


def test_a_long_topic_shrinks_and_stays_above_seal_and_code() -> None:
    for topic in ("暑期教师研修" * 16, "W" * 60):
        printed = replace(SAMPLE, topic=topic)
        assert topic in closed(text_of(printed))
        left, _, right, bottom = difference(printed, replace(SAMPLE, topic="·"))
        assert left > 25
        assert right < 297 - 25
        assert bottom < 146
