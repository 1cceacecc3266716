"""Opens the database; the one user of the driver's pool.

Reads and actions speak SQL on a connection of this pool; Tortoise defines the tables and their migrations
(docs/decisions/0003-sql-on-the-drivers-pool.md), so a process that serves does without it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, nullcontext
from functools import cached_property

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.clock import DomainClock


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


async def read_clock(connection: asyncpg.Connection) -> DomainClock:
    """The domain's clock as the database's row has it; the real one when there is no row."""
    row = await connection.fetchrow("SELECT real_anchor, domain_anchor, speed FROM domain_clock WHERE id = 1")
    return DomainClock(row["real_anchor"], row["domain_anchor"], row["speed"]) if row else DomainClock()
