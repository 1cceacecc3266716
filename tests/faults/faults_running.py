"""A whole run of the product as a subprocess, and a journey through it as another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PROGRAM = [sys.executable, "-m", "mobile_gateway"]
SPEED = "1200"
START_SECONDS = 60.0
JOURNEY_SECONDS = 100.0


def until(held: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something to hold."""
    end = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment() -> dict[str, str]:
    """This process's own, without what would lead the run to other servers."""
    ours = ("DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL")
    return {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("MOBILE_GATEWAY_")}


@dataclass
class Run:
    """`mobile-gateway run` in a directory of its own."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    seen: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start it, or start it again, and wait until it is ready."""
        command = [*PROGRAM, "run", "--data", str(self.data), "--port", str(self.port), *options]
        with (self.data.parent / "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment(), start_new_session=True
            )
        until(self.ready, START_SECONDS, "the run is ready")

    def ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).status_code == 200
        return False

    def pids(self) -> dict[str, int]:
        told: dict[str, int] = {}
        with contextlib.suppress(OSError):
            told = json.loads((self.data / "run.json").read_text())["pids"]
        self.seen |= set(told.values())
        return told

    def kill(self, *names: str) -> None:
        """SIGKILL some of its processes, as run.json names them."""
        told = self.pids()
        for name in names:
            os.kill(told[name], signal.SIGKILL)

    def kill_all(self) -> None:
        """SIGKILL the supervisor; what it started must end by itself."""
        self.pids()
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def variable(self, name: str) -> str:
        """What its processes were started with."""
        variables = json.loads((self.data / "environment.json").read_text())
        return str(variables[name])

    def stop(self) -> None:
        """End it, and whatever it left."""
        self.pids()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        until(lambda: not any(_runs(pid) for pid in self.seen), 15, "all of the run's processes ended")


@dataclass
class Journey:
    """`mobile-gateway journey teacher --json` against a run, as who holds a phone."""

    run: Run
    phone: str
    output: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [*PROGRAM, "journey", "teacher", "--url", self.run.url, "--phone", self.phone, "--json"]
        with self.output.open("wb") as out, self.output.with_suffix(".err").open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment())

    def until_step(self, number: int) -> None:
        """Wait until it has ended so many steps."""

        def told() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.output.with_suffix(".err").read_text()
            return self.output.with_suffix(".err").read_text(errors="replace").count("✓") >= number

        until(told, JOURNEY_SECONDS, f"{number} steps of the journey")

    def outcome(self) -> tuple[int, dict[str, Any]]:
        """Its exit code and what its last line says."""
        assert self.process is not None
        code = self.process.wait(JOURNEY_SECONDS)
        lines = self.output.read_text().splitlines()
        assert lines, self.output.with_suffix(".err").read_text()
        found: dict[str, Any] = json.loads(lines[-1])
        return code, found

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    state = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    return not state.parent.parent.joinpath("self").exists()
