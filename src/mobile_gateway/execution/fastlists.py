"""Lists as they nearly always are, completed in one loop; anything unusual goes the whole way."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLOutputType, is_leaf_type, is_non_null_type
from graphql.pyutils import Path, is_awaitable

from . import leaves, shortcuts
from .completion import Shape, item_completion
from .running import Pending, Run, fill
from .sites import Complete, Site


def fast_list(type_: GraphQLOutputType, site: Site, shape: Shape | None) -> Complete | None:
    """A function for values that are exactly a `list`, if the type is a list of objects or leaves."""
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if not isinstance(bare, GraphQLList):
        return None
    item_type: Any = bare.of_type
    named = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
    if isinstance(named, GraphQLList):
        return None
    if shape is not None:
        return _objects(item_type, site, shape)
    if not is_leaf_type(named):
        return None
    leaf = leaves.shortcut(named)
    return _leaves(site, leaf) if leaf else None


def _leaves(site: Site, leaf: leaves.Leaf) -> Complete:
    test, value, known = leaf.written("x", "leaf")
    source = (
        "def complete(values, run, path):\n"
        "    for x in values:\n"
        f"        if not {test}:\n"
        "            return finish(values, run, path)\n"
        f"    return [{value} for x in values]\n"
    )
    names: dict[str, Any] = {"finish": site.complete, **known}
    exec(source, names)  # noqa: S102 -- built from the constant tests in leaves.py
    complete: Complete = names["complete"]
    return complete


def _objects(item_type: GraphQLOutputType, site: Site, shape: Shape) -> Complete:
    by_class = shape.by_class
    marked = shape.marked
    mark = shortcuts.MARK
    strict = is_non_null_type(item_type)
    one = item_completion(item_type, site, shape)

    def complete(values: list[Any], run: Run, path: Path) -> Any:
        done: list[Any] = []
        add = done.append
        pending: dict[int, Pending] = {}
        index = -1
        try:
            for index, item in enumerate(values):
                execute = by_class.get(type(item))
                if execute is None or (marked and getattr(item, mark, None) is not None):
                    made = one(item, run, Path(path, index, None))
                    if type(made) is CoroutineType:
                        pending[index] = made
                else:
                    try:
                        made = execute(item, run, path, index, None)
                    except Exception as error:  # noqa: BLE001 -- a field error
                        made = None
                        site.fail_item(error, run, Path(path, index, None), strict=strict)
                    if type(made) is not dict and made is not None:
                        pending[index] = made = site.guard_item(
                            made, run, Path(path, index, None), strict=strict
                        )
                add(made)
        except Exception:
            run.settle([*pending.values(), *filter(is_awaitable, values[index + 1 :])])
            raise
        return fill(done, pending) if pending else done

    return complete
