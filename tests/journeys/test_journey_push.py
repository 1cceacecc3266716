"""`run --fcm` and `journey push`: the whole way from a decision to a phone, as README has it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from faults.faults_running import PROGRAM, Run, environment, free_port

pytestmark = pytest.mark.timeout(200)


def test_the_journey_of_a_push_holds_against_the_stand_in(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    try:
        run.start("--fcm", "--fcm-port", str(free_port()))
        assert {"gateway", "worker", "fcm"} <= set(run.pids())
        done = subprocess.run(
            [*PROGRAM, "journey", "push", "--data", str(run.data), "--json"],
            env=environment(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        outcome = json.loads(done.stdout.splitlines()[-1])
        assert outcome["ok"], outcome
        assert done.returncode == 0
        assert outcome["standIn"]["duplicates"] == 1, "the lost answer, and no other"
    finally:
        run.stop()


def test_a_run_that_records_its_pushes_is_told_what_to_start(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_text(json.dumps({"MOBILE_GATEWAY_ENVIRONMENT": "local"}))
    done = subprocess.run(
        [*PROGRAM, "journey", "push", "--data", str(tmp_path)],
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert b"run --fcm" in done.stderr
