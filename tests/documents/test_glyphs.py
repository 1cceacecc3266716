"""What the certificate's font draws, told by a file and proven by the font itself."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from fontTools.ttLib import TTFont

from mobile_gateway.documents import fonts, glyphs
from mobile_gateway.documents.fonts import make

FONTS = Path(fonts.__path__[0])
TABLE = (FONTS / "general-standard.txt").read_text("utf-8").replace("\n", "")


def cmap(name: str) -> dict[int, str]:
    with TTFont(FONTS / name, lazy=True) as font:
        found: dict[int, str] = font.getBestCmap()
    return found


def test_the_whole_table_of_standard_characters_is_covered() -> None:
    assert len(set(TABLE)) == len(TABLE) == 8105
    assert {TABLE[0], TABLE[-1]} == {"㑇", "𬺓"}
    assert glyphs.lacking(TABLE) == ""


def test_the_coverage_is_the_fonts_own() -> None:
    has = cmap("certificate.otf")
    assert [code for code in range(0x110000) if not glyphs.lacking(chr(code))] == sorted(has)
    assert "\n".join(f"{first:X}-{last:X}" for first, last in make.ranges(sorted(has))) + "\n" == (
        FONTS / "coverage.txt"
    ).read_text("ascii")


def test_every_covered_character_but_a_few_signs_has_a_glyph_of_its_own() -> None:
    """So what is read back from a PDF is what was printed."""
    by_glyph: dict[str, list[str]] = {}
    for code, glyph in cmap("certificate.otf").items():
        by_glyph.setdefault(glyph, []).append(chr(code))
    shared = sorted("".join(characters) for characters in by_glyph.values() if len(characters) > 1)
    assert shared == [" \xa0", "-‑", "‒–", "•‧", "‵｀", "〜～"]


def test_names_people_have_are_covered() -> None:
    names = "张三 欧阳娜娜 阿卜杜拉·买买提 李𬭸 王㛃 〇 Ångström Nguyễn Đặng ß Ｗ，。（）“”《》—… •・"
    assert glyphs.lacking(names) == ""
    traditional = "陳淑儀 張國榮 龍鳳 劉嘉玲 鄧麗君 叡 臺灣"
    assert glyphs.lacking(traditional) == ""


def test_what_the_font_lacks_is_named_in_order_and_once() -> None:
    tibetan, emoji, extension_g = "ཀ", "😀", "\U00030000"
    assert glyphs.lacking(f"张{emoji}三{tibetan}{emoji}{extension_g}李") == emoji + tibetan + extension_g
    assert glyphs.lacking("") == ""


def test_what_nobody_sees_or_nfc_replaces_is_not_covered() -> None:
    assert glyphs.lacking("\0\n\t\xad\u200b\ufeff\ufa0c") == "\0\n\t\xad\u200b\ufeff\ufa0c"
    covered = (chr(code) for code in cmap("certificate.otf"))
    assert all(unicodedata.is_normalized("NFC", character) for character in covered)


def test_the_bold_font_has_the_words_it_is_for() -> None:
    assert set(cmap("certificate-bold.otf")) == set(map(ord, make.BOLD))


def test_the_fonts_stay_small_and_free() -> None:
    assert sum(path.stat().st_size for path in FONTS.glob("*.otf")) < 6_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text("utf-8")
    assert "kTGH" in (FONTS / "LICENSE-unicode.txt").read_text("utf-8")
