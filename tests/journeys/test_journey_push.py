"""`journey push` and `journey inbox` on both kinds of run, as README has them: from a decision to a phone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from faults.faults_running import PROGRAM, Run, environment, free_port

pytestmark = pytest.mark.timeout(300)


def walked(name: str, *options: str) -> dict[str, Any]:
    """The outcome of a journey that held."""
    done = subprocess.run(
        [*PROGRAM, "journey", name, *options, "--json"],
        env=environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (outcome["ok"], done.returncode) == (True, 0), outcome
    return outcome


async def both(run: Run, *options: str) -> Sequence[dict[str, Any]]:
    """Both journeys; the minute between two codes to the school's admin is taken for passed."""
    push = walked("push", *options)
    connection = await asyncpg.connect(run.variable("DATABASE_URL"))
    try:
        await connection.execute("UPDATE sms_code SET created_at = created_at - interval '2 minutes'")
    finally:
        await connection.close()
    return push, walked("inbox", *options)


async def test_they_hold_where_a_stand_in_has_the_pushes(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    try:
        run.start("--fcm", "--fcm-port", str(free_port()))
        assert {"gateway", "worker", "fcm"} <= set(run.pids())
        push, inbox = await both(run, "--data", str(run.data))
    finally:
        run.stop()
    assert push["standIn"]["duplicates"] == 1, "the lost answer, and no other"
    assert "leftOut" not in push
    assert inbox["pushes"] == 3
    assert not (run.data / "pushes.jsonl").exists()


async def test_they_hold_where_pushes_are_recorded_and_say_what_cannot_be_seen_there(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    try:
        run.start()
        push, inbox = await both(run, "--url", run.url)
    finally:
        run.stop()
    assert [what.partition(" is ")[0] for what in push["leftOut"]] == [
        "a dead token",
        "a throttled lane waits as long as it",
        "a lost answer",
    ]
    assert "standIn" not in push
    assert inbox["pushes"] == 3
