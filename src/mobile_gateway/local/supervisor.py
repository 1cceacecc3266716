"""Keep the product's processes alive beside each other: the gateway and the worker."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mobile_gateway.local import processes
from mobile_gateway.local.errors import LocalError
from mobile_gateway.local.parts import Parts

REAPER = Path(__file__).with_name("reaper.py")
WRONG_SETTING = 2  # the exit code of a child that another try would not help
FIRST_PAUSE, LONGEST_PAUSE, GOOD_LIFE, GRACE = 0.2, 5.0, 30.0, 30.0  # seconds
LONGEST_LINE = 65_536  # bytes; a longer one is cut in two


@dataclass(frozen=True)
class Child:
    """A program to keep alive: its name in output and run.json, its command line, its whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass
class _Kept:
    child: Child
    process: "subprocess.Popen[bytes] | None" = None
    since: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    unfinished: bytes = field(default=b"")
    last: str = ""


class Supervisor:
    """Runs children in process groups of their own, and restarts the ones that end.

    - The pause before a restart is 0.2 s, doubles to 5 s, and is 0.2 s again after a life of 30 s. When a
      child ends, what it forked is killed before its successor starts.
    - A child that ends with code 2 has a wrong setting: all stop, and its last line is repeated on stderr.
    - SIGTERM or SIGINT: the children get SIGTERM and 30 s, then SIGKILL; a second signal cuts the wait short.
    - Should the supervisor be killed itself, its children and what they forked get SIGKILL, on any Unix.
    - With `parts`, a part that ended unasked is started again too; stopping the parts is their starter's.
    - Each line that a child writes comes out on stdout behind its name.
    - `<directory>/run.json` holds `{"pids": {name: pid}}` of what runs now, supervisor and parts included; it
      is replaced at each change and removed at the end (a killed supervisor leaves it behind).
    """

    def __init__(self, directory: Path, children: Sequence[Child], *, parts: Parts | None = None) -> None:
        self._path = directory / "run.json"
        self._kept = [_Kept(child) for child in children]
        self._parts = parts
        self._mend_at = 0.0
        self._written: dict[str, int] = {}
        self._asked = 0
        self._code: int | None = None
        self._deadline = 0.0
        self._reaper: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Run until a signal, a child's code 2, or `stop`; return the exit code for the process.

        0 after a clean stop, 1 when a child had to be killed, 2 when a child has a wrong setting.
        Call it in the main thread: it takes SIGTERM, SIGINT and SIGCHLD while it runs.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, lambda *_: self.stop()),
                (signal.SIGINT, lambda *_: self.stop()),
                (signal.SIGCHLD, lambda *_: None),
            )
        }
        waker = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            with selectors.DefaultSelector() as selector, self._reaping():
                selector.register(reading, selectors.EVENT_READ)
                return self._loop(selector, reading)
        finally:
            signal.set_wakeup_fd(waker)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)
            self._path.unlink(missing_ok=True)

    def stop(self) -> None:
        """Ask for a clean stop; asked a second time, do not wait for it."""
        self._asked += 1

    def _loop(self, selector: selectors.BaseSelector, reading: int) -> int:
        try:
            while True:
                now = time.monotonic()
                for kept in self._kept:
                    self._look(kept, selector, now)
                if self._code is None and self._asked:
                    self._begin_stop(0, now)
                elif self._code is None:
                    self._mend(now)
                elif not any(kept.process for kept in self._kept):
                    return self._code
                elif now >= self._deadline or self._asked > 1:
                    self._code = self._code or 1
                    for kept in self._kept:
                        self._kill(kept)
                self._write_pids()
                self._wait(selector, reading, now)
        finally:
            for kept in self._kept:
                self._kill(kept)
                if kept.process:
                    self._bury(kept, selector)

    def _look(self, kept: _Kept, selector: selectors.BaseSelector, now: float) -> None:
        """Start a child that is due; notice one that ended."""
        if kept.process is None:
            if self._code is None and not self._asked and now >= kept.due:
                self._launch(kept, selector, now)
            return
        if not _ended(kept.process):
            return
        code = self._bury(kept, selector)
        if self._code is not None or self._asked:
            return
        if code == WRONG_SETTING:
            self._say(sys.stderr.fileno(), f"{kept.child.name} has a wrong setting: {kept.last}\n".encode())
            self._begin_stop(WRONG_SETTING, now)
            return
        kept.pause = FIRST_PAUSE if now - kept.since >= GOOD_LIFE else kept.pause
        how = f"signal {-code}" if code < 0 else f"code {code}"
        self._tell(f"{kept.child.name} ended with {how}; again in {kept.pause:.1f} s")
        kept.due, kept.pause = now + kept.pause, min(2 * kept.pause, LONGEST_PAUSE)

    def _launch(self, kept: _Kept, selector: selectors.BaseSelector, now: float) -> None:
        kept.process = process = processes.spawn(
            kept.child.argv, death=signal.SIGKILL, env=kept.child.env, stdout=subprocess.PIPE
        )
        kept.since = now
        self._tell_reaper("+", process.pid)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        selector.register(process.stdout, selectors.EVENT_READ, kept)

    def _bury(self, kept: _Kept, selector: selectors.BaseSelector) -> int:
        """Kill what an ended child forked, pass its last words on, and return its exit code."""
        process = kept.process
        assert process is not None
        assert process.stdout is not None
        self._kill(kept)  # before it is reaped: until then its number cannot be another's
        code = process.wait()
        self._tell_reaper("-", process.pid)
        self._read(kept, selector)
        if kept.unfinished:
            self._print(kept, [kept.unfinished])
        with contextlib.suppress(KeyError):  # its output may have ended before it
            selector.unregister(process.stdout)
        process.stdout.close()
        kept.process, kept.unfinished = None, b""
        return code

    def _kill(self, kept: _Kept) -> None:
        if kept.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(kept.process.pid, signal.SIGKILL)

    def _begin_stop(self, code: int, now: float) -> None:
        self._code, self._deadline = code, now + GRACE
        for kept in self._kept:
            if kept.process:
                kept.process.terminate()

    def _mend(self, now: float) -> None:
        if self._parts is None or now < self._mend_at:
            return
        try:
            for name in self._parts.mend():
                self._tell(f"{name} had ended and runs again")
        except LocalError as problem:
            self._tell(str(problem))
            self._mend_at = now + LONGEST_PAUSE

    def _wait(self, selector: selectors.BaseSelector, reading: int, now: float) -> None:
        dues = [kept.due for kept in self._kept if kept.process is None and self._code is None]
        ends = [self._deadline] if self._code is not None and self._deadline > now else []
        pause = min([1.0, *(max(0.0, moment - now) for moment in (*dues, *ends))])
        for key, _ in selector.select(pause):
            if isinstance(key.data, _Kept):
                self._read(key.data, selector)
            else:
                with contextlib.suppress(BlockingIOError):
                    os.read(reading, 4096)

    def _read(self, kept: _Kept, selector: selectors.BaseSelector) -> None:
        """Pass on what a child wrote, whole lines at a time."""
        assert kept.process is not None
        assert kept.process.stdout is not None
        with contextlib.suppress(BlockingIOError):
            while part := os.read(kept.process.stdout.fileno(), LONGEST_LINE):
                *lines, kept.unfinished = (kept.unfinished + part).split(b"\n")
                if len(kept.unfinished) >= LONGEST_LINE:
                    lines, kept.unfinished = [*lines, kept.unfinished], b""
                self._print(kept, lines)
            with contextlib.suppress(KeyError):  # the end of its output, seen once already
                selector.unregister(kept.process.stdout)

    def _print(self, kept: _Kept, lines: Sequence[bytes]) -> None:
        full = [line for line in lines if line.strip()]
        if full:
            kept.last = full[-1].decode(errors="replace").strip()
            prefix = kept.child.name.encode() + b" | "
            self._say(sys.stdout.fileno(), b"".join(prefix + line + b"\n" for line in full))

    def _tell(self, text: str) -> None:
        self._say(sys.stdout.fileno(), f"supervisor | {text}\n".encode())

    def _say(self, descriptor: int, text: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody reads any more; the children matter more
            while text:
                text = text[os.write(descriptor, text) :]

    def _write_pids(self) -> None:
        pids = {"supervisor": os.getpid(), **(self._parts.pids() if self._parts else {})}
        pids |= {kept.child.name: kept.process.pid for kept in self._kept if kept.process}
        if pids != self._written:
            fresh = self._path.with_name("run.json.new")
            fresh.write_text(json.dumps({"pids": pids}, indent=2) + "\n")
            fresh.replace(self._path)
            self._written = pids

    @contextlib.contextmanager
    def _reaping(self) -> Iterator[None]:
        command = [sys.executable, "-I", "-S", str(REAPER)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as self._reaper:  # noqa: S603 - our own file
            yield  # leaving closes its stdin, and waits

    def _tell_reaper(self, sign: str, group: int) -> None:
        assert self._reaper is not None
        assert self._reaper.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody killed it; the leash's death signal is left
            os.write(self._reaper.stdin.fileno(), f"{sign}{group}\n".encode())


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    """Say whether it ended, leaving it unreaped where the system can (macOS: from Python 3.13 on)."""
    if sys.platform == "darwin":
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
