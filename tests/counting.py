"""Counts statements in the driver, for the request's own task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


async def statements(
    gateway: Gateway, operation: str, token: str | None, variables: dict[str, Any] | None = None
) -> list[str]:
    noted: list[str] = []
    reset = _statements.set(noted)
    try:
        await gateway.data_of(operations.by_file()[operation], variables or {}, token)
    finally:
        _statements.reset(reset)
    return noted
