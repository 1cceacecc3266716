"""Mobile numbers of the Chinese mainland: reading, showing, masking.

Numbers are kept in E.164 (`+8613812345678`). Source: 电信网编号计划 (MIIT): 1, one of 3 to 9, nine digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

COUNTRY: Final = "+86"

_DIGITS = 11
_FOLDED = {**{0xFF10 + digit: str(digit) for digit in range(10)}, ord("＋"): "+"}
_BETWEEN = re.compile("[\\s\u00a0\u3000\\-\u2010-\u2015\u2212\uff0d]+")
_PREFIX = re.compile(r"(?:\+|00)86|86(?=1[0-9]{10}$)", re.ASCII)


class PhoneFault(StrEnum):
    """Why a text is no mainland mobile number."""

    EMPTY = "EMPTY"
    BAD_CHARACTER = "BAD_CHARACTER"
    BAD_LENGTH = "BAD_LENGTH"
    NOT_MAINLAND = "NOT_MAINLAND"
    NOT_MOBILE = "NOT_MOBILE"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A refused number. It does not hold the text, so it may be logged."""

    reason: PhoneFault


def parse(text: str) -> str | Malformed:
    """The number in E.164, or why it is none.

    Read are eleven digits, with or without +86, 0086 or 86 before them; spaces and dashes anywhere;
    full-width digits. Digits of other scripts are refused.
    """
    digits = _BETWEEN.sub("", text.translate(_FOLDED))
    if not digits:
        return Malformed(PhoneFault.EMPTY)
    if not re.fullmatch(r"\+?[0-9]+", digits, re.ASCII):
        return Malformed(PhoneFault.BAD_CHARACTER)
    national = _PREFIX.sub("", digits, count=1) if _PREFIX.match(digits) else digits
    if national.startswith(("+", "00")):
        return Malformed(PhoneFault.NOT_MAINLAND)
    if len(national) != _DIGITS:
        return Malformed(PhoneFault.BAD_LENGTH)
    if not re.fullmatch(r"1[3-9][0-9]{9}", national, re.ASCII):
        return Malformed(PhoneFault.NOT_MOBILE)
    return COUNTRY + national


def national(phone: str) -> str:
    """The eleven digits of a number in E.164.

    Raises:
        ValueError: it is not one that `parse` gave.
    """
    if not re.fullmatch(r"\+861[3-9][0-9]{9}", phone, re.ASCII):
        raise ValueError("not a mainland mobile number in E.164")
    return phone.removeprefix(COUNTRY)


def mask(phone: str) -> str:
    """The number as 138****1234.

    Raises:
        ValueError: it is not one that `parse` gave.
    """
    digits = national(phone)
    return f"{digits[:3]}****{digits[-4:]}"
