"""Student numbers: a student's login name within a school (PRODUCT.md §5)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mobile_gateway.rules.refusal import Refusal, RefusalCode

SHORTEST: Final = 4
LONGEST: Final = 32

_NUMBER = re.compile(f"[0-9A-Z]{{{SHORTEST},{LONGEST}}}", re.ASCII)
_WRITTEN = re.compile("[0-9A-Za-z]*", re.ASCII)
_MOST_TYPED = 4 * LONGEST


def parse(text: str) -> str | Refusal:
    """The number as it is kept: 4 to 32 letters A to Z and digits. Or STUDENT_NUMBER_INVALID.

    Full-width forms are read (NFKC), small letters become capitals, white space around is dropped. Letters and
    digits of other scripts are refused, also those whose capital happens to be one of ours.
    """
    # Longer texts are no number whatever they normalise to, and are not worth normalising.
    plain = unicodedata.normalize("NFKC", text).strip() if len(text) <= _MOST_TYPED else ""
    number = plain.upper() if _WRITTEN.fullmatch(plain) else ""
    if not _NUMBER.fullmatch(number):
        return Refusal(RefusalCode.STUDENT_NUMBER_INVALID, ("studentNumber",))
    return number
