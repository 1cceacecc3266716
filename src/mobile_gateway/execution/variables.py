"""A request's variables, coerced as graphql-core does, without its walk where they are plain scalars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

MAX_ERRORS = 50
"""How many coercion errors a request is told of; graphql-core's own default."""


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_float(value: Any) -> bool:
    return type(value) is float and value - value == 0


def _is_bool(value: Any) -> bool:
    return type(value) is bool


# Values for which coercion is the identity, by the scalar and the coercer it must have for that.
_UNCHANGED: dict[str, tuple[Any, Callable[[Any], bool]]] = {
    GraphQLString.name: (GraphQLString.coerce_input_value, _is_text),
    GraphQLID.name: (GraphQLID.coerce_input_value, _is_text),
    GraphQLInt.name: (GraphQLInt.coerce_input_value, _is_int),
    GraphQLFloat.name: (GraphQLFloat.coerce_input_value, _is_float),
    GraphQLBoolean.name: (GraphQLBoolean.coerce_input_value, _is_bool),
}


class _Plain(NamedTuple):
    signature: GraphQLVariableSignature
    unchanged: Callable[[Any], bool]
    strict: bool
    optional: bool


class Variables:
    """The variables that one operation defines. `quiet` keeps suggestions out of messages."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], *, quiet: bool
    ) -> None:
        self._schema = schema
        self._definitions = definitions
        self._quiet = quiet
        plain = [_plain(schema, definition) for definition in definitions]
        self._plain = None if None in plain else [one for one in plain if one is not None]

    def coerce(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables' values with their sources, or every reason why they are refused."""
        return self._at_once(given) or get_variable_values(
            self._schema, self._definitions, given, MAX_ERRORS, hide_suggestions=self._quiet
        )

    def _at_once(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values where each is a plain scalar as it should be; None where anything is not."""
        if self._plain is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, unchanged, strict, optional in self._plain:
            name = signature.name
            if name not in given:
                if not optional:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            value = given[name]
            if not unchanged(value) and (strict or value is not None):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Plain | None:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        return None
    strict = isinstance(signature.type, GraphQLNonNull)
    bare: Any = signature.type.of_type if isinstance(signature.type, GraphQLNonNull) else signature.type
    if not isinstance(bare, GraphQLScalarType):
        return None
    coercer, unchanged = _UNCHANGED.get(bare.name, (None, None))
    if unchanged is None or coercer is not bare.coerce_input_value:
        return None
    return _Plain(signature, unchanged, strict, optional=not strict and signature.default is None)
