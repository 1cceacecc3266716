from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mobile_gateway.journeys.pace import SYNC_SECONDS, Pace
from mobile_gateway.journeys.playing import BEAT_SECONDS, cut
from mobile_gateway.journeys.telling import JourneyEnds

START = datetime.fromisoformat("2024-08-20T09:00:00+08:00")


class Server:
    """A gateway's clock, and the client's own, which stand still until time is slept away."""

    def __init__(self, speed: float) -> None:
        self.speed, self.monotonic, self.now, self.readings = speed, 50.0, START, 0

    def read(self) -> dict[str, Any]:
        self.readings += 1
        return {"now": self.now.isoformat(), "speed": self.speed, "moved": True}

    def sleep(self, seconds: float) -> None:
        self.monotonic += seconds
        self.now += timedelta(seconds=seconds * self.speed)

    def pace(self) -> Pace:
        return Pace(self.read, monotonic=lambda: self.monotonic, sleep=self.sleep)


def test_domain_seconds_pass_as_many_times_faster_as_the_clock_runs() -> None:
    server = Server(600)
    pace = server.pace()
    pace.sleep(1200)
    assert server.monotonic == pytest.approx(52)
    assert pace.seconds() == pytest.approx(1200)
    assert pace.now() == server.now


def test_the_clock_is_read_again_after_ten_seconds_and_a_new_speed_is_followed() -> None:
    server = Server(60)
    pace = server.pace()
    server.sleep(SYNC_SECONDS + 1)
    server.speed = 3600
    assert pace.now() == server.now
    assert server.readings == 2
    pace.sleep(3600)
    assert pace.now() == server.now
    assert server.readings == 2


def test_a_clock_that_is_set_back_ends_the_journey() -> None:
    server = Server(600)
    pace = server.pace()
    server.now -= timedelta(days=1)
    with pytest.raises(JourneyEnds, match="set back"):
        pace.sync()


def test_a_beat_holds_what_was_played_in_thirty_seconds() -> None:
    assert list(cut(0, 150_000, 2.0)) == [(0, 60_000), (60_000, 120_000), (120_000, 150_000)]
    assert list(cut(10_000, 70_001, 1.0)) == [(10_000, 40_000), (40_000, 70_000), (70_000, 70_001)]
    assert list(cut(5, 5, 1.0)) == []
    assert BEAT_SECONDS == 30
