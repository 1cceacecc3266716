"""What a journey checked, step by step, and how it says so while it goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


class JourneyEnds(Exception):
    """The journey cannot begin or go on: said in one line, with what would help."""


class NotHeld(Exception):
    """Something that must hold did not."""

    def __init__(self, what: str, expected: object, seen: object) -> None:
        super().__init__(f"{what}: expected {expected!r}, saw {seen!r}")
        self.what, self.expected, self.seen = what, expected, seen


def expect(what: str, seen: object, expected: object) -> None:
    """Hold two values equal.

    Raises:
        NotHeld: they differ.
    """
    if seen != expected:
        raise NotHeld(what, expected, seen)


def require(what: str, held: bool, seen: object) -> None:
    """Hold that something is so, with what was seen instead.

    Raises:
        NotHeld: it is not.
    """
    if not held:
        raise NotHeld(what, True, seen)  # noqa: FBT003 - it is the expected value


class Teller(Protocol):
    """Shows a journey while it goes on."""

    def say(self, text: str) -> None:
        """Say what is being done now."""

    def earned(self, done_ms: int, total_ms: int) -> None:
        """Show how much is recognised, in milliseconds of video."""

    def step(self, name: str, *, ok: bool, seconds: float) -> None:
        """Show a step that ended."""


class Silent:
    """A teller that shows nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def earned(self, done_ms: int, total_ms: int) -> None:
        """Nothing."""

    def step(self, name: str, *, ok: bool, seconds: float) -> None:
        """Nothing."""


@dataclass
class Record:
    """The steps of a journey, in order, and the first that failed."""

    teller: Teller
    steps: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[str, Any] | None = None
    started: float = field(default_factory=time.monotonic)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and keep whether it held. What it raises goes on to the caller."""
        self.teller.say(name)
        began = time.monotonic()
        try:
            yield
        except Exception as why:
            held = isinstance(why, NotHeld)
            self.failed = {
                "step": name,
                "what": why.what if isinstance(why, NotHeld) else type(why).__name__,
                "expected": why.expected if isinstance(why, NotHeld) else "no fault",
                "seen": why.seen if isinstance(why, NotHeld) and held else str(why),
            }
            self._keep(name, began, ok=False)
            raise
        self._keep(name, began, ok=True)

    def seconds(self) -> float:
        """Real seconds since the journey began."""
        return round(time.monotonic() - self.started, 3)

    def _keep(self, name: str, began: float, *, ok: bool) -> None:
        seconds = round(time.monotonic() - began, 3)
        self.steps.append({"name": name, "ok": ok, "seconds": seconds})
        self.teller.step(name, ok=ok, seconds=seconds)
