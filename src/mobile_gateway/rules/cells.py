"""Cells of a table that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

BOM: Final = "\ufeff"
"""Stands before a table: without it spreadsheets in China read UTF-8 as GBK."""

# What spreadsheets read as the beginning of a formula, the full-width forms of Chinese input methods included.
_BEGINS_A_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")


def safe(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe stands before what could begin a formula (CWE-1236).

    White space before it is looked through, since spreadsheets trim it.
    """
    begins = text[:1] in _BEGINS_A_FORMULA or text.lstrip()[:1] in _BEGINS_A_FORMULA
    return "'" + text if text and begins else text


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as lines of a CSV file (RFC 4180), each ended by CR and LF. Their cells are safe already."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
