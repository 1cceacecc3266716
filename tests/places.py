"""Where the servers of the tests lie: in memory where the system has room, for most tests copy a whole database."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 1 << 29
"""Bytes that must be free there; a process of tests takes some 100 MB."""

OURS = f"mobile-gateway-tests-{os.getuid()}-"


def roomy(memory: Path = MEMORY, room: int = ROOM) -> bool:
    """Whether files can lie in memory here. Containers often have 64 MB of it, and macOS has none."""
    return os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= room


@contextlib.contextmanager
def in_memory(memory: Path = MEMORY) -> Iterator[Path]:
    """A new folder in memory, removed afterwards; what killed processes left there is removed before."""
    with _held(memory):  # no folder is taken for a dead one's before its maker holds it
        _remove_abandoned(memory)
        folder = Path(tempfile.mkdtemp(prefix=OURS, dir=memory))
        holding = contextlib.ExitStack()
        holding.enter_context(_held(folder))
    with holding:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(memory: Path) -> None:
    for folder in memory.glob(f"{OURS}*"):
        with contextlib.suppress(OSError), _held(folder, wait=False):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the folder for this process, until the block or the process ends; OSError when another holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
