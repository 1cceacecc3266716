"""Runs an operation twice, compiled and by graphql-core, and asserts that the answers are the same."""

import asyncio
import json
from typing import Any

from graphql import GraphQLError, GraphQLSchema, parse
from graphql.execution import execute
from graphql.pyutils import is_awaitable

from execution.bookshop import schema as bookshop
from mobile_gateway.execution import Answer, Limits, Operations, Plan

OPEN = Limits(
    max_tokens=20_000,
    max_depth=30,
    max_aliases=1_000,
    max_repeats=1_000,
    max_mutations=100,
    max_page=2**31,
    max_cost=10**30,
    introspection=True,
    suggestions=True,
)


def flat(errors: list[GraphQLError] | None) -> list[tuple[Any, ...]]:
    """What is compared of errors, ordered by path."""
    rows = [
        (
            [str(key) for key in error.path or ()],
            error.message,
            error.path,
            [(place.line, place.column) for place in error.locations or ()],
            repr(type(error.original_error)),
        )
        for error in errors or ()
    ]
    return sorted(rows, key=repr)


async def by_core(
    document: str,
    variables: dict[str, Any] | None = None,
    *,
    schema: GraphQLSchema = bookshop,
    context: Any = None,
    root: Any = None,
    name: str | None = None,
) -> Answer:
    result: Any = execute(schema, parse(document), root, context, variables, name)
    if is_awaitable(result):
        result = await result
    return Answer(result.data, list(result.errors or ()))


def prepared(document: str, schema: GraphQLSchema = bookshop, name: str | None = None) -> Plan:
    plan = Operations(schema, OPEN).prepare(document, name)
    assert isinstance(plan, Plan), plan
    return plan


async def same(
    document: str,
    variables: dict[str, Any] | None = None,
    *,
    schema: GraphQLSchema = bookshop,
    context: Any = None,
    root: Any = None,
    plan: Plan | None = None,
    compiled: bool = True,
) -> Answer:
    """Assert equal answers and return the compiled one. Runs thrice: the later runs take short ways."""
    plan = plan or prepared(document, schema)
    assert (plan.obstacle is None) is compiled, plan.obstacle
    expected = await by_core(document, variables, schema=schema, context=context, root=root)
    answer = expected
    for _ in range(3):
        answer = await plan.run(variables, context, root)
        assert json.dumps(answer.data) == json.dumps(expected.data)
        assert flat(answer.errors) == flat(expected.errors)
    await asyncio.sleep(0)
    for _ in range(5):  # what was abandoned finishes
        await asyncio.sleep(0)
    return answer
