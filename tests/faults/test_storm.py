"""A storm of SIGKILL over 20,000 devices and 2,000 milestones: nothing is lost, what came twice was in flight.

Two workers are killed again and again, PostgreSQL is stopped, Redis emptied, and the campaign paused and resumed.
`STORM_SEED=7 pytest tests/faults/test_storm.py` makes another storm.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pickle
from collections import Counter
from collections.abc import Callable

import pytest

from faults.storm_ground import DEVICES, LEARNERS, WORKERS
from faults.storm_seen import Storm
from faults.storming import storm
from mobile_gateway.push.pacer import HANDS
from mobile_gateway.workers.pushes import BATCH

pytestmark = pytest.mark.timeout(500)

SEED = 20241125
PAUSE_SECONDS = 2.0
MILESTONES = 2_000
COURSES = 7
"""Of the topic."""


Figures = Callable[[str], None]


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Figures of a test, for the end of the session."""
    return lambda text: record_property("figures", text)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Storm:
    """One storm a session: of several processes of pytest the first makes it, and the others wait for what it saw."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    kept = folder / "storm.pickle"
    with (folder / "storm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            seed = int(os.environ.get("STORM_SEED", SEED))
            kept.write_bytes(pickle.dumps(asyncio.run(storm(tmp_path_factory.mktemp("storm"), seed))))
    found: Storm = pickle.loads(kept.read_bytes())
    return found


def test_only_the_storm_ends_a_worker_though_postgresql_stops_and_redis_is_emptied(seen: Storm) -> None:
    assert seen.kills >= 2 * WORKERS
    assert (seen.stops, seen.emptied) == (1, 1)
    assert seen.in_flight, "it struck while something was on its way"
    assert seen.calls > LEARNERS, "and some had to send what they learned again"
    assert seen.ended_alone == 0


def test_every_video_that_was_acknowledged_brought_its_milestones_once(seen: Storm) -> None:
    told = [one for one in seen.inbox if one.kind != "CAMPAIGN"]
    expected = Counter({(person, "COURSE_CREDIT_REACHED"): 1 for person in seen.learners})
    for person in (person for person, graduates in seen.learners.items() if graduates):
        expected[person, "COURSE_CREDIT_REACHED"] = COURSES
        expected[person, "TOPIC_COMPLETED"] = 1
    assert Counter((one.person, one.kind) for one in told) == expected
    assert len({(one.person, one.kind, one.subject) for one in told}) == len(told) == MILESTONES


def test_everybody_of_the_audience_is_told_of_the_campaign_once(seen: Storm) -> None:
    told = Counter(one.person for one in seen.inbox if one.kind == "CAMPAIGN")
    assert len(seen.audience) >= DEVICES
    assert set(told) == seen.audience
    assert set(told.values()) == {1}


def test_every_delivery_is_settled_with_an_outcome(seen: Storm) -> None:
    assert {one.state for one in seen.deliveries} <= {"SENT", "UNKNOWN"}, "no token is dead, nobody opted out"
    assert all(one.outcome for one in seen.deliveries)


def test_every_milestone_arrived_at_its_device_and_once_more_at_most(seen: Storm) -> None:
    service = seen.of("SERVICE")
    assert len(service) == MILESTONES
    assert {one.state for one in service} == {"SENT"}, "nobody was killed twice over one of them"
    assert {one.item for one in service} == {one.id for one in seen.inbox if one.kind != "CAMPAIGN"}
    assert {seen.times(one) for one in service} <= {1, 2}


def test_a_push_of_the_campaign_never_came_twice_and_came_where_it_is_told_to_be_sent(seen: Storm) -> None:
    marketing = seen.of("MARKETING")
    assert len(marketing) >= DEVICES
    assert {seen.times(one) for one in marketing} <= {0, 1}
    assert {seen.times(one) for one in marketing if one.state == "SENT"} == {1}


def test_nothing_arrived_that_was_not_written_down(seen: Storm) -> None:
    written = {(one.token, f"n{one.item}") for one in seen.deliveries}
    assert set(seen.arrivals) <= written
    assert sum(one.times for one in seen.arrivals.values()) == seen.counters["accepted"]


def test_what_is_in_doubt_was_in_flight_when_something_was_killed(seen: Storm, figures: Figures) -> None:
    unknown = [one for one in seen.deliveries if one.state == "UNKNOWN"]
    again = [one for one in seen.of("SERVICE") if seen.times(one) > 1]
    doubtful = {one.id for one in [*unknown, *again]}
    most = (seen.kills + seen.stops * WORKERS) * HANDS * BATCH
    figures(
        f"storm: {seen.kills} kills, {len(seen.in_flight)} deliveries seen in flight (at most {most});"
        f" {len(again)} SERVICE came twice, {len(unknown)} UNKNOWN"
    )
    assert seen.counters["duplicates"] == len(again)
    assert doubtful <= seen.in_flight
    assert len(doubtful) <= most


def test_the_campaign_ran_to_its_end_and_its_figures_are_those_of_its_rows(seen: Storm) -> None:
    marketing = seen.of("MARKETING")
    states = Counter(one.state for one in marketing)
    reached = {one.person for one in marketing}
    progress = seen.campaign["progress"]
    assert seen.campaign["state"] == "SENT"
    assert seen.campaign["finishedAt"]
    assert progress["isExpanded"]
    assert progress["people"] == len(seen.audience)
    assert progress["withoutDevice"] == len(seen.audience - reached)
    assert progress["deliveries"] == len(marketing)
    assert progress["sent"] == states["SENT"]
    assert progress["unknown"] == states["UNKNOWN"]
    left_over = ("optedOut", "queued", "onTheirWay", "failed", "dropped")
    assert {progress[name] for name in left_over} == {0}


def test_a_pause_ends_what_arrives_within_two_seconds(seen: Storm, figures: Figures) -> None:
    campaign = [one.at for one in seen.arrivals.values() if one.message_class == "MARKETING"]
    after = [at - seen.paused_at for at in campaign if seen.paused_at < at < seen.resumed_at]
    figures(
        f"storm: {len(after)} pushes came after the pause, the last after {max(after, default=0.0):.2f} s;"
        f" {seen.waiting} waited"
    )
    assert [at for at in campaign if seen.paused_at - 10 < at < seen.paused_at], "it was being sent"
    assert seen.waiting, "and there was more of it"
    assert max(after, default=0.0) <= PAUSE_SECONDS
    assert [at for at in campaign if at > seen.resumed_at], "it went on"
