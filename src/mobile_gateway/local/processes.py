"""Start a program on a leash, find one that was left running, end one; and ports on the loopback."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mobile_gateway.local.errors import LocalError

LEASH = Path(__file__).with_name("leash.py")
# Linux sends the death signal when the *thread* that forked ends, so one thread that lives as long as the
# process forks them all: a caller may come from a pool whose threads end when idle.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-forker")
LOWEST_PORT = 20_000
PORTS = 12_000  # up to 31,999: below the ports that Linux and macOS give to outgoing connections


@dataclass(frozen=True)
class Account:
    """An unprivileged account to run a server as."""

    uid: int
    gid: int


def unprivileged(owned: Path) -> Account | None:
    """Say whom to run as: None when we are not root; else the owner of the folder `owned`, or `nobody`.

    Raises LocalError when `owned` belongs to somebody else and we cannot become them, or to root.
    """
    owner = owned.stat() if owned.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise LocalError(f"{owned} belongs to user {owner.st_uid}, and this is user {os.geteuid()}")
        return None
    if owner and owner.st_uid == 0:
        raise LocalError(f"{owned} belongs to root, which PostgreSQL refuses: give it to another user")
    if owner:
        return Account(owner.st_uid, owner.st_gid)
    with contextlib.suppress(KeyError):
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid % 2**32, nobody.pw_gid % 2**32)  # macOS answers -2
    return Account(65534, 65534)


def spawn(
    argv: Sequence[str],
    *,
    death: signal.Signals,
    env: Mapping[str, str],
    stdout: int | IO[bytes],
    stdin: int = subprocess.DEVNULL,
    folder: Path | None = None,
    account: Account | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `argv` in a process group of its own; it gets `death` when this process dies (Linux).

    stderr goes where stdout goes. The pid is the program's own, for the leash becomes it.
    """
    leash = [
        *(sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(death))),
        f"{account.uid}:{account.gid}" if account else "-",
        str(folder or "-"),
        shutil.which(argv[0], path=env.get("PATH")) or argv[0],
        *argv[1:],
    ]

    def fork() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own programs, as a list, without a shell
            leash, env=env, stdin=stdin, stdout=stdout, stderr=subprocess.STDOUT, process_group=0
        )

    return _forker.submit(fork).result()


def run(
    argv: Sequence[str], *, folder: Path | None, account: Account | None, told: str = "", seconds: float = 120
) -> str:
    """Run `argv` to its end with `told` on stdin; return what it wrote.

    Raises LocalError with its last line when it fails or takes longer than `seconds`.
    """
    process = spawn(
        argv,
        death=signal.SIGKILL,
        env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        folder=folder,
        account=account,
    )
    name = Path(argv[0]).name
    with process:
        try:
            output, _ = process.communicate(told.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LocalError(f"{name} took longer than {seconds:.0f} s") from None
    if process.returncode != 0:
        raise LocalError(f"{name} failed: {telling_line(output)}")
    return output.decode(errors="replace")


def telling_line(output: bytes) -> str:
    """Return the line of a program's output that best says why it failed: its last error, or its last."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    loud = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error:"))]
    return (loud or lines or ["it said nothing"])[-1]


def found(marker: str, programs: tuple[str, ...]) -> set[int]:
    """Return the pids that run one of `programs` with `marker` on their command line."""
    return {
        pid
        for pid, command in _commands()
        if marker in command and Path(command.split()[0]).name.rstrip(":") in programs
    }


def _commands() -> Iterable[tuple[int, str]]:
    if Path("/proc/self/cmdline").exists():
        for entry in os.listdir("/proc"):  # noqa: PTH208 - thousands of names, no Path for each
            if entry.isdecimal():
                with contextlib.suppress(OSError):  # it ended while we looked, or is not ours to see
                    raw = Path("/proc", entry, "cmdline").read_bytes()
                    command = raw.replace(b"\0", b" ").decode(errors="replace").strip()
                    if command:  # empty for a zombie and for the kernel's own
                        yield int(entry), command
        return
    listing = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, check=True, timeout=10
    )
    for line in listing.stdout.decode(errors="replace").splitlines():
        pid, _, command = line.strip().partition(" ")
        if command:
            yield int(pid), command


def end(pid: int, steps: Iterable[tuple[signal.Signals, float]], gone: Callable[[], bool]) -> None:
    """Send each step's signal and wait up to its seconds until `gone()`; then SIGKILL, and wait 10 s more.

    A stopped process is continued, so that it can end in its own way. Raises LocalError if it never ends.
    """
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)
        if until(gone, seconds):
            return
    raise LocalError(f"process {pid} does not end, not even by SIGKILL")


def until(reached: Callable[[], bool], seconds: float, pause: float = 0.01) -> bool:
    """Ask `reached` every `pause` seconds, for `seconds` at most; return its last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := reached()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers themselves do
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free loopback port from 20,000 to 31,999; another process may still take it before its use.

    Outgoing connections never get these, so a part that restarts finds its own again.
    """
    for _ in range(200):
        port = LOWEST_PORT + secrets.randbelow(PORTS)
        if is_free(port):
            return port
    raise LocalError("no free port from 20000 to 31999 on 127.0.0.1")
