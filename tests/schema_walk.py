"""Every place of a GraphQL schema that takes a text, each with an operation that reaches it and a plausible input."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)

from mobile_gateway.schema.nodes import global_id

OTHERS = {"Int": 1, "Float": 1.0, "Boolean": True}
KNOWN = {
    "phone": "18800000001",
    "code": "123456",
    "email": "a@example.org",
    "name": "李雷",
    "password": "correct horse battery",
    "studentNumber": "20240001",
    "documentNumber": "11010519491231002X",
    "locale": "zh-CN",
    "slug": "summer-2024",
    "reason": "信息有误",
}
OF_SCALARS = {
    "PhoneNumber": "18800000001",
    "DateTime": "2024-08-20T09:00:00+08:00",
    "URL": "https://example.org/",
    "Credits": "1.00",
}
DEEPEST = 4

Step = tuple[str, GraphQLField]


@dataclass(frozen=True)
class Place:
    """A place for a text: `path` leads to it in the variables of `document`."""

    name: str
    document: str
    variables: dict[str, Any]
    path: tuple[str | int, ...]
    is_mutation: bool

    def holding(self, text: str) -> dict[str, Any]:
        """The variables with a text at this place."""
        filled = copy.deepcopy(self.variables)
        where: Any = filled
        for step in self.path[:-1]:
            where = where[step]
        where[self.path[-1]] = text
        return filled


def places(schema: GraphQLSchema) -> list[Place]:
    """All of them: arguments of mutations, of queries, and of the fields that queries lead to."""
    found: list[Place] = []
    if schema.mutation_type:
        for name, field in schema.mutation_type.fields.items():
            found += _of_field([(name, field)], is_mutation=True)
    if schema.query_type:
        for steps in _reached(schema.query_type, [], set()):
            found += _of_field(steps, is_mutation=False)
    return found


def _reached(kind: GraphQLObjectType, before: list[Step], seen: set[str]) -> Iterator[list[Step]]:
    """The fields with arguments below a type, each once, by a shortest way."""
    if len(before) == DEEPEST:
        return
    below: list[tuple[GraphQLObjectType, list[Step]]] = []
    for name, field in kind.fields.items():
        steps = [*before, (name, field)]
        if f"{kind.name}.{name}" not in seen:
            seen.add(f"{kind.name}.{name}")
            if field.args:
                yield steps
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType):
                below.append((inner, steps))
    for inner, steps in below:
        yield from _reached(inner, steps, seen)


def _of_field(steps: list[Step], *, is_mutation: bool) -> Iterator[Place]:
    variables: dict[str, Any] = {}
    declared: list[str] = []
    selection = _selection(steps[-1][1])
    for number, (name, field) in reversed(list(enumerate(steps))):
        given = []
        for argument, described in field.args.items():
            variable = f"{argument}{number}"
            declared.append(f"${variable}: {described.type}")
            given.append(f"{argument}: ${variable}")
            variables[variable] = _plausible(described.type, argument, name)
        selection = f"{{ {name}{'(' + ', '.join(given) + ')' if given else ''} {selection} }}"
    kind = "mutation" if is_mutation else "query"
    head = f"{kind} Hostile{'(' + ', '.join(declared) + ')' if declared else ''}"
    dotted = ".".join(name for name, _ in steps)
    for argument, described in steps[-1][1].args.items():
        variable = f"{argument}{len(steps) - 1}"
        for path in _texts(described.type, (variable,)):
            named = ".".join(map(str, (argument, *path[1:])))
            yield Place(f"{dotted}({named})", f"{head} {selection}", variables, path, is_mutation)


def _selection(field: GraphQLField) -> str:
    kind = get_named_type(field.type)
    if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
        return ""
    if isinstance(kind, GraphQLObjectType) and "userErrors" in kind.fields:
        return "{ __typename userErrors { code path message hint helpArticle { slug } } }"
    return "{ __typename }"


def _plausible(kind: Any, name: str, holder: str) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _plausible(kind.of_type, name, holder)
    if isinstance(kind, GraphQLList):
        return [_plausible(kind.of_type, name, holder)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {key: _plausible(field.type, key, holder) for key, field in kind.fields.items()}
    if kind.name == "ID":
        of = (name if name.endswith("Id") else holder).removesuffix("Id")
        return global_id(of[:1].upper() + of[1:], 1)
    return OTHERS.get(kind.name, KNOWN.get(name, OF_SCALARS.get(kind.name, "a")))


def _texts(kind: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(kind, GraphQLNonNull):
        yield from _texts(kind.of_type, path)
    elif isinstance(kind, GraphQLList):
        yield from _texts(kind.of_type, (*path, 0))
    elif isinstance(kind, GraphQLInputObjectType):
        for key, field in kind.fields.items():
            yield from _texts(field.type, (*path, key))
    elif isinstance(kind, GraphQLScalarType) and kind.name not in OTHERS:
        yield path
