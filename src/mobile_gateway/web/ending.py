"""The end of a served process, told to its streams before the server waits for them.

The server takes SIGTERM as: serve what is open to its end, then shut down. A subscription has no end of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def hearing_the_end(leave: Callable[[], None]) -> Iterator[None]:
    """While the block runs, call `leave` in the running loop when this process is told to end; then do as before."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(leave)
        others = before[signal.Signals(number)]
        if callable(others):
            others(number, frame)

    for number in _SIGNALS:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, others in before.items():
            signal.signal(number, others)
