"""The Python source of one selection set's function.

For `{ title course { … } }` on a Topic it reads, shortened:

    def execute(source, run, prev, at, typename):
        pending = None
        path = make(Path, (prev, at, typename))
        try:
            try:
                v0 = source.title
                if not type(v0) is str:
                    v0 = site0.finish(v0, run, …)        # the whole way; a coroutine joins `pending`
            except Exception as error:
                v0 = site0.fail(error, run, …)           # None, or raises where null may not be
            …
        if pending is None: return {"title": v0, "course": v1}
        return fill({"title": v0, "course": v1}, pending)

Only names, literals, and the constant tests of `leaves` enter the text; everything else is bound.
"""

from __future__ import annotations

from keyword import iskeyword
from types import CoroutineType
from typing import Any, NamedTuple, cast

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    default_field_resolver,
    is_composite_type,
    is_leaf_type,
)
from graphql.pyutils import Path

from . import leaves, shortcuts
from .arguments import Arguments, arguments, renamed
from .completion import ObjectRun, Shape
from .fastlists import fast_list
from .running import fill
from .sites import Site


class _Field(NamedTuple):
    number: int
    site: Site
    field: GraphQLField
    shape: Shape | None
    attribute: str | None
    method: shortcuts.Method | None

    @property
    def reaches_on(self) -> bool:
        """Whether the field needs its path even when all goes well."""
        told = self.method.info is not None if self.method else self.attribute is None
        return told or self.shape is not None


