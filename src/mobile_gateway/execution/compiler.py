"""Compiles an operation's selection sets to Python functions over the schema's own resolvers.

One function per runtime type and set of field nodes, made when it is first needed. Which fields
there are, and in which order, is asked of graphql-core's own `collect_fields`, with the variables
of @skip and @include fixed; a program is therefore valid for one assignment of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import CoroutineType
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_composite_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from .completion import ObjectRun, Shape, completion
from .running import Run
from .sites import Site
from .source import Text


class Program:
    """An operation compiled for one assignment of its conditions."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, bool],
        *,
        quiet: bool,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._variables = VariableValues({}, dict(conditions))
        self._quiet = quiet
        self._made: dict[tuple[str, tuple[int, ...]], ObjectRun] = {}
        root = schema.get_root_type(operation.operation)
        assert root is not None, "validation knows the schema's root types"
        grouped = collect_fields(schema, self._fragments, self._variables, root, operation)
        fields = grouped.grouped_field_set
        self._parts = (
            [self._function(root, {key: details}, top=True) for key, details in fields.items()]
            if operation.operation is OperationType.MUTATION
            else [self._function(root, fields, top=True)]
        )

    def start(self, run: Run, root: Any) -> Any:
        """Run on a root value: data, or a coroutine of data; raises the error that empties it all."""
        if len(self._parts) == 1:
            return self._parts[0](root, run, None, "", None)
        return self._serially(run, root)

    async def _serially(self, run: Run, root: Any) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for part in self._parts:
            done = part(root, run, None, "", None)
            data.update(await done if type(done) is CoroutineType else done)
        return data

    def _object(self, nodes: list[FieldNode], type_: GraphQLObjectType) -> ObjectRun:
        """The function for the selections of `nodes` on an object type, made once."""
        key = (type_.name, tuple(map(id, nodes)))
        made = self._made.get(key)
        if made is None:
            details = [FieldDetails(node, None) for node in nodes]
            collected = collect_subfields(
                self._schema, self._fragments, self._variables, self._operation, type_, details
            )
            made = self._made[key] = self._function(type_, collected.grouped_field_set)
        return made

    def _function(self, type_: GraphQLObjectType, fields: GroupedFieldSet, *, top: bool = False) -> ObjectRun:
        text = Text(type_, top=top, quiet=self._quiet)
        for key, details in fields.items():
            nodes = [one.node for one in details]
            name = nodes[0].name.value
            field = self._schema.get_field(type_, name)
            if field is None:
                continue
            if name == "__typename":
                text.constant(key, type_.name)
                continue
            site = Site(key, nodes, field, type_)
            named = get_named_type(field.type)
            shape = (
                Shape(self._schema, site, named, partial(self._object, nodes))
                if is_composite_type(named)
                else None
            )
            site.complete = completion(field.type, site, shape)
            text.field(site, field, shape)
        return text.function()
