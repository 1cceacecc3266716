"""Documents of identity: five types, their formats, and how their numbers are masked.

Sources: GB 11643-1999 (公民身份号码) and GB/T 2260 for the mainland ID, and for the residence permit
(港澳台居民居住证), which follows it; the Exit and Entry Administration's formats of the two travel permits;
ICAO Doc 9303 part 4 for passports. A number is only well-formed here; whether it was ever issued only the
police can say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class DocumentType(StrEnum):
    """What the person identifies with."""

    MAINLAND_ID = "MAINLAND_ID"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    PASSPORT = "PASSPORT"


class DocumentFault(StrEnum):
    """Why a number does not fit its type."""

    EMPTY = "EMPTY"
    BAD_CHARACTER = "BAD_CHARACTER"
    BAD_LENGTH = "BAD_LENGTH"
    BAD_FORMAT = "BAD_FORMAT"
    UNKNOWN_PROVINCE = "UNKNOWN_PROVINCE"
    BAD_DATE = "BAD_DATE"
    NOT_IN_THE_PAST = "NOT_IN_THE_PAST"
    BAD_CHECKSUM = "BAD_CHECKSUM"


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed document. `birthday` is None where the number does not tell it."""

    type: DocumentType
    number: str
    birthday: date | None = None

    @property
    def unique_text(self) -> str:
        """What makes the holder unique: type and number, without the count of reissues of an older 回乡证.

        The input of the blind index. A passport's issuing country is not asked for, so two countries' equal
        numbers collide.
        """
        number = self.number[:9] if self.type is DocumentType.HK_MACAO_PERMIT else self.number
        return f"{self.type}:{number}"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A refused number. It does not hold the text, so it may be logged."""

    reason: DocumentFault


PROVINCES: Final = frozenset(
    str(code)
    for region in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(region[0], region[1] + 1)
)
"""First two digits of a mainland ID (GB/T 2260); the old counties behind them are in no list."""

RESIDENCE_REGIONS: Final = frozenset({"810000", "820000", "830000"})
"""First six digits of a residence permit: Hong Kong, Macao, Taiwan."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LENGTH = 18
_EARLIEST_YEAR = 1900
_SHOWN = 4
_FORMATS = {
    DocumentType.HK_MACAO_PERMIT: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}(?:\([A-Z]\))?"),
    DocumentType.PASSPORT: re.compile(r"(?=.*[0-9])[A-Z0-9]{5,9}"),
}
# Full-width forms of printable ASCII, as Chinese input methods write them.
_FOLDED = {0xFF01 + offset: 0x21 + offset for offset in range(94)}


def parse(kind: DocumentType, text: str, today: date) -> Document | Malformed:
    """The document, its number in upper-case ASCII without white space, or the first thing wrong with it.

    MAINLAND_ID: 17 digits and a check character; a mainland province; a real date of birth from 1900 on and
    before `today`. RESIDENCE_PERMIT: the same behind 810000, 820000 or 830000. HK_MACAO_PERMIT: H or M and 8
    digits, or 10 on older ones (the last two count the reissues). TAIWAN_PERMIT: 8 digits, or 10 with an
    optional letter in parentheses on older ones. PASSPORT: 5 to 9 letters and digits, a digit among them; 9
    is ICAO's field, and longer numbers of the few states that have them are refused.
    """
    number = "".join(text.translate(_FOLDED).split())
    if not number:
        return Malformed(DocumentFault.EMPTY)
    if not number.isascii():
        return Malformed(DocumentFault.BAD_CHARACTER)
    number = number.upper()
    if kind in {DocumentType.MAINLAND_ID, DocumentType.RESIDENCE_PERMIT}:
        return _by_checksum(kind, number, today)
    if not _FORMATS[kind].fullmatch(number):
        return Malformed(DocumentFault.BAD_FORMAT)
    return Document(kind, number)


def mask(number: str) -> str:
    """The number in asterisks but for its last four; of fewer than eight characters at most half is shown."""
    shown = min(_SHOWN, len(number) // 2)
    return "*" * (len(number) - shown) + last_four(number)


def last_four(number: str) -> str:
    """What may be kept in the clear and shown: the last four, or half of a number of fewer than eight."""
    return number[len(number) - min(_SHOWN, len(number) // 2) :]


def masked(kind: DocumentType, shown: str) -> str:
    """As `mask`, from what is kept in the clear: the length is told only where all numbers of a kind have it."""
    known = kind in {DocumentType.MAINLAND_ID, DocumentType.RESIDENCE_PERMIT}
    return "*" * (_LENGTH - len(shown) if known else _SHOWN) + shown


def check_character(first17: str) -> str:
    """The check character of GB 11643 (ISO 7064 MOD 11-2) for 17 digits.

    Raises:
        ValueError: they are not 17 digits.
    """
    if not re.fullmatch(r"[0-9]{17}", first17):
        raise ValueError("the checksum is over 17 digits")
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def make_mainland(province_prefix: str, birthday: date, sequence: int) -> str:
    """A well-formed number for an invented person: two digits of a province or six of a county, 0 to 999.

    Even sequences are women's, odd ones men's.

    Raises:
        ValueError: an argument that `parse` would refuse.
    """
    area = province_prefix if len(province_prefix) == 6 else f"{province_prefix}0101"  # noqa: PLR2004 - a county's code
    if area[:2] not in PROVINCES or birthday.year < _EARLIEST_YEAR:
        raise ValueError("no mainland province, or a birthday before 1900")
    first17 = f"{area}{birthday:%Y%m%d}{sequence:03d}"
    return first17 + check_character(first17)


def _by_checksum(kind: DocumentType, number: str, today: date) -> Document | Malformed:
    if len(number) != _LENGTH:
        return Malformed(DocumentFault.BAD_LENGTH)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Malformed(DocumentFault.BAD_CHARACTER)
    known = number[:2] in PROVINCES if kind is DocumentType.MAINLAND_ID else number[:6] in RESIDENCE_REGIONS
    if not known:
        return Malformed(DocumentFault.UNKNOWN_PROVINCE)
    birthday = _birthday(number[6:14], today)
    if isinstance(birthday, Malformed):
        return birthday
    if check_character(number[:17]) != number[17]:
        return Malformed(DocumentFault.BAD_CHECKSUM)
    return Document(kind, number, birthday)


def _birthday(digits: str, today: date) -> date | Malformed:
    try:
        birthday = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return Malformed(DocumentFault.BAD_DATE)
    if birthday.year < _EARLIEST_YEAR:
        return Malformed(DocumentFault.BAD_DATE)
    return birthday if birthday < today else Malformed(DocumentFault.NOT_IN_THE_PAST)
