"""Why a password is unfit, in zh-CN and en, by its fault."""

from __future__ import annotations

from mobile_gateway.rules.passwords import LONGEST, SHORTEST, PasswordFault

WHYS: dict[str, tuple[str, str]] = {
    PasswordFault.TOO_SHORT: (f"少于 {SHORTEST} 个字符。", f"it has fewer than {SHORTEST} characters."),
    PasswordFault.TOO_LONG: (f"超过 {LONGEST} 个字符。", f"it has more than {LONGEST} characters."),
    PasswordFault.FORBIDDEN_CHARACTER: ("含有不可使用的字符。", "it holds a character that cannot be used."),
    PasswordFault.HOLDS_STUDENT_NUMBER: ("含有您的学生号。", "it holds your student number."),
    PasswordFault.COMMON: ("过于常见，容易被猜到。", "it is too common, and easily guessed."),
}
