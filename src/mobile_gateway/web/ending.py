"""The end of a served process, told to its streams before the server hears of it.

The server takes SIGTERM as: drop the sockets without a word, serve what else is open to its end, then shut down. An
event stream has no end of its own, and a socket's client should learn why. So the parent, which is told to end, sends
its workers WARNING, and a moment later ends them. A worker that gets SIGTERM by itself ends its event streams at least.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

WARNING: Final = signal.SIGUSR1
MOMENT_SECONDS: Final = 1.0
_ENDS: Final = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def hearing_the_end(leave: Callable[[], None]) -> Iterator[None]:
    """While the block runs, call `leave` in the running loop when this worker is warned, or told to end."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDS}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(leave)
        others = before[signal.Signals(number)]
        if callable(others):
            others(number, frame)

    loop.add_signal_handler(WARNING, leave)
    for number in _ENDS:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, others in before.items():
            signal.signal(number, others)
        loop.remove_signal_handler(WARNING)


def warn_workers_first() -> None:
    """In the parent, once the server has set its signals: warn the workers, and let the server hear a moment later."""
    for number in _ENDS:
        _wrap(number)


def _wrap(number: signal.Signals) -> None:
    others = signal.getsignal(number)

    def told(_: int, frame: FrameType | None) -> None:
        for worker in multiprocessing.active_children():
            if worker.pid is not None:
                with contextlib.suppress(OSError):
                    os.kill(worker.pid, WARNING)
        if callable(others):
            threading.Timer(MOMENT_SECONDS, others, (number, frame)).start()

    signal.signal(number, told)
