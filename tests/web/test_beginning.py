"""What a start makes stays, and is not looked through for garbage any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from mobile_gateway.web import beginning


@pytest.fixture
def as_before() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.unfreeze()
    gc.set_threshold(*before)


def test_garbage_is_looked_for_seldom_while_all_is_made_and_as_usual_after_that(
    as_before: tuple[int, int, int],
) -> None:
    beginning.hurry()
    assert gc.get_threshold() == (beginning.OBJECTS_AT_START, *as_before[1:])
    made = [[number] for number in range(10)]
    beginning.settle()
    assert gc.get_threshold() == as_before
    assert gc.get_freeze_count() > len(made)
    assert all(one is not made for one in gc.get_objects())
