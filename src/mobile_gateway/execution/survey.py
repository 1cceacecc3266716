"""A look over an operation before it is compiled: what varies by request, what is not compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)


@dataclass(frozen=True, slots=True)
class Survey:
    """`conditions` are the variables of @skip and @include; `obstacle` is why not to compile."""

    conditions: tuple[str, ...]
    obstacle: str | None


def survey(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Survey:
    """Visit everything a validated operation can reach, each fragment once."""
    conditions: dict[str, None] = {}
    obstacles: list[str] = []
    if operation.operation is OperationType.SUBSCRIPTION:
        obstacles.append("subscription")
    if operation.directives:
        obstacles.append("directive")
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            for directive in node.directives or ():
                if directive.name.value not in {"skip", "include"}:
                    obstacles.append("directive")
                elif name := _condition(directive):
                    conditions[name] = None
            if isinstance(node, FieldNode) and node.name.value in {"__schema", "__type"}:
                obstacles.append("introspection")
            if inside := _inside(node, fragments, seen):
                waiting.append(inside)
    return Survey(tuple(conditions), obstacles[0] if obstacles else None)


def _inside(
    node: SelectionNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> SelectionSetNode | None:
    """The selections below a node; a fragment's only where it is first seen."""
    if isinstance(node, FragmentSpreadNode):
        name = node.name.value
        if name in seen or name not in fragments:
            return None
        seen.add(name)
        return fragments[name].selection_set
    inside: SelectionSetNode | None = getattr(node, "selection_set", None)
    return inside


def _condition(directive: DirectiveNode) -> str | None:
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            return argument.value.name.value
    return None
