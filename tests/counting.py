"""Counts statements in the driver, for the request's own task."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg

from gateway import Gateway
from mobile_gateway.models.database import Database
from mobile_gateway.schema import operations

# Set by the test, so that what follows the catalogue beside it is not counted.
_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


class Counting(Database):
    """A database that notes the statements of who counts."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        found = _statements.get()

        def note(query: asyncpg.connection.LoggedQuery) -> None:
            # The driver asks each connection once for the types it does not know, with the planner's jit off.
            if found is not None and not any(word in query.query for word in ("pg_catalog", "'jit'")):
                found.append(query.query)

        async with super().connection() as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                connection.remove_query_logger(note)


@contextmanager
def noting() -> Iterator[list[str]]:
    """The statements of the block, and of the tasks that it starts."""
    noted: list[str] = []
    reset = _statements.set(noted)
    try:
        yield noted
    finally:
        _statements.reset(reset)


async def statements(
    gateway: Gateway, operation: str, token: str | None, variables: dict[str, Any] | None = None
) -> list[str]:
    with noting() as noted:
        await gateway.data_of(operations.by_file()[operation], variables or {}, token)
    return noted
