"""Completing lists of any kind: iterables, asynchronous iterables, with awaitables among the items."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from types import CoroutineType
from typing import Any

from graphql import GraphQLError
from graphql.error import located_error
from graphql.pyutils import Path, is_awaitable, is_iterable

from .running import Pending, Run, fill
from .sites import Complete, Site


class Listing:
    """Completes the values of one list type at one site; `one` completes an item."""

    __slots__ = ("_one", "_site")

    def __init__(self, site: Site, one: Complete) -> None:
        self._site = site
        self._one = one

    def complete(self, value: Any, run: Run, path: Path) -> Any:
        """A list of data, or a coroutine of one; raises if it is no list or an item may not be null."""
        if hasattr(value, "__aiter__"):
            return self._streamed(value.__aiter__(), run, path)
        if not is_iterable(value):
            where = f"{self._site.parent}.{self._site.name}"
            message = f"Expected Iterable, but did not find one for field '{where}'."
            raise GraphQLError(message)
        done: list[Any] = []
        pending: dict[int, Pending] = {}
        iterator = iter(value)
        try:
            for index, item in enumerate(iterator):
                made = self._one(item, run, Path(path, index, None))
                if type(made) is CoroutineType:
                    pending[index] = made
                done.append(made)
        except Exception:
            abandoned: list[Any] = list(pending.values())
            with suppress(Exception):
                abandoned.extend(item for item in iterator if is_awaitable(item))
            run.settle(abandoned)
            raise
        return fill(done, pending) if pending else done

    async def _streamed(self, iterator: AsyncIterator[Any], run: Run, path: Path) -> Any:
        done: list[Any] = []
        pending: dict[int, Pending] = {}
        try:
            async for item in _Located(iterator, self._site, path):
                index = len(done)
                made = self._one(item, run, Path(path, index, None))
                if type(made) is CoroutineType:
                    pending[index] = made
                done.append(made)
        except Exception:
            if close := getattr(iterator, "aclose", None):
                with suppress(Exception):
                    await close()
            run.settle(list(pending.values()))
            raise
        return await fill(done, pending) if pending else done


class _Located:
    """An asynchronous iterator whose own failure is located at the list."""

    def __init__(self, iterator: AsyncIterator[Any], site: Site, path: Path) -> None:
        self._iterator = iterator
        self._site = site
        self._path = path

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await anext(self._iterator)
        except StopAsyncIteration:
            raise
        except Exception as error:
            raise located_error(error, self._site.nodes, self._path.as_list()) from error
