"""The domain's clock as a client may know it: read now and then, and told on by the own monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mobile_gateway.journeys.telling import JourneyEnds

SYNC_SECONDS = 10.0
JUMP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Anchor:
    monotonic: float
    shown: datetime
    speed: float


class Pace:
    """Shows domain time and waits in it. `read` answers `/local/clock`: {"now", "speed", …}.

    Read anew when the last reading is 10 s old, so that a clock whose speed somebody changes is followed. A
    clock that is set back under the journey ends it: what was played would seem to lie in the future.
    """

    def __init__(
        self,
        read: Callable[[], dict[str, Any]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._read, self._monotonic, self._sleep = read, monotonic, sleep
        self._anchor = self._reading()
        self._first = self._anchor.shown

    @property
    def speed(self) -> float:
        """Domain seconds in a real one."""
        return self._anchor.speed

    def sync(self) -> None:
        """Read the clock anew.

        Raises:
            JourneyEnds: it was set back.
        """
        before, fresh = self._shown(), self._reading()
        if fresh.shown < before - timedelta(seconds=JUMP_SECONDS * max(fresh.speed, self.speed)):
            raise JourneyEnds("the domain's clock was set back during the journey; begin again")
        self._anchor = fresh

    def now(self) -> datetime:
        """What the domain's clock shows."""
        if self._monotonic() - self._anchor.monotonic > SYNC_SECONDS:
            self.sync()
        return self._shown()

    def seconds(self) -> float:
        """Domain seconds since the journey began."""
        return (self.now() - self._first).total_seconds()

    def elapsed(self) -> float:
        """As `seconds`, by the last reading alone: it asks nobody."""
        return (self._shown() - self._first).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let domain seconds pass."""
        self._sleep(max(0.0, seconds) / self.speed)

    def _shown(self) -> datetime:
        passed = self._monotonic() - self._anchor.monotonic
        return self._anchor.shown + timedelta(seconds=passed * self._anchor.speed)

    def _reading(self) -> _Anchor:
        # Taken as shown when the answer came in: never ahead of the server's clock, so never too fast for it.
        found = self._read()
        return _Anchor(self._monotonic(), datetime.fromisoformat(found["now"]), float(found["speed"]))
