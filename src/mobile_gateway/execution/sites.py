"""A field's place in an operation: what is known of it before any request."""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType
from typing import Any, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    is_non_null_type,
)
from graphql.error import located_error
from graphql.pyutils import Path, is_awaitable

from .running import Pending, Run

Complete: TypeAlias = Callable[[Any, Run, Path], Any]
"""Turns a resolver's value into data, or into a coroutine of it; raises what went wrong."""


class Site:
    """A response key of one selection set: its nodes, its types, and how its failures end."""

    __slots__ = ("complete", "head", "key", "name", "nodes", "parent", "strict", "type")

    complete: Complete

    def __init__(
        self, key: str, nodes: list[FieldNode], field: GraphQLField, parent: GraphQLObjectType
    ) -> None:
        self.key = key
        self.nodes = nodes
        self.name = nodes[0].name.value
        self.type: GraphQLOutputType = field.type
        self.parent = parent
        self.strict = is_non_null_type(field.type)
        # The fields of GraphQLResolveInfo that come before its path.
        self.head = (self.name, nodes, self.type, parent)

    def info(self, run: Run, path: Path) -> GraphQLResolveInfo[Any]:
        """What a resolver is told; `path` may be that of a list's item, the field's own is used."""
        while isinstance(path.key, int):
            path = cast("Path", path.prev)
        return GraphQLResolveInfo._make((*self.head, path, *run.tail))

    def fail(self, error: Exception, run: Run, path: Path) -> None:
        """Note the field's failure and answer null, or raise it located when null may not be."""
        located = located_error(error, self.nodes, path.as_list())
        if self.strict:
            raise located
        run.note(located, path)

    def fail_item(self, error: Exception, run: Run, path: Path, *, strict: bool) -> None:
        """As `fail`, for an item of the field's list."""
        located = located_error(error, self.nodes, path.as_list())
        if strict:
            raise located
        run.note(located, path)

    async def guard_item(self, pending: Pending, run: Run, path: Path, *, strict: bool) -> Any:
        """As `guard`, for an item of the field's list."""
        try:
            return await pending
        except Exception as error:  # noqa: BLE001 -- whatever an item raises is a field error
            return self.fail_item(error, run, path, strict=strict)

    def finish(self, value: Any, run: Run, path: Path) -> Any:
        """Complete a resolver's value of any kind; a coroutine that comes back minds its own errors."""
        if is_awaitable(value):
            return self._finish_later(value, run, path)
        done = self.complete(value, run, path)
        return self.guard(done, run, path) if type(done) is CoroutineType else done

    async def guard(self, pending: Pending, run: Run, path: Path) -> Any:
        """Await completed data; a failure becomes null or, where null may not be, is raised located."""
        try:
            return await pending
        except Exception as error:  # noqa: BLE001 -- whatever a resolver raises is a field error
            return self.fail(error, run, path)

    async def _finish_later(self, value: Any, run: Run, path: Path) -> Any:
        try:
            done = self.complete(await value, run, path)
            if type(done) is CoroutineType:
                done = await done
        except Exception as error:  # noqa: BLE001 -- whatever a resolver raises is a field error
            return self.fail(error, run, path)
        return done
