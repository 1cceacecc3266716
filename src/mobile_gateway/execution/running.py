"""The state of one run of an operation: its errors, its pending work, what resolvers are told."""

from __future__ import annotations

from asyncio import Future, gather
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeAlias

from graphql import FragmentDefinitionNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

Pending: TypeAlias = Coroutine[Any, Any, Any]


class Run:
    """One execution of one operation. Made anew for every request, never shared.

    The order in which errors are noted, and which are dropped because an ancestor is already
    null, follow graphql-core's `Executor` (`graphql/execution/executor.py`, 3.3.2), so that the
    answers are the same.
    """

    __slots__ = ("_background", "_nulled", "coerced", "errors", "tail")

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        context: Any,
        root: Any,
    ) -> None:
        self.errors: list[GraphQLError] = []
        self.coerced = variables.coerced
        self._nulled: set[Path | None] = set()
        self._background: set[Future[Any]] = set()
        # The fields of GraphQLResolveInfo that follow its path, the same for the whole run.
        self.tail = (
            schema,
            fragments,
            root,
            operation,
            variables,
            context,
            is_awaitable,
            None,
            GraphQLResolveInfoHelpers(gather=self._gather, track=self._track),
        )

    @property
    def variables(self) -> VariableValues:
        """The coerced variables with their sources, as graphql-core's functions take them."""
        variables: VariableValues = self.tail[4]
        return variables

    def note(self, error: GraphQLError, path: Path | None) -> None:
        """Keep an error at the place that became null, unless that place or one above already is."""
        nulled = self._nulled
        if None in nulled:
            return
        place = path
        while place is not None:
            if place in nulled:
                return
            place = place.prev
        nulled.add(path)
        self.errors.append(error)

    def settle(self, pending: Sequence[Awaitable[Any]]) -> None:
        """Let abandoned work finish by itself, its outcome observed and dropped."""
        if not pending:
            return
        future = gather(*pending, return_exceptions=True)
        self._background.add(future)
        future.add_done_callback(self._background.discard)

    def _track(self, values: Sequence[Any]) -> None:
        self.settle([value for value in values if is_awaitable(value)])

    @staticmethod
    def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
        return gather_with_cancel(*values)


async def fill(into: Any, pending: dict[Any, Pending]) -> Any:
    """Await `pending` together and put each outcome under its key (or index) of `into`.

    Returns `into`. The first failure cancels the others and is raised.
    """
    if len(pending) == 1:
        for key, one in pending.items():
            into[key] = await one
        return into
    done = await gather_with_cancel(*pending.values())
    for key, value in zip(pending, done, strict=True):
        into[key] = value
    return into
