"""How deep, aliased, repetitive and costly each selection set is, weighed once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from .costs import Book, Cost, Page, Sum

_PAGE_ARGUMENTS = ("first", "last")


@dataclass(slots=True)
class Weight:
    """A selection set's weight, with fragments counted wherever they are spread."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    inner_repeats: int = 0
    cost: Sum = 0
    pages: set[str] = field(default_factory=set)

    @property
    def repeats(self) -> int:
        """Fields under a response key that their selection set already holds, at all levels."""
        return self.keys.total() - len(self.keys) + self.inner_repeats


class Scales:
    """Weighs the operations of one document. Linear in the document's size."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], max_page: int
    ) -> None:
        self.directives = 0
        self.directives_at: Node | None = None
        self.introspects: list[FieldNode] = []
        self.largest_page = 0
        self._schema = schema
        self._max_page = max_page
        self._book = Book()
        self._weights: dict[str, Weight] = {}
        # Callees first, so that no walk recurses from fragment to fragment.
        for name in _callees_first(fragments):
            node = fragments[name]
            self._count_directives(node, node.directives)
            self._weights[name] = self._selections(
                node.selection_set, self._composite(node.type_condition.name.value)
            )

    def operation(self, node: OperationDefinitionNode) -> Weight:
        """Weigh an operation's selections."""
        self._count_directives(node, node.directives)
        for variable in node.variable_definitions or ():
            self._count_directives(variable, variable.directives)
        return self._selections(node.selection_set, self._schema.get_root_type(node.operation))

    def cost(self, node: OperationDefinitionNode, weight: Weight) -> Cost:
        """The cost of an operation that was weighed, with its variables' defaults."""
        defaults = {
            definition.variable.name.value: _number(definition.default_value)
            for definition in node.variable_definitions or ()
            if isinstance(definition.default_value, IntValueNode)
        }
        return Cost(self._book, weight.cost, frozenset(weight.pages), defaults)

    def _composite(self, name: str) -> GraphQLCompositeType | None:
        found = self._schema.get_type(name)
        return found if is_composite_type(found) else None

    def _count_directives(self, node: Node, directives: tuple[DirectiveNode, ...] | None) -> None:
        if directives and len(directives) > self.directives:
            self.directives = len(directives)
            self.directives_at = node

    def _selections(self, chosen: SelectionSetNode, parent: GraphQLCompositeType | None) -> Weight:
        weight = Weight()
        scaled: list[tuple[Page, Sum]] = []
        fixed = self._add(chosen, parent, weight, scaled)
        weight.cost = self._book.close(fixed, scaled)
        return weight

    def _add(
        self,
        chosen: SelectionSetNode,
        parent: GraphQLCompositeType | None,
        weight: Weight,
        scaled: list[tuple[Page, Sum]],
    ) -> int:
        """Add a selection set's own level to `weight`; returns the fields of fixed cost."""
        fixed = 0
        for node in chosen.selections:
            self._count_directives(node, node.directives)
            if isinstance(node, FieldNode):
                fixed += self._add_field(node, parent, weight, scaled)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inside = self._composite(condition.name.value) if condition else parent
                fixed += self._add(node.selection_set, inside, weight, scaled)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in self._weights:
                spread = self._weights[node.name.value]
                weight.depth = max(weight.depth, spread.depth)
                weight.aliases += spread.aliases
                weight.fields += spread.fields
                weight.keys.update(spread.keys)
                weight.inner_repeats += spread.inner_repeats
                weight.pages |= spread.pages
                scaled.append((1, spread.cost))
        return fixed

    def _add_field(
        self,
        node: FieldNode,
        parent: GraphQLCompositeType | None,
        weight: Weight,
        scaled: list[tuple[Page, Sum]],
    ) -> int:
        name = node.name.value
        weight.fields += 1
        weight.aliases += node.alias is not None
        weight.keys[node.alias.value if node.alias else name] += 1
        weight.depth = max(weight.depth, 1)
        introspects = name in {"__schema", "__type"}
        if introspects:
            self.introspects.append(node)
        if node.selection_set:
            definition = self._schema.get_field(parent, name) if parent else None
            named = get_named_type(definition.type) if definition else None
            below = self._selections(node.selection_set, named if is_composite_type(named) else None)
            if not introspects:
                weight.depth = max(weight.depth, 1 + below.depth)
            weight.aliases += below.aliases
            weight.inner_repeats += below.repeats
            weight.pages |= below.pages
            scaled.append((self._page(node, definition, weight), below.cost))
        return 1

    def _page(self, node: FieldNode, definition: GraphQLField | None, weight: Weight) -> Page:
        given = [
            page
            for argument in node.arguments or ()
            if argument.name.value in _PAGE_ARGUMENTS and (page := _page_of(argument)) is not None
        ]
        numbers = [page for page in given if isinstance(page, int)]
        self.largest_page = max(self.largest_page, *numbers, 0)
        weight.pages.update(page for page in given if isinstance(page, str))
        if not given:
            return self._default_page(definition)
        if len(given) == 1:
            return given[0]
        return max(numbers) if len(numbers) == len(given) else self._max_page

    def _default_page(self, definition: GraphQLField | None) -> int:
        arguments = definition.args if definition else {}
        pages = [arguments[name] for name in _PAGE_ARGUMENTS if name in arguments]
        if not pages:
            return 1
        for argument in pages:
            value = coerce_default_value(argument)
            if value is not Undefined and isinstance(value, int):
                return value
        return self._max_page


def _page_of(argument: ArgumentNode) -> Page | None:
    value = argument.value
    if isinstance(value, VariableNode):
        return value.name.value
    return max(_number(value), 0) if isinstance(value, IntValueNode) else None


def _number(node: IntValueNode) -> int:
    """An Int literal's value; more digits than an Int has are as good as the largest."""
    return int(node.value) if len(node.value) <= len("-2147483648") else 2**31


def _callees_first(fragments: Mapping[str, FragmentDefinitionNode]) -> Iterable[str]:
    """Order fragments so that each comes after those it spreads; an edge closing a cycle is ignored."""
    spreads = {name: _spreads(node.selection_set) for name, node in fragments.items()}
    done: dict[str, None] = {}
    for start, first in spreads.items():
        if start in done:
            continue
        path = [(start, iter(first))]
        walking = {start}
        while path:
            name, rest = path[-1]
            for spread in rest:
                if spread in spreads and spread not in done and spread not in walking:
                    path.append((spread, iter(spreads[spread])))
                    walking.add(spread)
                    break
            else:
                path.pop()
                walking.discard(name)
                done[name] = None
    return done


def _spreads(chosen: SelectionSetNode) -> list[str]:
    found: list[str] = []
    waiting = [chosen]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                found.append(node.name.value)
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)
    return found
