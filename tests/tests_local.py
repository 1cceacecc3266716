"""Programs of a test, and looking at processes."""

import os
import subprocess
import sys
from pathlib import Path

from mobile_gateway.local import processes


class Program:
    """A Python program of a test, in a process of its own, killed at the end if it still runs."""

    def __init__(self, code: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def runs(pid: int) -> bool:
    """A zombie does not: whoever inherits it has not looked yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    try:
        return not state.parent.parent.joinpath("self").exists() or ") Z" not in state.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_gone(*pids: int, seconds: float = 10) -> bool:
    return processes.until(lambda: not any(runs(pid) for pid in pids), seconds)
