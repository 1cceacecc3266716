"""Kill the supervisor's process groups when the supervisor itself is gone.

Run by its path. Stdin tells the groups, a line each: `+pgid` to watch, `-pgid` to forget. Its end means that
the supervisor ended, however that happened: every group still watched gets SIGKILL. A death signal alone
would reach a child, but not the workers that the child forked.
"""

import contextlib
import os
import signal
import sys


def watch() -> None:
    """Read until the end of stdin, then kill what is left."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch()
