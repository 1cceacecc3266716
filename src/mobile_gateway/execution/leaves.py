"""Leaf values that need no conversion, and the tests that tell them.

A value that fails its test is not wrong: it goes the whole way of graphql-core's completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)


class Leaf(NamedTuple):
    """Python expressions over `{v}`: when `test` holds, the completed value is `value`.

    `{n}` stands for a prefix of the names in `known`, to be bound to its values.
    """

    test: str
    value: str
    known: Mapping[str, Any] = MappingProxyType({})

    def written(self, variable: str, prefix: str) -> tuple[str, str, dict[str, Any]]:
        """The test and the value as Python, and what the names in them are bound to."""
        test, value = (text.format(v=variable, n=prefix) for text in (self.test, self.value))
        return test, value, {prefix + name: bound for name, bound in self.known.items()}


_SERIALIZERS = {
    type_.name: (type_.coerce_output_value, leaf)
    for type_, leaf in (
        (GraphQLString, Leaf("type({v}) is str", "{v}")),
        (GraphQLID, Leaf("type({v}) is str", "{v}")),
        (GraphQLBoolean, Leaf("({v} is True or {v} is False)", "{v}")),
        (GraphQLInt, Leaf("(type({v}) is int and -2147483648 <= {v} <= 2147483647)", "{v}")),
        # Infinities and NaN are not equal to themselves after subtraction.
        (GraphQLFloat, Leaf("(type({v}) is float and {v} - {v} == 0.0)", "{v}")),
    )
}


_TEXT = Leaf("type({v}) is str", "{v}")
"""A custom scalar that serialises by `str` itself leaves a string as it is."""


def shortcut(type_: GraphQLLeafType) -> Leaf | None:
    """The test for a leaf type, if values of its usual Python type need no call."""
    if isinstance(type_, GraphQLEnumType):
        return _enum(type_)
    if type_.coerce_output_value is str:
        return _TEXT
    serializer, leaf = _SERIALIZERS.get(type_.name, (None, None))
    return leaf if serializer is type_.coerce_output_value else None


def _enum(type_: GraphQLEnumType) -> Leaf | None:
    """An enum over a Python Enum's members: their names in the schema, looked up by member name."""
    kind = getattr(type_, "wrapped_cls", None)
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return None
    names = {}
    for member in kind:
        try:
            names[member.name] = type_.coerce_output_value(member)
        except (GraphQLError, ValueError):
            continue
    # A member's own class may differ from the Enum; such a member goes the whole way.
    test = "(type({v}) is {n}kind and {v}._name_ in {n}names)"
    return Leaf(test, "{n}names[{v}._name_]", {"kind": kind, "names": names})
