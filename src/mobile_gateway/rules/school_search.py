"""How a school is looked for: what is kept for the search, and what a search becomes (PRODUCT.md §6).

A school is kept as lines (its names; their initials; their spellings) and as grams: numbers for what the lines are
made of. A search becomes grams too. Its schools are those that have all its grams and, looked at again, its text:
two grams may share a number, so grams alone decide nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32

from mobile_gateway.rules import school_names
from mobile_gateway.rules.words import SchoolStage

SEARCH_LIMIT: Final = 100
"""The longest search, in characters."""

LINE: Final = "\n"
"""Stands before, between and behind the lines of a kept text, so that a whole line can be sought."""

_TWO, _THREE, _FIVE = 2, 3, 5
_WHOLE, _BEGINNING = "=", "^"
_STAGES: Final = 10_000_000
_PLACES: Final = {stage: place for place, stage in enumerate(SchoolStage)}
"""Stored with every school: a stage that is added goes behind the others, and none is ever taken out."""
_APOSTROPHES: Final = frozenset("'’‘ʼ`´′")
_RUN: Final = re.compile("[0-9a-z]+|[^0-9a-z ]+")
_YOUNG_HAN: Final = re.compile("[\U00020000-\U0003fffd]")
_TWO_DOTS: Final = "\u0308"


def folded(text: str) -> str:
    """A text as it is sought: compatibility forms and case are gone, and tones (ü is v); else a space per sign.

    Apostrophes are gone without a trace (xi'an is xian). Traditional characters stay what they are.
    """
    return "".join(map(_fold, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=32_768)
def _fold(character: str) -> str:
    if character in _APOSTROPHES:
        return ""
    plain = unicodedata.normalize("NFKD", character).casefold()
    if plain[:1].isascii() and plain[:1].isalpha():
        first = "v" if plain[0] == "u" and _TWO_DOTS in plain else plain[0]
        return first + "".join(one for one in plain[1:] if one.isascii() and one.isalnum())
    return "".join(one if _counts(one) else " " for one in plain)


def _counts(character: str) -> bool:
    if character.isalnum() or _YOUNG_HAN.match(character):
        return True
    return unicodedata.category(character).startswith("M") and not 0xFE00 <= ord(character) <= 0xFE0F  # noqa: PLR2004 - variation selectors


def line(text: str) -> str:
    """A text as one line of what is kept: folded, without spaces."""
    return "".join(folded(text).split())


def lines(found: Iterable[str]) -> str:
    """Lines as they are kept, each once and none empty; no lines are an empty text."""
    kept = dict.fromkeys(one for one in found if one)
    return LINE.join(("", *kept, "")) if kept else ""


def of(text: str) -> list[str]:
    """The lines of a kept text."""
    return [one for one in text.split(LINE) if one]


def names(name: str, aliases: Sequence[str], regions: Sequence[str]) -> list[str]:
    """The lines that a school is sought by before it is spelled: name, name without its place, aliases."""
    return [line(one) for one in (name, school_names.core(name, regions), *aliases)]


def shown(aliases: Sequence[str], sought: Search | None, most: int) -> list[str]:
    """At most so many of a school's other names: where they are more, those that hold what was sought first.

    By pinyin or initials none is recognised here: then the first ones are shown.
    """
    if len(aliases) <= most:
        return list(aliases)
    runs = () if sought is None else (*sought.together, *sought.apart)
    return sorted(aliases, key=lambda alias: -sum(run in line(alias) for run in runs))[:most]


def grams(
    named: Iterable[str],
    initials: Iterable[str],
    spellings: Iterable[str],
    region_ids: Iterable[int],
    stage: SchoolStage,
) -> list[int]:
    """The grams of a school: of its lines, its province, city and county, and its stage. Sorted, each once."""
    found: set[str] = set()
    for one in (*named, *initials):
        found.update((*one, *_cut(one, _TWO), *_latin(one), *_ends(one)))
    for one in spellings:
        found.update((*_latin(one), *_ends(one)))
    return sorted({*map(_number, found), *map(region, region_ids), of_stage(stage)})


def region(number: int) -> int:
    """The gram of every school of a region."""
    return -number


def of_stage(stage: SchoolStage) -> int:
    """The gram of every school of a stage."""
    return -_STAGES - _PLACES[stage]


@lru_cache(maxsize=65_536)
def _number(gram: str) -> int:
    """A gram as a number of 31 bits, the same on every machine; regions and stages are below nought, where no text is.

    Two texts may share a number, for which what is found is looked at again; a region or a stage shares none.
    """
    return crc32(gram.encode("utf-8", "surrogatepass")) & 0x7FFF_FFFF


def _cut(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(len(text) - length + 1)]


def _latin(text: str) -> Iterator[str]:
    """What runs of letters and digits are made of: threes for brief searches, fives, which are much rarer."""
    for run in (text,) if text.isascii() else _RUN.findall(text):
        if run.isascii():
            yield from _cut(run, _THREE)
            yield from _cut(run, _FIVE)


def _ends(text: str) -> tuple[str, ...]:
    return (_WHOLE + text, *(_BEGINNING + text[:length] for length in (1, _TWO, _THREE)))


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody seeks. A run is a stretch of one script; all of them must be found.

    `together` are the runs with neighbours of one script joined (zhong guan cun is zhongguancun), `apart` the
    words by themselves, empty where that is the same. `whole` is everything without spaces.
    """

    whole: str
    together: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def is_brief(self) -> bool:
        """Whether it is one or two letters or digits, which are sought in names and initials, not in spellings."""
        return _brief(self.whole)

    def exact(self) -> list[int]:
        """The gram of a school with such a line."""
        return [_number(_WHOLE + self.whole)]

    def beginning(self) -> list[int]:
        """The grams of a school with a line that begins so."""
        more = containing(self.together) if len(self.whole) > _THREE else []
        return [*more, _number(_BEGINNING + self.whole[:_THREE])]


def search(text: str) -> Search | None:
    """What a text seeks; None when it has no letter, ideograph or digit."""
    words = [_RUN.findall(word) for word in folded(text).split()]
    apart = [run for word in words for run in word]
    if not apart:
        return None
    together: list[str] = []
    for run in apart:
        if together and together[-1].isascii() == run.isascii():
            together[-1] += run
        else:
            together.append(run)
    alone = () if together == apart else tuple(dict.fromkeys(apart))
    return Search("".join(apart), tuple(dict.fromkeys(together)), alone)


def containing(runs: Sequence[str]) -> list[int]:
    """The grams of a school that has all these runs."""
    return sorted({_number(gram) for run in runs for gram in _sought(run)})


def _sought(run: str) -> Iterable[str]:
    lengths = (_FIVE, _THREE) if run.isascii() else (_TWO,)
    return next((_cut(run, length) for length in lengths if len(run) >= length), (run,))


def patterns(runs: Sequence[str]) -> tuple[list[str], list[str]]:
    """LIKE patterns of runs: those sought in names and initials, and those sought in spellings as well.

    A run has letters, ideographs and digits alone, so nothing in it means something to LIKE.
    """
    near = [f"%{run}%" for run in runs if not run.isascii() or _brief(run)]
    return near, [f"%{run}%" for run in runs if run.isascii() and not _brief(run)]


def _brief(run: str) -> bool:
    return run.isascii() and len(run) <= _TWO
