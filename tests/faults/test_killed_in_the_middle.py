"""A learner's journey ends with the same figures whatever is killed on the way (PRODUCT.md §13, TRUST.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from faults.faults_running import SPEED, Journey, Run, until

pytestmark = pytest.mark.timeout(200)

ENROLLED = 5
MILESTONES = {"COURSE_CREDIT_REACHED": 7, "TOPIC_COMPLETED": 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    started = Run(tmp_path_factory.mktemp("faults") / "data")
    try:
        started.start("--speed", SPEED, "--now", "2024-08-20T09:00+08:00")
        yield started
    finally:
        started.stop()


@pytest.fixture
def journey(run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Journey]:
    started = Journey(run, request.param, tmp_path / "journey.out")
    try:
        started.start()
        yield started
    finally:
        started.stop()


def unsettled(run: Run, phone: str) -> int:
    """Deliveries of a person that a worker would still, or again, send."""

    async def count() -> int:
        connection = await asyncpg.connect(run.variable("DATABASE_URL"))
        try:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM delivery d JOIN person p ON p.id = d.person_id"
                " WHERE p.phone = $1 AND d.settled_at IS NULL",
                f"+86{phone}",
            )
        finally:
            await connection.close()
        return found

    return asyncio.run(count())


def hold_full_figures(code: int, outcome: dict[str, Any]) -> None:
    assert outcome["ok"], outcome
    assert code == 0
    assert outcome["recognised"] == "10.00"
    assert outcome["learned"] == "11.28"
    assert outcome["inbox"] == MILESTONES
    assert outcome["pushes"] == MILESTONES


@pytest.mark.parametrize("journey", ["19900000001"], indirect=True)
def test_all_is_earned_though_gateway_worker_and_the_whole_run_are_killed(run: Run, journey: Journey) -> None:
    journey.until_step(ENROLLED + 2)
    run.kill("gateway", "worker")
    journey.until_step(ENROLLED + 4)
    run.kill("worker")
    journey.until_step(ENROLLED + 5)
    run.kill_all()
    run.start()
    code, outcome = journey.outcome()
    hold_full_figures(code, outcome)
    assert outcome["outages"] >= 2


@pytest.mark.parametrize("journey", ["19900000002"], indirect=True)
def test_all_is_earned_though_redis_is_emptied(run: Run, journey: Journey) -> None:
    for step in range(ENROLLED + 1, ENROLLED + 7):
        journey.until_step(step)
        with redis.Redis.from_url(run.variable("REDIS_URL")) as emptied:
            emptied.flushall()
    hold_full_figures(*journey.outcome())
    until(
        lambda: unsettled(run, journey.phone) == 0,
        10,
        "every delivery is settled, so that none is pushed again",
    )
