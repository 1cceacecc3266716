"""What the private PostgreSQL and the private Redis have in common: a folder, a port, a start and a stop."""

import contextlib
import hashlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from mobile_gateway.local import processes
from mobile_gateway.local.errors import LocalError
from mobile_gateway.local.keys import Keys

START_SECONDS = 120.0  # a recovery after a crash reads the log from the last checkpoint
LARGEST_LOG = 16 * 1024 * 1024  # bytes


class Server(ABC):
    """One server of ours. `start` and `stop` may be called again and again; the port stays the same.

    What an earlier run left running in the folder is ended before a start, gently first: a fresh start is
    sure of its options and owns what it must stop; an adopted server would be neither.
    """

    name: str
    programs: tuple[str, ...]
    death: signal.Signals
    gentle: tuple[tuple[signal.Signals, float], ...]
    abrupt: tuple[tuple[signal.Signals, float], ...]

    def __init__(self, directory: Path, keys: Keys, *, durable: bool) -> None:
        self.folder = directory / self.name
        self.log = directory / f"{self.name}.log"
        self.keys = keys
        self.durable = durable
        # On the command line of each process of this server, so that a later run knows them for its own.
        self.marker = f"mg-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"
        self.account: processes.Account | None = None
        self.port = 0
        self.wanted = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs, else None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Return when the server answers; do nothing when it already runs.

        A server killed from outside may count as running for some milliseconds more: `pid` tells.
        Raises LocalError with the server's own last word when it does not start within 120 s.
        """
        self.wanted = True
        if self.pid:
            return
        self._clear()
        self.prepare()
        for attempt in range(3):
            port = self._choose_port()
            try:
                self._launch(port)
            except LocalError:
                # Somebody took the port between our look and the server's: another, unless it was given out.
                if attempt == 2 or self.port or processes.is_free(port):  # noqa: PLR2004 - the last of three
                    raise
                continue
            self.port = port
            self.keys.keep_port(f"{self.name}_port", port)
            return

    def stop(self, *, immediate: bool = False) -> None:
        """End the server cleanly, or, when `immediate`, as a crash would; escalate after a timeout.

        Returns when it is gone. Do nothing when it does not run.
        """
        self.wanted = False
        if self._process and (pid := self.pid):
            process = self._process
            processes.end(
                pid, self.abrupt if immediate else self.gentle, gone=lambda: process.poll() is not None
            )
        self._process = None

    def kill(self) -> None:
        """Kill the main process as `kill -9` does, for tests, and return when it is gone; it stays wanted."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def mend(self) -> bool:
        """Start the server again if it ended unasked; say whether that was so."""
        if not self.wanted or self.pid:
            return False
        self.start()
        return True

    @abstractmethod
    def prepare(self) -> None:
        """Bring the folder and the settings into the shape that a start needs."""

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """Return the command line; it carries the marker."""

    @abstractmethod
    def main_pid(self) -> int | None:
        """Return the pid that the server wrote down in its folder, running or not."""

    @abstractmethod
    def ready(self, port: int, pid: int) -> bool:
        """Say whether the process `pid` serves at `port` now."""

    def _clear(self) -> None:
        """End what an earlier run left: the main process in its clean way, then whatever it orphaned."""
        self._process = None
        if not (pids := processes.found(self.marker, self.programs)):
            return
        if (main := self.main_pid()) in pids and main is not None:
            processes.end(
                main, self.gentle, gone=lambda: main not in processes.found(self.marker, self.programs)
            )
        if not processes.until(lambda: not processes.found(self.marker, self.programs), 1.0):
            for pid in processes.found(self.marker, self.programs):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            processes.until(lambda: not processes.found(self.marker, self.programs), 5.0)

    def _choose_port(self) -> int:
        if self.port:  # given out already: holders of the URL come back to it
            if not processes.until(lambda: processes.is_free(self.port), 5.0):
                raise LocalError(f"{self.name} cannot start again: port {self.port} was taken meanwhile")
            return self.port
        kept = self.keys.port(f"{self.name}_port")
        return kept if kept and processes.is_free(kept) else processes.free_port()

    def _launch(self, port: int) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LARGEST_LOG:
                self.log.replace(self.log.with_suffix(".log.1"))
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            self._process = process = processes.spawn(
                self.command(port),
                death=self.death,
                env={"LC_ALL": "C", "TZ": "UTC"},
                stdout=descriptor,
                folder=self.folder,
                account=self.account,
            )
        finally:
            os.close(descriptor)
        processes.until(lambda: process.poll() is not None or self.ready(port, process.pid), START_SECONDS)
        if process.poll() is None and self.ready(port, process.pid):
            return
        why = f"no answer within {START_SECONDS:.0f} s" if process.poll() is None else self._last_word(before)
        processes.end(process.pid, self.abrupt, gone=lambda: process.poll() is not None)
        self._process = None
        raise LocalError(f"{self.name} did not start: {why} (log: {self.log})")

    def _last_word(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            return processes.telling_line(log.read(LARGEST_LOG))

    def _pid_in(self, lines: Iterable[str]) -> int | None:
        first = next(iter(lines), "").strip()
        return int(first) if first.isdecimal() else None
