"""What Strawberry's converter puts into a schema, recognised by shape so that it can be answered faster.

Strawberry is not imported: its parts are known by their qualified names (strawberry-graphql
0.341, `schema/schema_converter.py` and `types/union.py`). A name that no longer matches is called
like any other resolver: slower, and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from types import GeneratorType
from typing import Any, NamedTuple

from graphql import GraphQLAbstractType, GraphQLField, GraphQLInterfaceType, GraphQLObjectType

MARK = "__as_strawberry_type__"
"""The attribute by which `strawberry.cast` overrules an object's class."""

_DEFINITION = "strawberry-definition"
_CONVERTER = "strawberry.schema.schema_converter"
_BASIC = "GraphQLCoreConverter.from_resolver.<locals>._get_basic_result"
_RESOLVER = "GraphQLCoreConverter.from_resolver.<locals>._resolver"
_ASYNC_RESOLVER = "GraphQLCoreConverter.from_resolver.<locals>._async_resolver"
_IS_TYPE_OF = "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of"
_INTERFACE = "GraphQLCoreConverter.from_interface.<locals>._get_resolve_type.<locals>.resolve_type"
_UNION = "StrawberryUnion.get_type_resolver.<locals>._resolve_union_type"


def _is(function: Any, module: str, name: str) -> bool:
    return getattr(function, "__module__", None) == module and (
        getattr(function, "__qualname__", None) == name
    )


def attribute(field: GraphQLField) -> str | None:
    """The attribute that a field reads off its source, where that is all its resolver does."""
    definition = field.extensions.get(_DEFINITION)
    plain_field = (
        _is(field.resolve, _CONVERTER, _BASIC)
        and _is(type(definition), "strawberry.types.field", "StrawberryField")
        and getattr(definition, "default_resolver", None) is getattr
        and getattr(definition, "is_basic_field", False)
        and not field.args
    )
    name = getattr(definition, "python_name", None)
    return name if plain_field and isinstance(name, str) else None


class Method(NamedTuple):
    """A Python function that resolves a field, and how it is to be called.

    `by_position`: the source comes first. `by_name`: parameters that take the source. `info`: the
    parameter that takes Strawberry's info, which `make_info` makes from graphql-core's.
    `arguments`: the parameter for each argument of the schema.
    """

    function: Callable[..., Any]
    by_position: bool
    by_name: tuple[str, ...]
    info: str | None
    make_info: Callable[[Any], Any]
    arguments: Mapping[str, str]


def method(field: GraphQLField) -> Method | None:
    """The function behind a resolver, where the resolver does no more than call it.

    That is: no field extensions (permissions are such), no exception handlers, and no arguments
    but scalars and enums, which Strawberry passes on as graphql-core coerced them.
    """
    definition: Any = field.extensions.get(_DEFINITION)
    if not _is(type(definition), "strawberry.types.field", "StrawberryField"):
        return None
    resolver = definition.base_resolver
    if definition.extensions or not _is(
        type(resolver), "strawberry.types.fields.resolver", "StrawberryResolver"
    ):
        return None
    function = resolver.wrapped_func
    usual = _ASYNC_RESOLVER if iscoroutinefunction(function) else _RESOLVER
    around = _closure(field.resolve)
    arguments = _bare_arguments(field)
    if (
        arguments is None
        or len(arguments) != len(definition.arguments)
        or definition.is_subscription
        or not callable(function)
        or not _is(field.resolve, _CONVERTER, usual)
        or around.get("field_exception_handlers") != ()
        or not callable(around.get("_strawberry_info_from_graphql"))
    ):
        return None
    takers = (resolver.parent_parameter, resolver.root_parameter)
    return Method(
        function,
        by_position=resolver.self_parameter is not None,
        by_name=tuple(dict.fromkeys(taker.name for taker in takers if taker is not None)),
        info=resolver.info_parameter.name if resolver.info_parameter else None,
        make_info=around["_strawberry_info_from_graphql"],
        arguments=arguments,
    )


def _bare_arguments(field: GraphQLField) -> dict[str, str] | None:
    """The Python name of each argument, if all are scalars or enums that are not converted."""
    names = {}
    for name, argument in field.args.items():
        definition: Any = argument.extensions.get(_DEFINITION)
        if not _is(type(definition), "strawberry.types.arguments", "StrawberryArgument"):
            return None
        kind = definition.type
        if _is(type(kind), "strawberry.types.base", "StrawberryOptional"):
            kind = kind.of_type
        bare = (
            kind in (str, int, float, bool)
            or _is(kind, "strawberry.scalars", "ID")
            or _is(type(kind), "strawberry.types.enum", "StrawberryEnumDefinition")
        )
        if not bare or argument.out_name is not None:
            return None
        names[name] = definition.python_name
    return names


def _closure(function: Any) -> dict[str, Any]:
    """The variables that a function closes over, by name."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    return {
        name: cell.cell_contents
        for name, cell in zip(names, getattr(function, "__closure__", None) or (), strict=True)
    }


def plain(kind: type) -> bool:
    """Whether no object of the class is awaitable, an exception, or conjures attributes up."""
    reads: Any = kind.__getattribute__
    return not (
        hasattr(kind, "__await__")
        or hasattr(kind, "__getattr__")
        or reads is not object.__getattribute__
        or issubclass(kind, (Exception, GeneratorType))
    )


def accepts_by_class(type_: GraphQLObjectType) -> bool:
    """Whether the type's `is_type_of` looks at no more than an unmarked object's class."""
    return type_.is_type_of is None or _is(type_.is_type_of, _CONVERTER, _IS_TYPE_OF)


def resolves_by_class(abstract: GraphQLAbstractType, type_: GraphQLObjectType, kind: type) -> bool:
    """Whether every unmarked object of the class `kind` resolves to `type_`, seeing that one did."""
    own = type_.extensions.get(_DEFINITION)
    if own is None or getattr(kind, "__strawberry_definition__", None) is not own:
        return False
    if getattr(own, "is_graphql_generic", True) or getattr(own, "concrete_of", True):
        return False
    if isinstance(abstract, GraphQLInterfaceType):
        definition = abstract.extensions.get(_DEFINITION)
        origin = getattr(definition, "origin", None)
        return (
            _is(abstract.resolve_type, _CONVERTER, _INTERFACE)
            and isinstance(origin, type)
            and issubclass(kind, origin)
        )
    return _is(abstract.resolve_type, "strawberry.types.union", _UNION)
