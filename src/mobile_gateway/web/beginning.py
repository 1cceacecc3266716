"""The beginning of a served process: much is made, and nearly all of it stays.

Python looks for garbage after every 700 objects more, which while a schema is made is a quarter of the start's time
and finds little. So the process that watches puts the looks far apart before it forks the one that serves, and that
one has them as usual again once everything is made. What was made by then is not looked at any more: a look at all
objects would hold every request up for a tenth of a second.
"""

from __future__ import annotations

import gc
from typing import Final

OBJECTS_AT_START: Final = 20_000
_USUAL: Final = gc.get_threshold()


def hurry() -> None:
    """Look for garbage seldom; what is forked inherits that."""
    gc.set_threshold(OBJECTS_AT_START, *_USUAL[1:])


def settle() -> None:
    """Everything is made: let it stay, and look for garbage as usual again."""
    gc.freeze()
    gc.set_threshold(*_USUAL)
