"""Playing a video as an honest app does: what was really played, in beats, kept until somebody took them.

A beat holds what was played within 30 s of the domain's time. Beats are sent as they are ready, yet at most a
few times a second of real time, and never lost: an outage keeps them, a DEFERRED one is sent later under a new
number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.pace import Pace
from mobile_gateway.journeys.telling import NotHeld, expect

BEAT_SECONDS = 30
BEATS_A_CALL = 50
FULL_RATE = 2.0
SEND_SECONDS = 0.25
DEFERRED_SECONDS = 2.0
MOST_DEFERRED = 400

Span = tuple[int, int]


def cut(start_ms: int, end_ms: int, rate: float) -> Iterator[Span]:
    """Cut a played span into what fits a beat: 30 s of time, so more media the faster it played."""
    step = int(BEAT_SECONDS * 1000 * rate)
    for at in range(start_ms, end_ms, step):
        yield at, min(at + step, end_ms)


@dataclass(frozen=True, slots=True)
class Beat:
    """A numbered beat of spans with their rate."""

    seq: int
    spans: tuple[tuple[int, int, float], ...]

    def sent(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "seq": self.seq,
            "spans": [{"fromMs": start, "toMs": end, "rate": rate} for start, end, rate in self.spans],
        }


class Player:
    """A playback session of one video. `missing` is what the server last said is not watched yet."""

    def __init__(self, client: Client, pace: Pace, *, topic_id: str, resource_id: str) -> None:
        payload = client.act("playback_open", topicId=topic_id, resourceId=resource_id)
        expect("userErrors of opening a video", payload["userErrors"], [])
        session = payload["session"]
        expect("the session earns", session["earns"], expected=True)
        expect("the beat's interval", session["beatIntervalSeconds"], BEAT_SECONDS)
        expect("the highest rate", session["maxRate"], FULL_RATE)
        self.client, self.pace = client, pace
        self.token: str = session["token"]
        self.duration_ms: int = session["durationMs"]
        self.resume_ms: int = session["resumePositionMs"]
        self.missing: list[Span] | None = None
        self.covered = False
        self.unsent: list[Beat] = []
        self.accepted: list[Beat] = []
        self.deferred = 0
        self._seq = 0

    def play(self, start_ms: int, end_ms: int, rate: float = FULL_RATE) -> None:
        """Play a span in the domain's time, and send its beats on the way."""
        began, cut_to = self.pace.seconds(), start_ms
        step = int(BEAT_SECONDS * 1000 * rate)
        while cut_to < end_ms:
            left = (end_ms - cut_to) / 1000 / rate
            self.pace.sleep(min(left, max(BEAT_SECONDS, SEND_SECONDS * self.pace.speed)))
            reached = min(end_ms, start_ms + int((self.pace.seconds() - began) * 1000 * rate))
            # Short of the end only whole beats are cut; the rest goes on growing.
            whole = end_ms if reached == end_ms else cut_to + (reached - cut_to) // step * step
            for span in cut(cut_to, whole, rate):
                self.unsent.append(self._beat((*span, rate)))
            cut_to = max(cut_to, whole)
            self.send(position_ms=cut_to)

    def play_unsent(self, start_ms: int, end_ms: int) -> None:
        """Play a span whose beats the app never gets to send: it is killed before."""
        self.pace.sleep((end_ms - start_ms) / 1000 / FULL_RATE)

    def send(self, position_ms: int) -> None:
        """Send what is unsent until everything was taken.

        Raises:
            NotHeld: a beat was refused, or put off again and again.
        """
        while self.unsent:
            batch = self.unsent[:BEATS_A_CALL]
            payload = self.record([beat.sent() for beat in batch], position_ms)
            expect("userErrors of beats", payload["userErrors"], [])
            answers = {result["seq"]: result["answer"] for result in payload["results"]}
            later = [self._beat(*beat.spans) for beat in batch if answers.get(beat.seq) == "DEFERRED"]
            taken = [beat for beat in batch if answers.get(beat.seq) == "ACCEPTED"]
            if len(later) + len(taken) != len(batch):
                raise NotHeld("answers of beats", "ACCEPTED or DEFERRED", answers)
            self.accepted += taken
            self.unsent = later + self.unsent[BEATS_A_CALL:]
            self._learn(payload)
            if later:
                self._wait(len(later))

    def record(self, beats: list[dict[str, Any]], position_ms: int | None = None) -> dict[str, Any]:
        """Send beats as they are; the payload is the caller's."""
        return self.client.act("watch_record", sessionToken=self.token, beats=beats, positionMs=position_ms)

    def finish(self) -> None:
        """Play what the server says is still missing, until it says that the video is covered."""
        for _ in range(20):
            if self.covered:
                return
            for start, end in self.missing or [(0, self.duration_ms)]:
                self.play(start, end)
        raise NotHeld("the video is covered", "covered", self.missing)

    def _beat(self, *spans: tuple[int, int, float]) -> Beat:
        self._seq += 1
        return Beat(self._seq, spans)

    def _learn(self, payload: dict[str, Any]) -> None:
        self.missing = [(span["fromMs"], span["toMs"]) for span in payload["missingSpans"]]
        self.covered = payload["covered"]

    def _wait(self, beats: int) -> None:
        self.deferred += beats
        if self.deferred > MOST_DEFERRED:
            raise NotHeld("beats put off", f"at most {MOST_DEFERRED}", self.deferred)
        self.pace.sync()
        self.pace.sleep(max(DEFERRED_SECONDS, SEND_SECONDS * self.pace.speed))
