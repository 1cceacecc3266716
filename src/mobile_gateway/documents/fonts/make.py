"""Makes the fonts beside this file anew, and what tells their coverage. Run by hand; a development tool.

Sources: Debian's `fonts-noto-cjk` and `fonts-noto-cjk-extra` (Noto Serif CJK 2.001, OFL 1.1) and Debian's
`unicode-data` (Unihan, Unicode licence). The same sources and the same fontTools give the same bytes:

    apt-get install fonts-noto-cjk fonts-noto-cjk-extra unicode-data
    .venv/bin/python -m mobile_gateway.documents.fonts.make \
        /usr/share/fonts/opentype/noto /usr/share/unicode/Unihan_OtherMappings.txt.bz2

Takes two minutes. Writes `certificate.otf` (every text), `certificate-bold.otf` (the title's and the issuer's
words alone), `coverage.txt` and `general-standard.txt`.
"""

from __future__ import annotations

import bz2
import sys
import unicodedata
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE: Final = Path(__file__).parent
SIMPLIFIED: Final = 2
"""Which font of Debian's collections has the mainland's forms."""

TABLE_SIZE: Final = 8105
BOLD: Final = "学习证书教育部技术与资源发展中心（央电化馆）"

_BLOCKS: Final = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x024F),  # Latin with diacritics, the middle dot
    (0x0300, 0x036F),  # combining marks
    (0x1E00, 0x1EFF),  # more Latin: Vietnamese
    (0x2010, 0x2044),  # dashes, quotation marks, bullets
    (0x2150, 0x218F),  # Roman numerals
    (0x2460, 0x24FF),  # numbers in circles
    (0x3000, 0x303F),  # Chinese punctuation
    (0x30FB, 0x30FB),  # the middle dot of Japanese keyboards
    (0xFF01, 0xFFEE),  # full-width forms
)


def general_standard(unihan: Path) -> list[int]:
    """通用规范汉字表 (2013) in code point order: Unihan's kTGH. Raises ValueError unless all 8,105 are there."""
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        fields = (line.split("\t") for line in lines if line.startswith("U+"))
        found = sorted(int(code.removeprefix("U+"), 16) for code, name, _ in fields if name == "kTGH")
    if len(found) != TABLE_SIZE:
        raise ValueError(f"the table has {TABLE_SIZE} characters, and {len(found)} were found")
    return found


def traditional() -> set[int]:
    """The 13,053 ideographs of Big5: what names on permits of Hong Kong, Macao and Taiwan are written in."""
    found = set()
    for pair in product(range(0xA4, 0xFA), range(0x40, 0xFF)):
        character = bytes(pair).decode("big5", "ignore")
        if len(character) == 1 and unicodedata.name(character, "").startswith("CJK UNIFIED"):
            found.add(ord(character))
    return found


def wanted(table: Iterable[int]) -> set[int]:
    """What the font should have: no character that NFC replaces or that nobody sees."""
    blocks = {code for first, last in _BLOCKS for code in range(first, last + 1)}
    return {
        code
        for code in {*table, *traditional(), *blocks}
        if unicodedata.is_normalized("NFC", chr(code)) and unicodedata.category(chr(code)) not in {"Cf", "Cn"}
    }


def write(source: Path, codes: set[int], target: Path) -> list[int]:
    """Write a subset without hints, for horizontal text alone; gives the code points that it has, in order."""
    options = Options()
    options.hinting = False
    options.notdef_outline = True
    options.layout_features = ["ccmp", "kern", "mark", "mkmk"]
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    with TTFont(source, fontNumber=SIMPLIFIED, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        font.save(target)
        return sorted(font.getBestCmap())


def ranges(codes: Iterable[int]) -> list[tuple[int, int]]:
    """Code points in order as runs, first and last."""
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and code == found[-1][1] + 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def make(noto: Path, unihan: Path) -> None:
    """Write all four files."""
    table = general_standard(unihan)
    text = "".join(map(chr, table))
    lines = "\n".join(text[at : at + 100] for at in range(0, len(text), 100))
    (HERE / "general-standard.txt").write_text(f"{lines}\n", "utf-8")
    has = write(noto / "NotoSerifCJK-Regular.ttc", wanted(table), HERE / "certificate.otf")
    runs = "\n".join(f"{first:X}-{last:X}" for first, last in ranges(has))
    (HERE / "coverage.txt").write_text(f"{runs}\n", "ascii")
    write(noto / "NotoSerifCJK-Bold.ttc", set(map(ord, BOLD)), HERE / "certificate-bold.otf")


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
