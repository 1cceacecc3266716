"""Migrations: several starters at once, and a crash in between."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from mobile_gateway.models import migrating
from servers import Servers

STEPS = len([*(Path(migrating.__file__).parent / "migrations").glob("[0-9]*.py")])


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    name = f"empty_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(servers.owner_url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield servers.owner(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def _applied(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY id")
    await connection.close()
    return [row["name"] for row in rows]


PROGRAM = (
    "import asyncio, sys; from mobile_gateway.models import migrating;"
    " print(asyncio.run(migrating.migrate(sys.argv[1], None, lambda name: print(name, flush=True))))"
)


async def _starter(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, url, stdout=asyncio.subprocess.PIPE
    )


async def test_two_starters_at_once_migrate_once(empty: str) -> None:
    starters = [await _starter(empty) for _ in range(2)]
    said = [(await starter.communicate())[0].decode().splitlines()[-1] for starter in starters]
    assert sorted(said) == ["0", str(STEPS)]
    assert len(await _applied(empty)) == STEPS


async def test_a_starter_killed_in_a_migration_leaves_nothing_half_done(empty: str) -> None:
    starter = await _starter(empty)
    assert starter.stdout is not None
    await starter.stdout.readline()
    second = (await starter.stdout.readline()).decode().strip()
    starter.send_signal(signal.SIGKILL)
    await starter.communicate()
    assert second == "0002_promises"
    assert await _applied(empty) == ["0001_tables"]
    assert await migrating.migrate(empty, None) == STEPS - 1
    assert len(await _applied(empty)) == STEPS
