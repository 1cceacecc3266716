"""Passwords of student accounts: which one may be chosen (NIST SP 800-63B §5.1.1: long, and not a guess).

No rule asks for capitals or symbols: those make passwords worse, not better.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from itertools import pairwise
from typing import Final

from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode

SHORTEST: Final = 10
LONGEST: Final = 128
"""In characters."""

FEWEST_DIFFERENT = 4


class PasswordFault(StrEnum):
    """Why a password cannot be chosen; `messages` says it to people."""

    TOO_SHORT = "PASSWORD_TOO_SHORT"
    TOO_LONG = "PASSWORD_TOO_LONG"
    FORBIDDEN_CHARACTER = "PASSWORD_FORBIDDEN_CHARACTER"
    HOLDS_STUDENT_NUMBER = "PASSWORD_HOLDS_STUDENT_NUMBER"
    COMMON = "PASSWORD_COMMON"


# From the lists of most used passwords, those of ten characters and more; shorter ones are refused anyway.
_MOST_USED: Final = """
1q2w3e4r5t 1qaz2wsx3edc 1qazxsw23edc qwertyuiop qwertyuiop123 qwerty123456 asdfghjkl123 zxcvbnm123 qazwsxedcrfv
password12 password123 password1234 passw0rd123 administrator letmein123 welcome123 changeme123 helloworld
a123456789 aa123456789 abc1234567 abcd123456 abcd1234567 abc123456789 123456789a 123456789abc 1234567890a
123456abcdef 1234qwerasdf qwer1234asdf 147258369a 1472583690 7894561230 0987654321 3141592653 1123581321
iloveyou123 iloveyou1314 woaini1314 woaini5201314 5201314520 5201314woaini mima123456 wodemima123
student123 student1234 student123456 xuesheng123 xiaoxuesheng zhongxuesheng zhongguo123 xuexiqiangguo
"""
_COMMON: Final = frozenset(_MOST_USED.split())


def typed(text: str) -> str | None:
    """A password as it is compared, or None for what can be nobody's: empty, too long, or not to be typed."""
    clean = texts.clean(text, longest=LONGEST) if len(text) <= 2 * LONGEST else None
    return clean if isinstance(clean, str) else None


def choose(text: str, student_number: str) -> str | Refusal:
    """The password as it will be hashed, or PASSWORD_UNFIT with the `PasswordFault`.

    10 to 128 characters, counted as typed and as hashed; not holding the student number; neither common, nor of
    fewer than four different characters, nor one run like 1234567890. White space around it does not count.
    """
    password = typed(text)
    if password is None:
        return _unfit(_why_not_typed(text))
    plain = unicodedata.normalize("NFKC", password).casefold()
    if min(len(password), len(plain)) < SHORTEST:
        return _unfit(PasswordFault.TOO_SHORT)
    if student_number.casefold() in plain:
        return _unfit(PasswordFault.HOLDS_STUDENT_NUMBER)
    if plain in _COMMON or len(set(plain)) < FEWEST_DIFFERENT or _is_run(plain):
        return _unfit(PasswordFault.COMMON)
    return password


def _why_not_typed(text: str) -> PasswordFault:
    if len(text) > 2 * LONGEST:
        return PasswordFault.TOO_LONG
    refused = texts.clean(text, longest=LONGEST)
    if isinstance(refused, texts.Unclean):
        if refused.reason is texts.TextFault.TOO_LONG:
            return PasswordFault.TOO_LONG
        if refused.reason is texts.TextFault.FORBIDDEN_CHARACTER:
            return PasswordFault.FORBIDDEN_CHARACTER
    return PasswordFault.TOO_SHORT


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1} or steps <= {-1} or _runs_over_nine(text)


def _runs_over_nine(text: str) -> bool:
    # 1234567890 and 0987654321 go on past nine as a keyboard does.
    if not text.isdecimal() or not text.isascii():
        return False
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(text)}
    return len(steps) == 1


def _unfit(why: PasswordFault) -> Refusal:
    return Refusal(RefusalCode.PASSWORD_UNFIT, ("password",), {"why": str(why)})
