"""The cost of an operation in fields, as a small program over its page-size variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Page: TypeAlias = int | str
"""A page size: a number, or the name of the variable that holds it."""

Sum: TypeAlias = int | tuple[int]
"""A finished sum: its number, or (where variables decide) its place in the book of sums."""


@dataclass(slots=True)
class Book:
    """The sums of one document in order, each built only from earlier ones.

    A fragment's sum is written once and referred to where it is spread, so the book is as long
    as the document, and adding it up takes as long.
    """

    sums: list[tuple[int, tuple[tuple[Page, Sum], ...]]] = field(default_factory=list)

    def close(self, fixed: int, scaled: list[tuple[Page, Sum]]) -> Sum:
        """Finish a sum: `fixed` fields and, for each of `scaled`, a page size times an earlier sum."""
        open_parts = []
        for page, part in scaled:
            if isinstance(page, int) and isinstance(part, int):
                fixed += page * part
            else:
                open_parts.append((page, part))
        if not open_parts:
            return fixed
        self.sums.append((fixed, tuple(open_parts)))
        return (len(self.sums) - 1,)


@dataclass(frozen=True, slots=True)
class Cost:
    """One operation's cost. `pages` names the variables it depends on."""

    book: Book
    end: Sum
    pages: frozenset[str]
    defaults: Mapping[str, int]

    def sizes(self, variables: Mapping[str, Any], assumed: int) -> dict[str, int]:
        """The size of each page as the request gives it, by its default, or as `assumed`."""
        found = {}
        for name in self.pages:
            value = variables[name] if name in variables else self.defaults.get(name)
            found[name] = max(value, 0) if type(value) is int else assumed
        return found

    def total(self, sizes: Mapping[str, int]) -> int:
        """Add up the cost in fields, with a size for every name in `pages`."""
        if isinstance(self.end, int):
            return self.end
        done: list[int] = []
        for fixed, parts in self.book.sums[: self.end[0] + 1]:
            amount = fixed
            for page, part in parts:
                size = page if isinstance(page, int) else sizes.get(page, 0)
                amount += size * (part if isinstance(part, int) else done[part[0]])
            done.append(amount)
        return done[-1]
