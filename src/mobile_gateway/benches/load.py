"""The load: `wrk`, on the loopback only, bounded in time and in requests, its answer checked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mobile_gateway.benches.cores import LOAD, on
from mobile_gateway.benches.measuring import BenchWrong

SCRIPT = Path(__file__).with_name("requests.lua")
MISSING = (
    "wrk is missing and could not be installed: apt-get install wrk (Debian, Ubuntu), or brew install wrk"
)
LONGEST_SECONDS = 30


class Answered(msgspec.Struct, frozen=True):
    """What wrk saw: requests answered in `micros`, answers that were no 2xx, and connections that broke."""

    requests: int
    micros: int
    refused: int
    broken: int
    again: int
    p50: int
    p99: int

    @property
    def a_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.micros * 1e6


def program() -> str:
    """Where wrk is; installed by apt-get when it is missing and we may. Raises BenchWrong, saying how."""
    found = shutil.which("wrk")
    apt = shutil.which("apt-get")
    if found is None and apt is not None and os.geteuid() == 0:
        for arguments in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "wrk"]):
            subprocess.run([apt, *arguments], capture_output=True, check=False, timeout=120)  # noqa: S603 - our own words
        found = shutil.which("wrk")
    if found is None:
        raise BenchWrong(MISSING)
    return found


def post(body: bytes, token: str | None = None, path: str = "/graphql") -> bytes:
    """A request as it goes over the wire."""
    bearer = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{bearer}"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def write(requests: Iterable[bytes], path: Path) -> Path:
    """Write requests into a file for `press`."""
    with path.open("wb") as file:
        for one in requests:
            file.write(b"%08d" % len(one))
            file.write(one)
    return path


def press(port: int, requests: Path, *, connections: int, seconds: float, once: bool = False) -> Answered:
    """Send the file's requests for so long over so many connections, from the load's core.

    wrk takes whole seconds, and is told by SIGINT to end earlier; it then measures the time it really took.
    With `once` a file that was too short raises BenchWrong, as does any answer that is no 2xx.
    """
    command = [program(), "-t1", f"-c{connections}", f"-d{LONGEST_SECONDS}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}/", "--", str(requests)]
    with on(LOAD):
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603 - as above
    try:
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        output, _ = running.communicate(timeout=15)
    finally:
        running.kill()
    return read(output, once=once)


def read(output: bytes, *, once: bool = False) -> Answered:
    """The last line of wrk's output; raises BenchWrong for a load that did not go as it should."""
    lines = output.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    try:
        answered = msgspec.json.decode(lines[-1], type=Answered)
    except msgspec.MsgspecError:
        raise BenchWrong(f"wrk failed: {lines[-1]}") from None
    if answered.refused or answered.broken or not answered.requests:
        raise BenchWrong(
            f"of {answered.requests} requests {answered.refused} were refused, {answered.broken} broke"
        )
    if once and answered.again:
        raise BenchWrong(f"{answered.requests} requests were more than the bench had made")
    return answered
