"""Spelling schools: the one importer of pypinyin, which costs 57 MB and is loaded when the first school is due.

pypinyin misreads some names (单县 is Shàn, 长郡 is Cháng, 朝阳 is Cháo), so several readings are kept: the one that
its phrases give, then with one character read otherwise, then with two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import combinations, islice, product
from typing import Any, Final

from mobile_gateway.actions import spelling
from mobile_gateway.actions.directory_rows import Latin
from mobile_gateway.actions.spelling import Spelled
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database
from mobile_gateway.reads import directory
from mobile_gateway.reads.directory import Unspelled
from mobile_gateway.rules import school_names, school_search

BATCH: Final = 200
READINGS: Final = 8
"""How many readings of one name are kept."""

MANY: Final = 40
"""Of so many aliases all readings are kept, of further ones the likeliest: a school that others were merged into for
decades stays small in the index."""

WITH_PLACE: Final = 4
"""How many readings of a name are kept together with the place before it."""

PLAIN: Final = frozenset("北市区县省州小中大校学院第一二三四五六七八九十台")
"""Characters of nearly every name, of one reading there: they would take the places of those that matter."""

Reading = tuple[str, ...]
"""A syllable for each character; what is not an ideograph stays as it is."""


async def spell_due(database: Database) -> int:
    """Spell one batch of schools that are due; answers how many were looked at, 0 when nothing is left.

    Reads, spells outside of any transaction, writes. Twice is once: a school that was renamed meanwhile stays due.
    """
    async with database.connection() as connection:
        due = await directory.unspelled(connection, BATCH)
    if due:
        spelled = await asyncio.to_thread(lambda: [_spelled(one) for one in due])
        await spelling.write(database, spelled)
    return len(due)


def _spelled(school: Unspelled) -> Spelled:
    try:
        return Spelled(school, spell(school))
    except Exception:  # noqa: BLE001 - one bad item is one bad item: it is found by its names alone
        logger.exception("spelling_failed", school=school.id)
        return Spelled(school, Latin((), ()))


def spell(school: Unspelled) -> Latin:
    """A school's initials and spellings, of its name, its name without the place, and its aliases."""
    whole = school_search.line(school.name)
    core = school_search.line(school_names.core(school.name, school.regions))
    place = whole.removesuffix(core)
    if place + core != whole:
        place, core = "", whole
    own = readings(core)
    found = [*own, *(_after(readings(place), own) if place else ())]
    for place_of_alias, alias in enumerate(school.aliases):
        found += readings(school_search.line(alias))[: READINGS if place_of_alias < MANY else 1]
    return Latin(
        tuple(dict.fromkeys("".join(syllable[:1] for syllable in one) for one in found)),
        tuple(dict.fromkeys("".join(one) for one in found)),
    )


def _after(places: tuple[Reading, ...], names: tuple[Reading, ...]) -> Iterator[Reading]:
    """Place and name together, the likeliest first."""
    pairs = sorted(product(range(len(places)), range(len(names))), key=lambda pair: (sum(pair), pair))
    return (places[a] + names[b] for a, b in pairs[:WITH_PLACE])


@lru_cache(maxsize=16_384)
def readings(text: str) -> tuple[Reading, ...]:
    """At most `READINGS` readings of a line, the likeliest first."""
    if not text:
        return ((),)
    from pypinyin import Style, pinyin  # noqa: PLC0415 - 57 MB, for who spells

    usual = tuple(
        school_search.line(syllables[0]) for syllables in pinyin(text, style=Style.NORMAL, errors=_each)
    )
    if len(usual) != len(text):
        return (usual,)
    others = [
        (place, reading)
        for place, character in enumerate(text)
        if character not in PLAIN
        for reading in _of_one(character)
        if reading != usual[place]
    ]
    changes = (
        *((one,) for one in others),
        *(two for two in combinations(others, 2) if two[0][0] != two[1][0]),
    )
    return tuple(dict.fromkeys((usual, *(_changed(usual, one) for one in islice(changes, READINGS - 1)))))


def _each(chunk: str) -> Any:
    """What is no ideograph, character by character; pypinyin takes a list here, and its types do not say so."""
    return list(chunk)


@cache
def _of_one(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin  # noqa: PLC0415 - 57 MB, for who spells

    if character.isascii():
        return ()
    ((*found,),) = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(school_search.line(one) for one in found))


def _changed(usual: Reading, changes: tuple[tuple[int, str], ...]) -> Reading:
    syllables = list(usual)
    for place, reading in changes:
        syllables[place] = reading
    return tuple(syllables)
