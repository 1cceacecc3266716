"""What the certificate's font can draw. Reads a file of code point ranges; knows nothing of fonts or Typst.

Covered: all 8,105 characters of 通用规范汉字表 (2013), the traditional characters of Big5, Latin letters with
diacritics, Chinese punctuation, full-width forms. `fonts/make.py` writes the file with the font.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib.resources import files


@cache
def _ranges() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first and the last code points of the ranges, in order."""
    lines = files(__package__).joinpath("fonts/coverage.txt").read_text("ascii").split()
    pairs = [line.split("-") for line in lines]
    return tuple(int(first, 16) for first, _ in pairs), tuple(int(last, 16) for _, last in pairs)


def lacking(text: str) -> str:
    """The characters that the font lacks, in the order of the text, each once; empty when it can be printed."""
    return "".join(dict.fromkeys(character for character in text if not _covers(ord(character))))


def _covers(code: int) -> bool:
    firsts, lasts = _ranges()
    at = bisect_right(firsts, code) - 1
    return at >= 0 and code <= lasts[at]
