"""A custom scalar that serialises by `str`: a string is left as it is, anything else goes the whole way."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)

from execution.comparing import same

CREDITS = GraphQLScalarType("Credits", serialize=str)
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "one": GraphQLField(CREDITS),
            "needed": GraphQLField(GraphQLNonNull(CREDITS)),
            "many": GraphQLField(GraphQLList(GraphQLNonNull(CREDITS))),
        },
    )
)


class Text(str):
    """A string that says something else when asked."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


@pytest.mark.parametrize("value", ["9.99", "", 3, 2.5, None, Text("x"), ValueError("no"), b"bytes"])
async def test_it_is_answered_as_graphql_core_answers(value: Any) -> None:
    root = {"one": value, "needed": value, "many": [value, "1.00"]}
    await same("{ one needed many }", schema=SCHEMA, root=root)
