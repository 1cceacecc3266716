"""Names of schools: what may be written, what counts as the same name, and what counts as nearly the same.

Source: PRODUCT.md §6 (same normalised name in the county is a duplicate). That nearly the same names are told
too, and how they are recognised, is our decision (docs/decisions/0008-school-search.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mobile_gateway.rules import texts
from mobile_gateway.rules.texts import TextFault, Unclean

NAME_LIMIT: Final = 100
"""The longest name or alias of a school, in characters, as written and normalised."""

ALIASES_LIMIT: Final = 10
"""How many aliases staff may give a school."""

SHOWN_LIMIT: Final = 40
"""How many other names of a school are shown at most. It keeps all those that merged schools were known by."""

CANDIDATES_LIMIT: Final = 20
"""How many schools of a nearly equal name are shown at most."""

SUFFIXES: Final = ("自治区", "自治州", "自治县", "特别行政区", "地区", "省", "市", "区", "县", "旗", "盟")
_SHORTEST: Final = 2


def school_name(text: str) -> str | Unclean:
    """A school's name or alias as it is kept: 1 to 100 characters with a letter or ideograph, or why it is refused."""
    name = texts.clean(text, longest=NAME_LIMIT)
    if isinstance(name, Unclean):
        return name
    if not any(unicodedata.category(character).startswith("L") for character in name):
        return Unclean(TextFault.EMPTY)
    return name if len(normalised(name)) <= NAME_LIMIT else Unclean(TextFault.TOO_LONG)


def normalised(name: str) -> str:
    """A school's name as duplicates are looked for: NFKC, lower case, without white space."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def core(name: str, regions: Iterable[str]) -> str:
    """The normalised name without the places it begins with; whole when nothing but places would be left.

    `regions` are the names of its province, city and county; each may stand there in full or short (北京市, 北京).
    """
    rest = normalised(name)
    places = {place for region in regions for place in _spoken(normalised(region))}
    while True:
        found = max((p for p in places if rest.startswith(p) and len(p) < len(rest)), key=len, default="")
        if not found or _only_a_kind(rest[len(found) :]):
            return rest
        rest = rest[len(found) :]


def _spoken(region: str) -> Iterable[str]:
    yield region
    for suffix in SUFFIXES:
        short = region.removesuffix(suffix)
        if short != region and len(short) >= _SHORTEST:
            yield short


def _only_a_kind(rest: str) -> bool:
    """Whether what follows the place names nothing by itself: 北京小学 is not called 小学."""
    return rest in {"小学", "中学", "学校", "幼儿园", "大学", "学院", "师范大学"} or len(rest) < _SHORTEST


@dataclass(frozen=True, slots=True)
class Called:
    """What a school is called, officially and otherwise."""

    name: str
    aliases: Sequence[str] = ()


def same(one: str, other: str) -> bool:
    """Whether two names are one: a county has each name once."""
    return normalised(one) == normalised(other)


def similar(new: Called, known: Called, regions: Sequence[str]) -> bool:
    """Whether two schools of a county may be one: some name or alias of theirs is equal but for the places before."""
    return bool(_called(new, regions) & _called(known, regions))


def _called(school: Called, regions: Sequence[str]) -> set[str]:
    return {core(name, regions) for name in (school.name, *school.aliases)}


def with_former(school: Called, former: Sequence[str]) -> list[str]:
    """A school's aliases and all names of those merged into it; none stands twice or is its own name.

    None is left out: each of them leads whoever seeks it to the school that is there now. There are no more than
    people wrote down, 1 + `ALIASES_LIMIT` for each school that ever was.
    """
    found: dict[str, str] = {}
    for name in (*school.aliases, *former):
        found.setdefault(normalised(name), name)
    found.pop(normalised(school.name), None)
    return list(found.values())
