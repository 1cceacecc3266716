"""What may be written into the catalogue: titles, slugs, addresses, moments, numbers; and the order of its lists.

Readers answer what is kept, or BAD_USER_INPUT about the field. Where a field is edited, None leaves it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode

LONGEST_ADDRESS: Final = 300
"""The longest address, in characters."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Moments of other years are slips of the pen."""

Reader: TypeAlias = Callable[[Any, str], Any]
"""Answers a value as it is kept, or a Refusal about the field of that name."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z])[a-z0-9-]{{1,62}}[a-z0-9]", re.IGNORECASE)
_ADDRESS = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")
_PORTS = range(1, 65_536)


def unfit(field: str, why: str) -> Refusal:
    """BAD_USER_INPUT about a field."""
    return Refusal(RefusalCode.BAD_USER_INPUT, (field,), {"why": why})


def camel(column: str) -> str:
    """A column's name as inputs call it."""
    first, *rest = column.split("_")
    return first + "".join(part.capitalize() for part in rest)


def read(given: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any] | Refusal:
    """The given columns as they are kept, or the first thing wrong with them. None is left out."""
    found: dict[str, Any] = {}
    for column, value in given.items():
        if value is None:
            continue
        kept = readers[column](value, camel(column))
        if isinstance(kept, Refusal):
            return kept
        found[column] = kept
    return found


def title(longest: int) -> Reader:
    """Reads a title of 1 to `longest` characters."""
    return partial(_title, longest)


def _title(longest: int, text: str, field: str) -> str | Refusal:
    found = texts.clean(text, longest=longest)
    return unfit(field, f"{field}: 1–{longest}") if isinstance(found, texts.Unclean) else found


def slug(longest: int) -> Reader:
    """Reads a name for addresses and files: small letters, digits, single hyphens between them."""
    return partial(_slug, longest)


def _slug(longest: int, text: str, field: str) -> str | Refusal:
    if len(text) <= longest and _SLUG.fullmatch(text):
        return text
    return unfit(field, f"{field}: a–z, 0–9, -, 1–{longest}")


def whole(least: int, most: int) -> Reader:
    """Reads a whole number of a range, both ends included."""
    return partial(_whole, least, most)


def _whole(least: int, most: int, number: int, field: str) -> int | Refusal:
    return number if least <= number <= most else unfit(field, f"{field}: {least}–{most}")


def moment(value: datetime, field: str) -> datetime | Refusal:
    """A moment with its offset, within the years that mean something, to the millisecond that clients are shown."""
    if value.tzinfo is None or not FIRST_YEAR <= value.year < LAST_YEAR:
        return unfit(
            field, f"{field}: {FIRST_YEAR}-01-01T00:00:00+08:00 – {LAST_YEAR - 1}-12-31T23:59:59+08:00"
        )
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def address(text: str, field: str) -> str | Refusal:
    """An https address of at most 300 characters: a public host by name, no user in it, other scripts encoded."""
    return text if len(text) <= LONGEST_ADDRESS and _is_address(text) else unfit(field, f"{field}: https://…")


def _is_address(text: str) -> bool:
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    return "@" not in parts.netloc and bool(_HOST.fullmatch(host)) and (port is None or port in _PORTS)


def placed(ids: Sequence[int], one: int, position: int | None) -> list[int]:
    """The order with `one` at a position, counted from 1; last where it is None or beyond the end."""
    others = [number for number in ids if number != one]
    at = len(others) if position is None else min(position - 1, len(others))
    return [*others[:at], one, *others[at:]]


POSITION: Final = whole(1, 1_000_000)
"""Reads a place in a list, counted from 1; what is beyond the end is the end."""
