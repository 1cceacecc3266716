"""Nudges: after the commit, quick, and harmless when they are lost."""

from __future__ import annotations

import pickle
from time import perf_counter

import pytest
from arq.connections import ArqRedis

from gateway import Gateway
from mobile_gateway import jobs
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database
from mobile_gateway.workers import pushes, sweep
from pushing import only, rows, tell


async def test_a_nudge_inside_a_transaction_is_refused(database: Database, queue: ArqRedis) -> None:
    async with database.transaction():
        with pytest.raises(RuntimeError, match="commit, then nudge"):
            await Jobs(queue).deliver()
    assert await queue.zcard(jobs.QUEUE) == 0


async def test_an_action_inside_an_action_is_refused(database: Database) -> None:
    async with database.transaction():
        with pytest.raises(RuntimeError, match="an action does not call an action"):
            async with database.transaction():
                raise AssertionError("never reached")


async def test_the_same_verdict_waits_in_the_queue_once(queue: ArqRedis) -> None:
    for _ in range(3):
        await Jobs(queue).verify_watch(1, 2, 3)
    assert await queue.zcard(jobs.QUEUE) == 1


async def test_jobs_carry_ids_in_messagepack_and_nothing_that_runs(queue: ArqRedis) -> None:
    await Jobs(queue).verify_watch(1, 2, 3)
    raw = await queue.get("arq:job:verify:1:2:3")
    assert raw is not None
    assert jobs.deserialise(raw)["a"] == [1, 2, 3]
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the decoder says, it must not load
        jobs.deserialise(pickle.dumps({"a": 1}))


async def test_a_lost_nudge_is_no_error_and_takes_less_than_a_second(keyring: object) -> None:
    away = jobs.open_queue("redis://127.0.0.1:1/0")
    started = perf_counter()
    await Jobs(away).deliver()
    assert perf_counter() - started < 1
    await away.aclose(close_connection_pool=True)


async def test_without_redis_the_sweeper_does_the_work(gateway: Gateway) -> None:
    away = jobs.open_queue("redis://127.0.0.1:1/0")
    gateway.resources.jobs = Jobs(away)
    sent = await gateway.payload(
        "signInCodeRequest", "SignInCodeRequestInput", {"phone": "19900000001"}, None, "phone"
    )
    assert sent["userErrors"] == []
    assert not (gateway.data / "texts.jsonl").exists()
    await gateway.sweep()
    assert '"SIGN_IN"' in (gateway.data / "texts.jsonl").read_text()
    await away.aclose(close_connection_pool=True)


async def test_a_sweep_that_left_pushes_over_lets_a_job_go_on_with_them(
    gateway: Gateway, queue: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only(gateway)
    monkeypatch.setattr(pushes, "BATCH", 2)
    monkeypatch.setattr(sweep, "BATCHES", 1)
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
    await queue.delete(jobs.QUEUE)
    await gateway.sweep()
    assert sorted(str(row[0]) for row in await rows(gateway.database)) == ["DUE", "SENT", "SENT"]
    assert await queue.zcard(jobs.QUEUE) == 1
    await gateway.sweep()
    assert {row[0] for row in await rows(gateway.database)} == {"SENT"}
