"""Real PostgreSQL, real Redis, real migrations: one server of each for the session, a fresh database a test.

`DATABASE_URL` (of a role that may create databases and roles) and `REDIS_URL` name other servers to test on.
Several processes (`pytest -n 2`) share a PostgreSQL so named, each with databases and a role of its own; a Redis
they cannot share, for tests empty it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from arq.connections import ArqRedis

from gateway import START, Gateway, serving
from mobile_gateway import jobs
from mobile_gateway.demo import load
from mobile_gateway.local import Parts
from mobile_gateway.models import database as databases
from mobile_gateway.models import migrating
from mobile_gateway.models.database import Database
from mobile_gateway.seals import Keyring
from mobile_gateway.workers import spelling
from places import in_memory, roomy
from servers import Servers, Urls

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "alone")
TEMPLATE = f"mobile_gateway_template_{PROCESS}"
DEMO_TEMPLATE = f"mobile_gateway_demo_{PROCESS}"


def pytest_configure(config: pytest.Config) -> None:
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as shells start what runs behind; children inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("REDIS_URL") and (config.getoption("numprocesses", None) or 0) > 1:
        raise pytest.UsageError(
            "tests empty the Redis of REDIS_URL, so one process uses it: make test JOBS=0"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests recorded, of whatever process."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "figures" and report.when == "call":
                    terminalreporter.write_line(str(text))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


async def _external(owner_url: str) -> tuple[str, str]:
    """A serving role on somebody else's server, and its URL."""
    role, password = f"mobile_gateway_serving_{PROCESS}", secrets.token_urlsafe(12)
    connection = await asyncpg.connect(owner_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f"CREATE ROLE {role} LOGIN")
        await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
    finally:
        await connection.close()
    host = urlsplit(owner_url).netloc.rpartition("@")[2]
    return role, urlunsplit(urlsplit(owner_url)._replace(netloc=f"{role}:{password}@{host}"))


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    own_database, own_redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    with (
        in_memory() if roomy() else contextlib.nullcontext(tmp_path_factory.mktemp("parts")) as directory,
        Parts.start(directory, postgres=not own_database, redis=not own_redis, durable=False) as parts,
    ):
        if own_database:
            role, serving_url = await _external(own_database)
            owner_url = own_database
        else:
            role, serving_url = "gateway", parts.database_url
            owner_url = parts.migrate_database_url
        found = Servers(owner_url, role, serving_url, own_redis or parts.redis_url)
        await _recreate(found, TEMPLATE, None)
        await migrating.migrate(found.owner(TEMPLATE), role)
        yield found


async def _recreate(servers: Servers, name: str, template: str | None) -> None:
    connection = await asyncpg.connect(servers.owner_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _copy(servers: Servers, template: str) -> AsyncIterator[Urls]:
    name = f"test_{secrets.token_hex(6)}"
    await _recreate(servers, name, template)
    yield Urls(servers.owner(name), servers.serving(name))
    connection = await asyncpg.connect(servers.owner_url)
    try:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database_urls(servers: Servers) -> AsyncIterator[Urls]:
    """A freshly migrated database of the test's own."""
    async with _copy(servers, TEMPLATE) as urls:
        yield urls


@pytest.fixture(scope="session")
async def demo_template(servers: Servers, keyring: Keyring) -> str:
    """A database with the demo's data, to be copied."""
    await _recreate(servers, DEMO_TEMPLATE, TEMPLATE)
    opened = await databases.open_database(servers.serving(DEMO_TEMPLATE), connections=2)
    await load.load(opened, keyring, now=START)
    while await spelling.spell_due(opened):
        pass
    await opened.close()
    return DEMO_TEMPLATE


@pytest.fixture
async def database(database_urls: Urls) -> AsyncIterator[Database]:
    """A freshly migrated database, as the serving role."""
    opened = await databases.open_database(database_urls.serving, connections=10)
    yield opened
    await opened.close()


@pytest.fixture
async def queue(servers: Servers) -> AsyncIterator[ArqRedis]:
    """The queue on an emptied Redis."""
    opened = jobs.open_queue(servers.redis_url)
    await opened.flushall()
    yield opened
    await opened.aclose(close_connection_pool=True)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory, for what local providers write."""
    return tmp_path


@pytest.fixture
async def gateway(
    servers: Servers, demo_template: str, queue: ArqRedis, keyring: Keyring, data: Path
) -> AsyncIterator[Gateway]:
    """The whole gateway over HTTP, on demo data at 2024-08-20 09:00."""
    async with (
        _copy(servers, demo_template) as urls,
        serving(urls.serving, servers.redis_url, queue, keyring, data) as found,
    ):
        yield found
