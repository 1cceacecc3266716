"""What a document may ask for, checked before it is validated and before anything runs.

Every check costs time linear in the document: a fragment is weighed once, however often it is
spread. Cycles of fragments and unknown fragments weigh nothing here; validation reports them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
)

from . import refusals
from .costs import Cost
from .refusals import refusal
from .weights import Scales, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one document. All numbers are inclusive maxima.

    `max_tokens` counts lexical tokens and comments of the whole document; everything else is
    counted for each operation, with fragments expanded wherever they are spread: `max_depth`
    levels of fields (introspection's own levels are bounded by validation instead), `max_aliases`
    aliases, `max_repeats` fields whose response key their selection set already holds (they make
    validation's overlap check quadratic), `max_mutations` root fields of a mutation.
    `max_directives` are those written at one place. `max_page` is the largest `first` or `last`,
    and the assumed size of a page that states none. `max_cost` is in fields: a field costs one
    plus its selections times its page size.
    """

    max_tokens: int = 2_000
    max_depth: int = 12
    max_aliases: int = 30
    max_repeats: int = 100
    max_directives: int = 10
    max_mutations: int = 10
    max_page: int = 100
    max_cost: int = 20_000
    introspection: bool = False
    suggestions: bool = False


MAX_BRACKETS = 64
"""How deep any brackets may nest, so that no walk of the tree can exhaust the stack."""

_MARKS = re.compile(r'"""(?:\\"""|[^"]|"(?!""))*+"""|"(?:\\.|[^"\\\r\n])*+"|#[^\r\n]*+|[{}()\[\]]')


def read(source: str, limits: Limits) -> DocumentNode | GraphQLError:
    """Parse a document within `max_tokens` and `MAX_BRACKETS`; a failure is a value with a code."""
    if _nesting(source) > MAX_BRACKETS:
        return refusal(refusals.TOO_DEEP, f"Document nests brackets deeper than {MAX_BRACKETS}.")
    try:
        return parse(source, max_tokens=limits.max_tokens)
    except GraphQLSyntaxError as error:
        much = error.message.endswith("tokens. Parsing aborted.")
        return refusals.coded(error, refusals.TOO_MANY_TOKENS if much else refusals.PARSE_FAILED)


def _nesting(source: str) -> int:
    """The deepest nesting of brackets outside strings and comments; stops counting past the bound."""
    deepest = depth = 0
    for mark in _MARKS.finditer(source):
        first = source[mark.start()]
        if first in "{([":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > MAX_BRACKETS:
                    break
        elif first in "})]":
            depth -= 1
    return deepest


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say of a document: why it is refused, and each operation's cost."""

    errors: tuple[GraphQLError, ...]
    costs: Mapping[str | None, Cost]


def weigh(document: DocumentNode, schema: GraphQLSchema, limits: Limits) -> Verdict:
    """Check every operation of a parsed document against `limits`.

    Costs that depend on variables are not judged here, but by `over_cost` with the variables.
    """
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    scales = Scales(schema, fragments, limits.max_page)
    costs: dict[str | None, Cost] = {}
    errors: list[GraphQLError] = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            weight = scales.operation(node)
            cost = scales.cost(node, weight)
            costs[node.name.value if node.name else None] = cost
            errors += _judge(node, weight, limits)
            if not cost.pages:
                errors += over_cost(cost, {}, limits)
    if scales.directives > limits.max_directives and scales.directives_at:
        message = f"More than {limits.max_directives} directives at one place."
        errors.append(refusal(refusals.TOO_MANY_DIRECTIVES, message, [scales.directives_at]))
    if scales.introspects and not limits.introspection:
        errors.append(refusal(refusals.INTROSPECTION_OFF, "Introspection is off.", scales.introspects[:1]))
    if scales.largest_page > limits.max_page:
        errors.append(_page_too_large(limits))
    return Verdict(tuple(errors), costs)


def _judge(node: OperationDefinitionNode, weight: Weight, limits: Limits) -> list[GraphQLError]:
    found = []
    if weight.depth > limits.max_depth:
        message = f"The operation is more than {limits.max_depth} fields deep."
        found.append(refusal(refusals.TOO_DEEP, message, [node]))
    if weight.aliases > limits.max_aliases:
        message = f"The operation has more than {limits.max_aliases} aliases."
        found.append(refusal(refusals.TOO_MANY_ALIASES, message, [node]))
    if weight.repeats > limits.max_repeats:
        message = f"The operation repeats fields more than {limits.max_repeats} times."
        found.append(refusal(refusals.TOO_MANY_REPEATS, message, [node]))
    if node.operation is OperationType.MUTATION and weight.fields > limits.max_mutations:
        message = f"The operation has more than {limits.max_mutations} root fields."
        found.append(refusal(refusals.TOO_MANY_MUTATIONS, message, [node]))
    return found


def over_cost(cost: Cost, variables: Mapping[str, Any], limits: Limits) -> list[GraphQLError]:
    """Judge an operation's cost with the variables as given (before coercion)."""
    sizes = cost.sizes(variables, limits.max_page)
    if any(size > limits.max_page for size in sizes.values()):
        return [_page_too_large(limits)]
    if cost.total(sizes) > limits.max_cost:
        return [
            refusal(refusals.TOO_COSTLY, f"The operation may ask for more than {limits.max_cost} fields.")
        ]
    return []


def _page_too_large(limits: Limits) -> GraphQLError:
    return refusal(refusals.PAGE_TOO_LARGE, f"A page holds at most {limits.max_page}.")
