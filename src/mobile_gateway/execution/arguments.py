"""A field's arguments, made ready once so that a request only looks its variables up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values

from .running import Run

Arguments: TypeAlias = Callable[[Run], dict[str, Any]]

_IMMUTABLE = (str, int, float, bool, type(None), Decimal, UUID, dt.date, dt.time, dt.timedelta, Enum)
_ABSENT = object()


def arguments(field: GraphQLField, node: FieldNode, *, quiet: bool) -> dict[str, Any] | Arguments:
    """A field's argument values: a dict where they are the same for every request, else a function.

    The function gives what graphql-core's `get_argument_values` gives and raises what it raises.
    The dict must not be changed. `quiet` keeps suggestions out of messages.
    """
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    fixed: dict[str, Any] = {}
    moving: list[Arguments] = []
    for name, argument in field.args.items():
        part = GraphQLField(field.type, args={name: argument})
        value = given.get(name)
        constant = _constant(part, node, quiet=quiet) if value is None or not _varies(value) else None
        if constant is not None:
            fixed.update(constant)
        else:
            moving.append(_moving(part, node, name, argument, value, quiet=quiet))
    if not moving:
        return fixed

    def values(run: Run) -> dict[str, Any]:
        found = fixed.copy()
        for one in moving:
            found.update(one(run))
        return found

    return values


def renamed(given: dict[str, Any] | Arguments, names: Mapping[str, str]) -> dict[str, Any] | Arguments:
    """The same arguments under other names."""
    if all(name == other for name, other in names.items()):
        return given
    if isinstance(given, dict):
        return {names[name]: value for name, value in given.items()}
    return lambda run: {names[name]: value for name, value in given(run).items()}


def _varies(value: ValueNode) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            return True
        if isinstance(node, ListValueNode):
            waiting.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            waiting.extend(entry.value for entry in node.fields)
    return False


def _constant(part: GraphQLField, node: FieldNode, *, quiet: bool) -> dict[str, Any] | None:
    """The one argument's value, unless it fails or could be changed by whoever receives it."""
    try:
        found = get_argument_values(part, node, VariableValues({}, {}), hide_suggestions=quiet)
    except GraphQLError:
        return None
    return found if all(isinstance(value, _IMMUTABLE) for value in found.values()) else None


def _moving(
    part: GraphQLField,
    node: FieldNode,
    name: str,
    argument: GraphQLArgument,
    value: ValueNode | None,
    *,
    quiet: bool,
) -> Arguments:
    def whole(run: Run) -> dict[str, Any]:
        return get_argument_values(part, node, run.variables, hide_suggestions=quiet)

    if not isinstance(value, VariableNode):
        return whole
    variable = value.name.value
    out = argument.out_name or name
    strict = is_non_null_type(argument.type)

    def look_up(run: Run) -> dict[str, Any]:
        found = run.coerced.get(variable, _ABSENT)
        if found is _ABSENT or (strict and found is None):
            return whole(run)
        return {out: found}

    return look_up
