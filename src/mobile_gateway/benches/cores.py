"""Cores and processes: the server on one core, the load on another, and what a process uses of them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from mobile_gateway.benches.measuring import BenchWrong

SERVER = 0
LOAD = 1
PROC = Path("/proc")


def _can_pin() -> bool:
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1


@contextlib.contextmanager
def on(core: int) -> Iterator[None]:
    """What is started in this block runs on the `core`-th of our cores, where cores can be chosen."""
    if not _can_pin():
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(ours)[core]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], log: Path, told: bytes = b""
) -> Iterator[subprocess.Popen[bytes]]:
    """A process on the server's core, told something on stdin; ended, with its children, when the block ends."""
    with log.open("ab") as output, on(SERVER):
        process = subprocess.Popen(  # noqa: S603 - our own programs
            list(command), env=dict(env), stdin=subprocess.PIPE, stdout=output, stderr=output, process_group=0
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(told)
        process.stdin.close()
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def answers(port: int, path: str = "/health/ready") -> bool:
    """Whether a server answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200  # noqa: PLR2004 - HTTP's own number
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path, path: str = "/health/ready") -> None:
    """Wait until a server answers; BenchWrong with its last line when it ended, or needs 30 s."""
    deadline = time.monotonic() + 30
    while not answers(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise BenchWrong(f"a server does not answer: {said[-1]}")
        time.sleep(0.002)


def tree(pid: int) -> list[int]:
    """A process and everything below it; Linux only, else the process alone."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in (PROC / str(one) / "task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Seconds of a core that a process and its children used until now; 0 where /proc is missing."""
    ticks = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = (PROC / str(one) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime, proc_pid_stat(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Megabytes (10^6 bytes) of memory that one process holds; 0 where /proc is missing."""
    return _status_mb(pid, "VmRSS:")


def peak_mb(pid: int) -> float:
    """The most megabytes that one process ever held; 0 where /proc is missing."""
    return _status_mb(pid, "VmHWM:")


def _status_mb(pid: int, key: str) -> float:
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