class Text:
    """Gathers the fields of one selection set on an object type, then builds its function."""

    def __init__(self, type_: GraphQLObjectType, *, top: bool, quiet: bool) -> None:
        self._type = type_
        self._own_path = "None" if top else "make(Path, (prev, at, typename))"
        self._quiet = quiet
        self._fields: list[_Field] = []
        self._entries: list[str] = []
        self._names: dict[str, Any] = {
            "CoroutineType": CoroutineType,
            "Info": GraphQLResolveInfo,
            "Path": Path,
            "fill": fill,
            "make": tuple.__new__,
            "mark": shortcuts.MARK,
        }

    def constant(self, key: str, value: str) -> None:
        """Add a response key whose value is always the same."""
        self._entries.append(f"{key!r}: {value!r}")

    def field(self, site: Site, field: GraphQLField, shape: Shape | None) -> None:
        """Add a field that is resolved; `shape` serves its selections, if it has any."""
        number = len(self._fields)
        attribute, method = shortcuts.attribute(field), shortcuts.method(field)
        self._fields.append(_Field(number, site, field, shape, attribute, method))
        self._entries.append(f"{site.key!r}: v{number}")
        self._names[f"site{number}"] = site

    def function(self) -> ObjectRun:
        """Build the function: (source, run, path's prev, key, typename) → dict or coroutine."""
        reaches_on = any(one.reaches_on for one in self._fields)
        path = "path" if reaches_on else self._own_path
        lines = ["pending = None"]
        if reaches_on:
            lines.append(f"path = {self._own_path}")
        lines += ["try:", *_indent(line for one in self._fields for line in self._resolving(one, path))]
        if not self._fields:
            lines.append("    pass")
        entries = ", ".join(self._entries)
        lines += [
            "except Exception:",
            "    if pending is not None: run.settle(list(pending.values()))",
            "    raise",
            f"if pending is None: return {{{entries}}}",
            f"return fill({{{entries}}}, pending)",
        ]
        body = "\n".join(_indent(lines))
        source = f"def execute(source, run, prev, at, typename):\n{body}\n"
        exec(source, self._names)  # noqa: S102 -- of validated names and our own constants only
        return cast("ObjectRun", self._names["execute"])

    def _resolving(self, one: _Field, path: str) -> list[str]:
        """A field's lines: read it, complete it, and end its failure."""
        number = one.number
        place = f"make(Path, ({path}, {one.site.key!r}, {self._type.name!r}))"
        lines = []
        if one.reaches_on:
            lines.append(f"p{number} = {place}")
            place = f"p{number}"
        return [
            *lines,
            "try:",
            f"    v{number} = {self._read(one)}",
            *_indent(self._completing(one, place)),
            "except Exception as error:",
            f"    v{number} = site{number}.fail(error, run, {place})",
        ]

    def _read(self, one: _Field) -> str:
        """The expression of a field's resolved value."""
        number = one.number
        if one.attribute is not None:
            usual = one.attribute.isidentifier() and not iskeyword(one.attribute)
            return f"source.{one.attribute}" if usual else f"getattr(source, {one.attribute!r})"
        self._names[f"head{number}"] = one.site.head
        info = f"make(Info, head{number} + (p{number},) + run.tail)"
        if one.method is not None:
            return self._call(one, one.method, info)
        self._names[f"resolve{number}"] = one.field.resolve or default_field_resolver
        given = arguments(one.field, one.site.nodes[0], quiet=self._quiet)
        return f"resolve{number}(source, {info}{self._pass(given, number)})"

    def _call(self, one: _Field, method: shortcuts.Method, info: str) -> str:
        """The expression that calls a field's Python function directly."""
        number = one.number
        self._names[f"resolve{number}"] = method.function
        passed = ["source"] if method.by_position else []
        passed += [f"{name}=source" for name in method.by_name]
        if method.info is not None:
            self._names[f"tell{number}"] = method.make_info
            passed.append(f"{method.info}=tell{number}({info})")
        given = arguments(one.field, one.site.nodes[0], quiet=self._quiet)
        rest = self._pass(renamed(given, method.arguments), number)
        return f"resolve{number}({', '.join(passed)}{rest if passed else rest.removeprefix(', ')})"

    def _pass(self, given: dict[str, Any] | Arguments, number: int) -> str:
        if not given:
            return ""
        self._names[f"args{number}"] = given
        return f", **args{number}" if isinstance(given, dict) else f", **args{number}(run)"

    def _completing(self, one: _Field, place: str) -> list[str]:
        """Complete v<number>: the usual kind of value at once, any other the whole way."""
        number, site, shape = one.number, one.site, one.shape
        value = f"v{number}"
        wait = [
            f"if type({value}) is CoroutineType:",
            "    if pending is None: pending = {}",
            f"    pending[{site.key!r}] = {value}",
        ]
        whole_way = [f"{value} = site{number}.finish({value}, run, {place})", *wait]
        bare = site.type.of_type if isinstance(site.type, GraphQLNonNull) else site.type

        def at_once(call: str, kind: str) -> list[str]:
            guarded = f"{value} = site{number}.guard({value}, run, {place})"
            return [f"{value} = {call}", f"if type({value}) is not {kind}:", *_indent([guarded, *wait])]

        if listed := fast_list(site.type, site, shape):
            self._names[f"list{number}"] = listed
            short = at_once(f"list{number}({value}, run, {place})", "list")
            return _branch(f"type({value}) is list", short, whole_way)
        if shape is not None and is_composite_type(bare):
            self._names[f"runs{number}"] = shape.by_class
            test = f"run{number} is not None"
            if shape.marked:
                test += f" and getattr({value}, mark, None) is None"
            short = at_once(f"run{number}({value}, run, path, {site.key!r}, {self._type.name!r})", "dict")
            return [f"run{number} = runs{number}.get(type({value}))", *_branch(test, short, whole_way)]
        leaf = leaves.shortcut(bare) if is_leaf_type(bare) else None
        if leaf is None:
            return whole_way
        test, ready, known = leaf.written(value, f"leaf{number}")
        self._names.update(known)
        if ready != value:
            return _branch(test, [f"{value} = {ready}"], whole_way)
        nothing = "" if site.strict else f" and {value} is not None"
        return [f"if not {test}{nothing}:", *_indent(whole_way)]


def _indent(lines: Any) -> list[str]:
    return [f"    {line}" for line in lines]


def _branch(test: str, yes: list[str], no: list[str]) -> list[str]:
    return [f"if {test}:", *_indent(yes), "else:", *_indent(no)]
