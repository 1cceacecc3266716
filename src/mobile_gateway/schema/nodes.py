"""Node and its opaque global ids; connections and their cursors (SCHEMA.md, 2 and 3)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import strawberry

from mobile_gateway.rules import global_ids
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import Refused

MAX_FIRST = 50
MAX_ID = 2**63 - 1
MAX_DIGITS = 19


@strawberry.interface(description="An object that can be fetched again by its global id.")
class Node:
    """Implemented by the major objects."""

    id: strawberry.ID = strawberry.field(description="Opaque and global; stable for the object's life.")


@lru_cache(maxsize=65_536)
def global_id(kind: str, number: int) -> strawberry.ID:
    """The global id of an object of a kind."""
    return strawberry.ID(global_ids.of(kind, number))


def parse_global_id(text: str) -> tuple[str, int] | None:
    """Kind and number of a global id, or None for anything else."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (ValueError, binascii.Error):
        return None
    kind, colon, digits = raw.partition(":")
    if (
        not colon
        or not kind.isalpha()
        or not digits.isdigit()
        or len(digits) > MAX_DIGITS
        or int(digits) > MAX_ID
    ):
        return None
    return (kind, int(digits)) if global_id(kind, int(digits)) == text else None


def number_of(text: str, *kinds: str) -> int | None:
    """The number of a global id of one of these kinds, or None."""
    parsed = parse_global_id(text)
    return parsed[1] if parsed and parsed[0] in kinds else None


def cursor(*parts: int | str) -> str:
    """An opaque cursor over the key of a row."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Page(Generic[K]):
    """A page that was asked for: how many, and behind which key."""

    size: int
    after: K | None


def page(first: int, after: str | None, key: Callable[[Sequence[str]], K], locale: str) -> Page[K]:
    """The page of `first` and `after`; raises BAD_USER_INPUT for a size or a cursor that we do not give out.

    `key` makes the key of a cursor's parts, and raises ValueError or IndexError when it cannot.
    """
    if not 1 <= first <= MAX_FIRST:
        why = {"why": f"first: 1–{MAX_FIRST}"}
        raise Refused(Refusal(RefusalCode.BAD_USER_INPUT, ("first",), why), locale)
    if after is None:
        return Page(first, None)
    try:
        raw = base64.urlsafe_b64decode(after.encode("ascii") + b"=" * (-len(after) % 4)).decode("ascii")
        return Page(first, key(raw.split("|")))
    except (ValueError, IndexError):
        raise Refused(Refusal(RefusalCode.BAD_USER_INPUT, ("after",), {"why": "after"}), locale) from None


def row_id(text: str) -> int:
    """The id of a row in a cursor; ValueError for anything that no row has."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else -1
    if not 0 <= number <= MAX_ID:
        raise ValueError(text)
    return number


@strawberry.type(description="Where a page of a connection stands in its list.")
class PageInfo:
    """Relay's PageInfo, forwards only."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for behind a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; the next page's `after`.")


def page_info(cursors: list[str], *, more: bool, after: str | None) -> PageInfo:
    """The PageInfo of a page with these cursors."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
