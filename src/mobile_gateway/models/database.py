"""Opens the database; the one user of the driver's pool. Migrates it, under a lock, as its owner.

Reads and actions speak SQL on a connection of this pool; Tortoise defines the tables and their migrations
(docs/decisions/0003-sql-on-the-drivers-pool.md).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, nullcontext
from functools import cached_property
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from mobile_gateway import transactions
from mobile_gateway.clock import DomainClock
from mobile_gateway.models import TABLES

MIGRATION_LOCK = 0x6D67_7700
"""Key of the advisory lock that lets one starter migrate at a time."""


class DatabaseAway(Exception):
    """The database cannot be reached now; the same call may go through later."""


AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    TimeoutError,
)
"""What the driver raises when the database is away, restarting or full."""


def _nobody(_: Collection[str]) -> None:
    """Hears of changes when nobody else does."""


class Database:
    """A pool of connections. `connection()` for reads, `transaction()` for actions.

    `on_commit` hears what committed transactions told of (`transactions.tell`); it must neither wait nor raise.
    `part` is the same pool for what can wait: it holds half of the connections at a time at most.
    """

    def __init__(self, pool: asyncpg.Pool, places: asyncio.Semaphore | None = None) -> None:
        self._pool = pool
        self._places = places
        self.on_commit: Callable[[Collection[str]], None] = _nobody

    @cached_property
    def part(self) -> Database:
        """For reads: who waits for a place in it waits as long as it takes."""
        return Database(self._pool, asyncio.Semaphore(max(self._pool.get_max_size() // 2, 1)))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for reading; `DatabaseAway` when there is none within 5 s."""
        async with self._places or nullcontext():
            try:
                connection = await self._pool.acquire(timeout=5)
            except AWAY as why:
                raise DatabaseAway from why
            try:
                yield connection
            except AWAY as why:
                raise DatabaseAway from why
            finally:
                await self._release(connection)

    async def _release(self, connection: asyncpg.Connection) -> None:
        """Give a connection back; one whose server does not answer within a second is dropped."""
        try:
            await self._pool.release(connection, timeout=1)
        except AWAY as why:
            connection.terminate()
            raise DatabaseAway from why

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. Does not nest.

        Weak: where the answer to COMMIT is lost, what was told of is not handed on, though it may have happened.
        """
        if transactions.held.get():
            raise RuntimeError("a transaction inside a transaction: an action does not call an action")
        names: set[str] = set()
        async with self.connection() as connection:
            held, told = transactions.held.set(True), transactions.told.set(names)
            try:
                async with connection.transaction():
                    yield connection
            finally:
                transactions.told.reset(told)
                transactions.held.reset(held)
            if names:
                self.on_commit(names)

    async def close(self) -> None:
        """Let go of the pool; connections in use get 5 s."""
        try:
            await asyncio.wait_for(self._pool.close(), 5)
        except TimeoutError:
            self._pool.terminate()


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    # The driver learns multiranges from a statement that answers one; inside a record it would not know them.
    await connection.fetchval("SELECT '{}'::int4multirange")


async def _no_reset(_: asyncpg.Connection) -> None:
    """Sessions keep no state here (no SET, LISTEN or temporary table), so the round trip is spared."""


async def open_database(url: str, *, connections: int = 10) -> Database:
    """A pool on `url`. It connects when it is first used, and again after the database was away."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=connections,
        timeout=5,
        command_timeout=30,
        init=_prepare,
        reset=_no_reset,
        # Our statements read by primary key: the generic plan is the plan, and planning costs more than running.
        server_settings={"plan_cache_mode": "force_generic_plan"},
    )
    return Database(pool)


def _tortoise(url: str) -> dict[str, Any]:
    return {
        "connections": {
            "default": url.replace("postgresql://", "asyncpg://").replace("postgres://", "asyncpg://")
        },
        "apps": {
            "mobile_gateway": {
                "models": list(TABLES),
                "migrations": "mobile_gateway.models.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
    }


async def migrate(
    owner_url: str, serving_role: str | None, on_step: Callable[[str], None] | None = None
) -> int:
    """Apply what is missing, each migration and its record in one transaction; answers how many were applied.

    Safe against several starters (an advisory lock) and a crash in between (nothing is half applied).
    `serving_role` gets its rights: it reads and writes rows, owns nothing, and can only append to the audit log.
    """
    lock = await asyncpg.connect(owner_url, timeout=10)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        applied = await _apply(owner_url, on_step)
        if serving_role is not None:
            await _grant(lock, serving_role)
        return applied
    finally:
        await lock.close()


async def _apply(owner_url: str, on_step: Callable[[str], None] | None) -> int:
    config = _tortoise(owner_url)
    await Tortoise.init(config=config)
    try:
        executor = MigrationExecutor(get_connection("default"), config["apps"])
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001 - no public door
        plan = await executor.plan()
        done = set(await executor.recorder.applied_migrations())
        state = await executor._project_state(done)  # noqa: SLF001 - no public door
        for step in plan:
            if on_step is not None:
                on_step(step.migration.name)
            async with in_transaction("default") as transaction:
                await transaction.execute_script("SET LOCAL lock_timeout = '5s'")
                editor = executor._schema_editor(atomic=True)  # noqa: SLF001 - no public door
                editor.client = transaction
                await step.migration.apply(state, dry_run=False, schema_editor=editor)
                recorder = MigrationRecorder(transaction)
                await recorder.record_applied(step.migration.app_label, step.migration.name)
        return len(plan)
    finally:
        await Tortoise.close_connections()


async def _grant(owner: asyncpg.Connection, role: str) -> None:
    if role == await owner.fetchval("SELECT current_user"):
        return
    name = '"' + role.replace('"', '""') + '"'
    async with owner.transaction():
        await owner.execute(
            f"GRANT USAGE ON SCHEMA public TO {name};"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name};"
            f"REVOKE UPDATE, DELETE ON audit_entry FROM {name};"
            f"REVOKE ALL ON tortoise_migrations FROM {name};"
        )


async def read_clock(connection: asyncpg.Connection) -> DomainClock:
    """The domain's clock as the database's row has it; the real one when there is no row."""
    row = await connection.fetchrow("SELECT real_anchor, domain_anchor, speed FROM domain_clock WHERE id = 1")
    return DomainClock(row["real_anchor"], row["domain_anchor"], row["speed"]) if row else DomainClock()
