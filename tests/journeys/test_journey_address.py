"""Where a journey goes: to --url, to the run of --data, to the one in `.local`, or where `run` answers by default."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from faults.faults_running import PROGRAM, environment, free_port
from mobile_gateway.cli import runs
from mobile_gateway.local import LocalError
from mobile_gateway.settings import Settings


def kept(data: Path, port: int) -> Path:
    """A data directory of a run that is over."""
    data.mkdir()
    runs.keep(data, {"MOBILE_GATEWAY_ENVIRONMENT": "local", "MOBILE_GATEWAY_PORT": str(port)})
    return data


def test_the_run_of_the_directory_is_found_and_the_default_one_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs.running_address() == "http://127.0.0.1:8000"
    with pytest.raises(LocalError, match="--data"):
        runs.running_address(Path("elsewhere"))
    kept(tmp_path / ".local", 9001)
    assert runs.running_address() == "http://127.0.0.1:9001"
    assert runs.running_address(kept(tmp_path / "other", 9002)) == "http://127.0.0.1:9002"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:9001"),
        ("0.0.0.0", "http://127.0.0.1:9001"),
        ("::", "http://[::1]:9001"),
        ("::1", "http://[::1]:9001"),
    ],
)
def test_a_run_is_reached_from_this_machine_whatever_it_listens_on(host: str, address: str) -> None:
    assert runs.address(Settings(host=host, port=9001, public_url="https://api.example")) == address


def test_every_journey_takes_the_same_options_and_says_where_nobody_answers(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    kept(tmp_path / ".local", first)
    other = kept(tmp_path / "other", second)
    for name, options, port in (
        ("push", (), first),
        ("teacher", ("--data", str(other)), second),
        ("campaign", ("--data", str(other), "--url", f"http://127.0.0.1:{first}"), first),
    ):
        done = subprocess.run(
            [*PROGRAM, "journey", name, *options, "--json"],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        outcome = json.loads(done.stdout)
        assert (done.returncode, outcome["ok"]) == (1, False)
        assert outcome["why"].startswith(
            f"nobody answers at http://127.0.0.1:{port}: start `mobile-gateway run`"
        )
