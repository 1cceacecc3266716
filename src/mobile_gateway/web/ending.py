"""The end of a served process, told to its streams before the server hears of it.

The server takes SIGTERM as: drop the sockets without a word, serve what else is open to its end, then shut down. An
event stream has no end of its own, and a socket's client should learn why. So they get a moment of their own first.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

MOMENT_SECONDS: Final = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def hearing_the_end(leave: Callable[[], None]) -> Iterator[None]:
    """While the block runs, call `leave` in the running loop when this process is told to end; then do as before.

    Requests are taken a second longer than without.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def told(number: int, frame: FrameType | None) -> None:
        others = before[signal.Signals(number)]

        def go_on() -> None:
            leave()
            if callable(others):
                loop.call_later(MOMENT_SECONDS, others, number, frame)

        loop.call_soon_threadsafe(go_on)

    for number in _SIGNALS:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, others in before.items():
            signal.signal(number, others)
