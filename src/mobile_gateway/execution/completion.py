"""From a resolver's value to data: graphql-core's value completion, as functions made per type.

Each function here mirrors a method of graphql-core's `Executor` (3.3.2), with types and nodes
bound beforehand. What awaits, and in which order, is the same, so the errors are the same too.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    default_type_resolver,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import Path, inspect, is_awaitable

from . import shortcuts
from .lists import Listing
from .running import Run
from .sites import Complete, Site

ObjectRun: TypeAlias = Callable[[Any, Run, Path | None, str | int, str | None], Any]
"""Runs a selection set on a source: (source, run, path's prev, key, typename) → dict or coroutine."""


class Shape:
    """The selections of a field on a composite type, with the runs found so far by source class."""

    __slots__ = ("_make", "_schema", "_site", "_type", "by_class", "marked")

    def __init__(
        self,
        schema: GraphQLSchema,
        site: Site,
        type_: GraphQLObjectType | GraphQLAbstractType,
        make: Callable[[GraphQLObjectType], ObjectRun],
    ) -> None:
        self._schema = schema
        self._site = site
        self._type = type_
        self._make = make
        # Only unmarked objects of exactly these classes may take the short way.
        self.by_class: dict[type, ObjectRun] = {}
        self.marked = not isinstance(type_, GraphQLObjectType) or type_.is_type_of is not None

    def complete(self, value: Any, run: Run, path: Path) -> Any:
        """Complete an object (not None, not awaitable, not an exception)."""
        execute = self.by_class.get(type(value))
        if execute is not None and not (self.marked and getattr(value, shortcuts.MARK, None) is not None):
            return execute(value, run, path.prev, path.key, path.typename)
        if isinstance(self._type, GraphQLObjectType):
            return self._object(self._type, value, run, path)
        resolve = self._type.resolve_type or default_type_resolver
        name = resolve(value, self._site.info(run, path), self._type)
        if is_awaitable(name):
            return self._abstract_later(self._type, name, value, run, path)
        return self._object(self._runtime(self._type, name, value), value, run, path)

    async def _abstract_later(
        self, abstract: GraphQLAbstractType, name: Any, value: Any, run: Run, path: Path
    ) -> Any:
        done = self._object(self._runtime(abstract, await name, value), value, run, path)
        return await done if type(done) is CoroutineType else done

    def _object(self, type_: GraphQLObjectType, value: Any, run: Run, path: Path) -> Any:
        execute = self._make(type_)
        if type_.is_type_of:
            accepted = type_.is_type_of(value, self._site.info(run, path))
            if is_awaitable(accepted):
                return self._object_later(type_, accepted, value, run, path)
            if not accepted:
                raise self._not_of(type_, value)
        self._remember(type_, value, execute)
        return execute(value, run, path.prev, path.key, path.typename)

    async def _object_later(
        self, type_: GraphQLObjectType, accepted: Any, value: Any, run: Run, path: Path
    ) -> Any:
        if not await accepted:
            raise self._not_of(type_, value)
        done = self._make(type_)(value, run, path.prev, path.key, path.typename)
        return await done if type(done) is CoroutineType else done

    def _not_of(self, type_: GraphQLObjectType, value: Any) -> GraphQLError:
        message = f"Expected value of type '{type_}' but got: {inspect(value)}."
        return GraphQLError(message, self._site.nodes)

    def _remember(self, type_: GraphQLObjectType, value: Any, execute: ObjectRun) -> None:
        kind = type(value)
        if (
            shortcuts.plain(kind)
            and getattr(value, shortcuts.MARK, None) is None
            and shortcuts.accepts_by_class(type_)
            and (
                isinstance(self._type, GraphQLObjectType)
                or shortcuts.resolves_by_class(self._type, type_, kind)
            )
        ):
            self.by_class[kind] = execute

    def _runtime(self, abstract: GraphQLAbstractType, name: Any, value: Any) -> GraphQLObjectType:
        site = self._site
        where = f"{site.parent}.{site.name}"
        if name is None:
            message = (
                f"Abstract type '{abstract}' must resolve to an Object type at runtime"
                f" for field '{where}'. Either the '{abstract}' type should provide"
                " a 'resolve_type' function or each possible type should provide"
                " an 'is_type_of' function."
            )
            raise GraphQLError(message, site.nodes)
        if not isinstance(name, str):
            message = (
                f"Abstract type '{abstract}' must resolve to an Object type at runtime"
                f" for field '{where}' with value {inspect(value)}, received '{inspect(name)}',"
                " which is not a valid Object type name."
            )
            raise GraphQLError(message, site.nodes)
        found = self._schema.get_type(name)
        if found is None:
            message = (
                f"Abstract type '{abstract}' was resolved to a type"
                f" '{name}' that does not exist inside the schema."
            )
            raise GraphQLError(message, site.nodes)
        if not is_object_type(found):
            message = f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
            raise GraphQLError(message, site.nodes)
        if not self._schema.is_sub_type(abstract, found):
            message = f"Runtime Object type '{found}' is not a possible type for '{abstract}'."
            raise GraphQLError(message, site.nodes)
        return found


def completion(type_: GraphQLOutputType, site: Site, shape: Shape | None) -> Complete:
    """The function that completes values of `type_`; `shape` serves its composite type, if any."""
    if isinstance(type_, GraphQLNonNull):
        inner = completion(type_.of_type, site, shape)
        message = f"Cannot return null for non-nullable field {site.parent}.{site.name}."

        def strict(value: Any, run: Run, path: Path) -> Any:
            done = inner(value, run, path)
            if done is None:
                raise TypeError(message)
            return done

        return strict
    complete: Complete
    if isinstance(type_, GraphQLList):
        complete = Listing(site, item_completion(type_.of_type, site, shape)).complete
    elif shape is not None:
        complete = shape.complete
    else:
        assert isinstance(type_, GraphQLLeafType)
        complete = _leaf(type_)

    def nullable(value: Any, run: Run, path: Path) -> Any:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        return complete(value, run, path)

    return nullable


def _leaf(type_: GraphQLLeafType) -> Complete:
    coerce = type_.coerce_output_value

    def complete(value: Any, _run: Run, _path: Path) -> Any:
        done = coerce(value)
        if done is Undefined or done is None:
            message = (
                f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(done)}"
            )
            raise TypeError(message)
        return done

    return complete


def item_completion(item_type: GraphQLOutputType, site: Site, shape: Shape | None) -> Complete:
    """As `completion`, for one item of the site's list: failures end here, awaitables are awaited.

    Returns data, None for a noted failure, or a coroutine of either; raises located what may not
    be null.
    """
    strict = is_non_null_type(item_type)
    complete = completion(item_type, site, shape)

    async def later(item: Any, run: Run, place: Path, *, resolved: bool) -> Any:
        try:
            done = item if resolved else complete(await item, run, place)
            return await done if type(done) is CoroutineType else done
        except Exception as error:  # noqa: BLE001 -- whatever an item raises is a field error
            return site.fail_item(error, run, place, strict=strict)

    def one(item: Any, run: Run, place: Path) -> Any:
        if is_awaitable(item):
            return later(item, run, place, resolved=False)
        try:
            done = complete(item, run, place)
        except Exception as error:  # noqa: BLE001 -- whatever an item raises is a field error
            return site.fail_item(error, run, place, strict=strict)
        return later(done, run, place, resolved=True) if type(done) is CoroutineType else done

    return one
