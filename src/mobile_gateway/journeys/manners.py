"""Ways to watch a video: straight through, slowly, with pauses, killed in the middle; and two that try to cheat.

Each leaves the video covered, by nothing but what was really played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.pace import Pace
from mobile_gateway.journeys.playing import Player, Span
from mobile_gateway.journeys.telling import NotHeld, expect, require

COMB_TEETH = 900
TAIL_MS = 3_000
SEEK_MS = 20_000
LOST_MS = 15_000
PAUSE_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Video:
    """A video to watch: its ids, its length, what is missing of it, and the one that autoplay opens next.

    `untouched` holds that nothing was earned since the video was begun.
    """

    client: Client
    pace: Pace
    topic_id: str
    resource_id: str
    duration_ms: int
    missing: tuple[Span, ...]
    next_id: str
    untouched: Callable[[], None]

    def open(self, resource_id: str = "") -> Player:
        """A playback session of it."""
        player = Player(
            self.client, self.pace, topic_id=self.topic_id, resource_id=resource_id or self.resource_id
        )
        if not resource_id:
            expect("the session's duration", player.duration_ms, self.duration_ms)
        return player

    def halves(self) -> tuple[list[Span], list[Span]]:
        """What is missing, before and behind the middle of the video."""
        middle = self.duration_ms // 2
        before = [(a, min(b, middle)) for a, b in self.missing if a < middle]
        return before, [(max(a, middle), b) for a, b in self.missing if b > middle]


Manner = Callable[[Video], Player]


def straight(video: Video) -> Player:
    """At rate 2.0 from the beginning to the end."""
    return _through(video.open(), video.missing)


def slowly(video: Video) -> Player:
    """At rate 1.0."""
    player = video.open()
    for start, end in video.missing:
        player.play(start, end, rate=1.0)
    return _done(player)


def with_a_pause_and_a_seek_back(video: Video) -> Player:
    """Half of it, a pause, a seek back of 20 s, and on at rate 1.5."""
    player = video.open()
    before, behind = video.halves()
    for start, end in before:
        player.play(start, end)
    player.pace.sleep(PAUSE_SECONDS)
    middle = video.duration_ms // 2
    player.play(max(0, middle - SEEK_MS), middle)
    for start, end in behind:
        player.play(start, end, rate=1.5)
    return _done(player)


def killed_and_resumed(video: Video) -> Player:
    """Half of it, then the app is killed with something unsent; a new session goes on from where it stood."""
    player = video.open()
    before, _ = video.halves()
    position = 0
    for start, end in before:
        player.play(start, end)
        position = end
    player.play_unsent(position, min(position + LOST_MS, video.duration_ms))
    again = video.open()
    if before:
        expect("the position to go on from", again.resume_ms, position)
    again.play(again.resume_ms if before else 0, video.duration_ms)
    return _done(again)


def with_the_next_opened_early(video: Video) -> Player:
    """Autoplay opens the next video before this one ended; that ends nothing."""
    player = video.open()
    before, behind = video.halves()
    for start, end in before:
        player.play(start, end)
    video.open(video.next_id)
    return _through(player, behind)


def with_a_forged_token_and_replays(video: Video) -> Player:
    """A forged token is refused, a replayed beat gets the stored answer, another payload conflicts."""
    player = video.open()
    before, behind = video.halves()
    for start, end in before:
        player.play(start, end)
    if player.accepted:
        _replay(player)
    _forge(player)
    return _through(player, behind)


def after_a_comb_and_a_claimed_end(video: Video) -> Player:
    """900 spans of 1 ms and the last 3 s earn nothing; watching it all does."""
    cheat = video.open()
    step = min(1_000, max(2, (video.duration_ms - TAIL_MS) // COMB_TEETH))
    teeth = range(0, min(COMB_TEETH * step, video.duration_ms - TAIL_MS), step)
    comb = [{"fromMs": at, "toMs": at + 1, "rate": 1.0} for at in teeth]
    tail = {"fromMs": video.duration_ms - TAIL_MS, "toMs": video.duration_ms, "rate": 1.0}
    payload = cheat.record(
        [{"seq": 1, "spans": comb}, {"seq": 2, "spans": [tail]}], position_ms=video.duration_ms
    )
    expect("a comb and a claimed end cover the video", payload["covered"], expected=False)
    video.untouched()
    return straight(video)


MANNERS: tuple[Manner, ...] = (
    with_the_next_opened_early,
    with_a_forged_token_and_replays,
    slowly,
    with_a_pause_and_a_seek_back,
    killed_and_resumed,
    after_a_comb_and_a_claimed_end,
)
"""One each, in turn, for the first videos; the others are watched straight through."""


def _through(player: Player, spans: tuple[Span, ...] | list[Span]) -> Player:
    for start, end in spans:
        player.play(start, end)
    return _done(player)


def _done(player: Player) -> Player:
    player.finish()
    return player


def _replay(player: Player) -> None:
    beat, missing = player.accepted[0].sent(), player.missing
    same = player.record([beat])
    expect("the answer of a replayed beat", [r["answer"] for r in same["results"]], ["ACCEPTED"])
    (span,) = beat["spans"]
    other = player.record([{**beat, "spans": [{**span, "toMs": player.duration_ms}]}])
    expect("the answer of another payload", [r["answer"] for r in other["results"]], ["CONFLICT"])
    expect("its userErrors", [e["code"] for e in other["userErrors"]], ["WATCH_BEAT_CONFLICT"])
    for payload in (same, other):
        said = [(s["fromMs"], s["toMs"]) for s in payload["missingSpans"]]
        expect("what is missing after a replay", said, missing)


def _forge(player: Player) -> None:
    middle = len(player.token) // 2
    letter = "A" if player.token[middle] != "A" else "B"
    good, player.token = player.token, player.token[:middle] + letter + player.token[middle + 1 :]
    try:
        spans = [{"fromMs": 0, "toMs": player.duration_ms, "rate": 1.0}]
        payload = player.record([{"seq": 9_000, "spans": spans}])
    finally:
        player.token = good
    if payload["results"] is not None:
        raise NotHeld("the answer of a forged token", None, payload["results"])
    codes = [error["code"] for error in payload["userErrors"]]
    require("a forged token is refused", codes in (["NOT_FOUND"], ["SESSION_INVALID"]), codes)
