"""`certificates`: setting certificates in one process, against an empty page by the same compiler and standards.

Every certificate has another name, serial and code, as in life; so has every empty page another title. A cold start
is a new Python process to the bytes of its first PDF. How many a minute is told for one thread and for two at once:
the compiler lets other threads run, drawing the QR code does not.
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from statistics import median, quantiles
from typing import Final

import msgspec

from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong, Result, Target, in_turn

NAME = "certificates"
STARTS: Final = 3
PEER: Final = ("-m", "mobile_gateway.benches.certificate_peer")
MILLISECONDS = Target(100, at_least=False)


class Seen(msgspec.Struct):
    """What a setting process tells, by round: lists of milliseconds, of the processor's for one, how many a minute."""

    pdf_ms: list[list[float]]
    blank_ms: list[list[float]]
    png_ms: list[list[float]]
    alone: list[float]
    together: list[float]
    processor_ms: list[float]
    memory_mb: float


def bench(ground: Ground) -> Result:
    """Measure, in processes of their own."""
    found = in_turn({"cold": partial(_cold, ground), "python": partial(_python, ground)}, STARTS)
    seen = _told(ground)
    result = Result(NAME)
    pdf, blank = _medians(seen.pdf_ms), _medians(seen.blank_ms)
    result.figure("PDF median ms", pdf, MILLISECONDS)
    result.figure("PDF p99 ms", [quantiles(one, n=100)[98] for one in seen.pdf_ms])
    result.figure("PDF of a core's time ms", seen.processor_ms)
    result.figure("PDFs/min, one thread", seen.alone)
    result.figure("PDFs/min, two threads", seen.together)
    result.figure("PNG of 1,600 pixels median ms", _medians(seen.png_ms))
    result.figure("empty page median ms", blank)
    result.figure("cold start to the first PDF s", found["cold"])
    result.figure("Python alone s", found["python"])
    result.figure("process afterwards MB", [seen.memory_mb])
    result.ratio("PDF × empty page", pdf, blank)
    result.ratio("two threads × one", seen.together, seen.alone)
    return result


def _medians(rounds: list[list[float]]) -> list[float]:
    return [median(one) for one in rounds]


def _cold(ground: Ground) -> float:
    return _run(ground, *PEER, "cold")


def _python(ground: Ground) -> float:
    return _run(ground, "-c", "pass")


def _run(ground: Ground, *words: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], env=dict(ground.variables), check=True, timeout=60)  # noqa: S603 - ours
    return time.perf_counter() - began


def _told(ground: Ground) -> Seen:
    command = [sys.executable, *PEER, "warm"]
    done = subprocess.run(  # noqa: S603 - our own words
        command, env=dict(ground.variables), check=False, capture_output=True, timeout=600
    )
    try:
        return msgspec.json.decode(done.stdout, type=Seen)
    except msgspec.DecodeError:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise BenchWrong(f"certificates are not set: {said[-1]}") from None
