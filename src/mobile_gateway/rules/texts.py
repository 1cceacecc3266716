"""Text hygiene: what people may write, how it is normalised, and how names are masked.

Everything is brought to Unicode NFC; lengths are in characters: code points after NFC.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NAME_LIMIT: Final = 50
"""The longest name of a person, in characters."""

MIDDLE_DOT: Final = "·"
"""U+00B7, the only dot that stands between the parts of a name."""


class TextFault(StrEnum):
    """Why a text was refused."""

    EMPTY = "EMPTY"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    FORBIDDEN_CHARACTER = "FORBIDDEN_CHARACTER"
    MISPLACED_MARK = "MISPLACED_MARK"


@dataclass(frozen=True, slots=True)
class Unclean:
    """A refused text: the reason and, for a character, its place in the text as it was given (from 0)."""

    reason: TextFault
    position: int | None = None


# Invisible, or meant to change how the text around is shown. The joiners stay: several scripts need them.
_HIDDEN = frozenset(
    map(
        chr,
        (
            0x00AD,  # soft hyphen
            0x034F,  # combining grapheme joiner
            0x061C,  # Arabic letter mark
            *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
            *(0x200B, 0x200E, 0x200F),  # zero width space, direction marks
            *range(0x2028, 0x202F),  # line and paragraph separators, bidi embeddings and overrides
            *range(0x2060, 0x2070),  # word joiner, invisible operators, bidi isolates, deprecated controls
            0xFEFF,  # byte order mark
            *range(0xFFF9, 0xFFFC),  # interlinear annotation
            *range(0xE0000, 0xE0080),  # tags
        ),
    )
)
_NONCHARACTERS = frozenset(
    map(
        chr,
        [
            *range(0xFDD0, 0xFDF0),
            *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
        ],
    )
)

# Looks like a middle dot in common fonts and input methods.
_DOTS = dict.fromkeys(map(ord, "\u0387•‧・･∙⋅᛫⸱⸳ꞏᐧ․"), MIDDLE_DOT)
_AROUND_DOT = re.compile(f" *{MIDDLE_DOT} *")
_SPACES = re.compile(" {2,}")

# Ideographs by their blocks: 〇 is no letter to Unicode, and this Python's tables lack the newer blocks.
_HAN = "〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_HAN_LETTER = re.compile(f"[{_HAN}]")
_STOP_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) *[.．] *(?=[{_HAN}])")

_DASHES = "\\-\u2010\u2011"
_JOINERS = "\u180e\u200c\u200d"
_MARK_IN_NAME = re.compile(f"[ .．'’{MIDDLE_DOT}{_DASHES}{_JOINERS}]")
_DOUBLED = re.compile(f"[.'’{_DASHES}]{{2}}|[{_DASHES}](?:[ {MIDDLE_DOT}]|$)")
_NO_JOINER_BESIDE = f"{_HAN}{_JOINERS}{MIDDLE_DOT}\\x00-\\x7f"
_LOOSE_JOINER = re.compile(f"(?:^|[{_NO_JOINER_BESIDE}])[{_JOINERS}]|[{_JOINERS}](?:$|[{_NO_JOINER_BESIDE}])")
_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKS_IN_A_ROW = 4


def clean(text: str, *, longest: int, shortest: int = 1, lines: bool = False) -> str | Unclean:
    """The text in NFC without white space around it, or why it is refused.

    Refused wherever they stand: NUL and all other control characters, lone surrogates, noncharacters, bidi
    controls and invisible format characters. With `lines`, line feeds and tabs may stand inside, and CR LF
    becomes LF. `shortest` 0 lets an empty text through.
    """
    for position, character in enumerate(text):
        allowed = lines and (character in "\n\t" or text[position : position + 2] == "\r\n")
        if _forbidden(character) and not allowed:
            return Unclean(TextFault.FORBIDDEN_CHARACTER, position)
    return _measured(unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip(), shortest, longest)


def person_name(text: str) -> str | Unclean:
    """A person's name as it will be printed, 1 to 50 characters, or why it is refused.

    Letters and their marks of any script, rare ideographs included (planes 2 and 3 whole, also those younger
    than this Python's Unicode tables); inside, single spaces, a middle dot, hyphen, apostrophe and full stop.
    Look-alikes of the middle dot become U+00B7 and lose the spaces around them; so does a full stop between
    two ideographs. No digits, symbols or emoji, and no private-use characters or variation selectors, which
    print differently on every machine. MISPLACED_MARK: a mark where it cannot stand, or five combining marks
    in a row.
    """
    for position, character in enumerate(text):
        if not _in_a_name(character):
            return Unclean(TextFault.FORBIDDEN_CHARACTER, position)
    name = unicodedata.normalize("NFC", text).translate(_DOTS)
    name = "".join(" " if character.isspace() else character for character in name)
    name = _STOP_BETWEEN_HAN.sub(MIDDLE_DOT, name).replace("．", ".")
    name = _AROUND_DOT.sub(MIDDLE_DOT, _SPACES.sub(" ", name)).strip()
    measured = _measured(name, 1, NAME_LIMIT)
    if isinstance(measured, str) and not _well_put(measured):
        return Unclean(TextFault.MISPLACED_MARK)
    return measured


def mask_name(name: str) -> str:
    """The name with asterisks: 张* for two characters, 张*三 for three, first and last of a longer one.

    The parts between middle dots and spaces are masked each on its own. A part of one character is hidden
    whole. A letter and its combining marks are one character. The length of the name stays visible.
    """
    parts = re.split(f"([{MIDDLE_DOT} ])", name)
    return "".join(part if part in {"", MIDDLE_DOT, " "} else _mask_part(part) for part in parts)


def _forbidden(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    if character in _HIDDEN or character in _NONCHARACTERS:
        return True
    return unicodedata.category(character) in {"Cc", "Cs"}


def _in_a_name(character: str) -> bool:
    if character.isascii():
        return character.isalpha() or bool(_MARK_IN_NAME.match(character))
    if _forbidden(character) or _VARIANT.match(character):
        return False
    if _is_letter(character) or ord(character) in _DOTS or _MARK_IN_NAME.match(character):
        return True
    return _is_combining(character) or unicodedata.category(character) == "Zs"


def _is_letter(character: str) -> bool:
    return bool(_HAN_LETTER.match(character)) or unicodedata.category(character).startswith("L")


def _is_combining(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _well_put(name: str) -> bool:
    parts = re.split(f"[{MIDDLE_DOT} ]", name)
    if not all(part and (_is_letter(part[0]) or part[0] in "'’") for part in parts):
        return False
    if _DOUBLED.search(name) or _LOOSE_JOINER.search(name):
        return False
    shape = "".join("m" if _is_combining(character) else "-" for character in name)
    return "m" * (_MARKS_IN_A_ROW + 1) not in shape


def _measured(text: str, shortest: int, longest: int) -> str | Unclean:
    if not text and shortest:
        return Unclean(TextFault.EMPTY)
    if len(text) < shortest:
        return Unclean(TextFault.TOO_SHORT)
    return text if len(text) <= longest else Unclean(TextFault.TOO_LONG)


def _mask_part(part: str) -> str:
    letters: list[str] = []
    for character in part:
        if letters and _is_combining(character):
            letters[-1] += character
        else:
            letters.append(character)
    first, *rest = letters
    if not rest:
        return "*"
    *middle, last = rest
    return first + "*" * len(middle) + (last if middle else "*")
