"""PostgreSQL stopped and started under a gateway: a clear error meanwhile, and nobody has to restart anything."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from faults.faults_running import free_port
from mobile_gateway.cli import data as data_commands
from mobile_gateway.cli import runs
from mobile_gateway.local import Parts
from mobile_gateway.settings import read

PATIENCE_SECONDS = 30


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with Parts.start(tmp_path / "data", durable=False) as started:
        yield started


@pytest.fixture
def base(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)  # this test stops its servers: they must be its own
    from rich.console import Console  # noqa: PLC0415 - only this fixture draws

    port = free_port()
    variables = runs.environment(
        tmp_path / "data",
        parts.database_url,
        parts.migrate_database_url,
        parts.redis_url,
        "127.0.0.1",
        port,
    )
    with Path(os.devnull).open("w") as nowhere:
        data_commands.update(read(variables), Console(file=nowhere))
        data_commands.fill(read(variables), Console(file=nowhere))
    program = [sys.executable, "-m", "mobile_gateway", "serve"]
    with (tmp_path / "gateway.log").open("wb") as log:
        process = subprocess.Popen(program, env={**os.environ, **variables}, stderr=log, stdout=log)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def until(base: str, status: int) -> None:
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit:
        try:
            if httpx.get(f"{base}/health/ready", timeout=5).status_code == status:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"readiness did not become {status} within {PATIENCE_SECONDS} s")


def ask(base: str, query: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.post(f"{base}/graphql", json={"query": query}, timeout=15).json()
    return found


def test_a_stopped_database_is_told_and_a_started_one_is_found_again(parts: Parts, base: str) -> None:
    home = "{ resourceHome(tab: HOME) { banners { title } } }"
    code = 'mutation { signInCodeRequest(input: {phone: "19900000009"}) { userErrors { code } } }'
    until(base, 200)
    assert parts.postgres is not None
    parts.postgres.stop(immediate=True)
    until(base, 503)
    away = ask(base, code)
    (error,) = away["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert ask(base, home)["data"]["resourceHome"]["banners"], "anonymous pages go on from memory"
    assert httpx.get(f"{base}/health/live").status_code == 200
    parts.postgres.start()
    until(base, 200)
    assert "errors" not in ask(base, code)
