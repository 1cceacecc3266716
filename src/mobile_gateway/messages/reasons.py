"""What a refusal's `why` says, where rules give a word for it: one short clause, in zh-CN and en."""

from __future__ import annotations

from mobile_gateway.rules.passwords import LONGEST, SHORTEST, PasswordFault
from mobile_gateway.rules.refusal import RefusalCode

_TEXTS: dict[tuple[RefusalCode, str], tuple[str, str]] = {
    (RefusalCode.BAD_USER_INPUT, "TOO_LONG"): ("最多 {most} 个字符。", "at most {most} characters."),
    (RefusalCode.BAD_USER_INPUT, "FORBIDDEN_CHARACTER"): (
        "含有不可见或不能使用的字符。",
        "it has a character that is invisible or not allowed.",
    ),
    (RefusalCode.BAD_USER_INPUT, "HUAWEI_NOT_ANDROID"): (
        "华为推送只能送达 Android 设备；iOS 设备请用 FCM 的令牌登记，provider 填 FCM。",
        "Huawei carries to Android devices alone; register an iOS device with FCM's token and provider FCM.",
    ),
    (RefusalCode.NAME_INVALID, "EMPTY"): ("姓名不能为空。", "it is empty."),
    (RefusalCode.NAME_INVALID, "TOO_LONG"): ("姓名太长。", "it is too long."),
    (RefusalCode.NAME_INVALID, "FORBIDDEN_CHARACTER"): (
        "含有姓名中不能使用的字符，如数字、符号或表情。",
        "it has a character that no name has, such as a digit, a symbol or an emoji.",
    ),
    (RefusalCode.NAME_INVALID, "MISPLACED_MARK"): (
        "间隔点、连字符等符号的位置不正确。",
        "a dot, hyphen or other mark stands where it cannot.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "INCOMPLETE"): (
        "证件类型和证件号码须同时填写。",
        "the type and the number go together.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "EMPTY"): ("证件号码不能为空。", "it is empty."),
    (RefusalCode.ID_NUMBER_INVALID, "BAD_CHARACTER"): (
        "含有证件号码中不会出现的字符。",
        "it has a character that no such number has.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "BAD_LENGTH"): ("应为 18 位。", "it must have 18 characters."),
    (RefusalCode.ID_NUMBER_INVALID, "BAD_FORMAT"): (
        "与该类证件的号码格式不符。",
        "numbers of this type look different.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "UNKNOWN_PROVINCE"): (
        "开头的地区代码不存在。",
        "it begins with a region that there is not.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "BAD_DATE"): (
        "其中的出生日期不存在。",
        "its date of birth does not exist.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "NOT_IN_THE_PAST"): (
        "其中的出生日期晚于今天。",
        "its date of birth is not in the past.",
    ),
    (RefusalCode.ID_NUMBER_INVALID, "BAD_CHECKSUM"): ("校验位不正确。", "its check character is wrong."),
    (RefusalCode.PASSWORD_UNFIT, PasswordFault.TOO_SHORT): (
        f"少于 {SHORTEST} 个字符。",
        f"it has fewer than {SHORTEST} characters.",
    ),
    (RefusalCode.PASSWORD_UNFIT, PasswordFault.TOO_LONG): (
        f"超过 {LONGEST} 个字符。",
        f"it has more than {LONGEST} characters.",
    ),
    (RefusalCode.PASSWORD_UNFIT, PasswordFault.FORBIDDEN_CHARACTER): (
        "含有不可使用的字符。",
        "it holds a character that cannot be used.",
    ),
    (RefusalCode.PASSWORD_UNFIT, PasswordFault.HOLDS_STUDENT_NUMBER): (
        "含有您的学生号。",
        "it holds your student number.",
    ),
    (RefusalCode.PASSWORD_UNFIT, PasswordFault.COMMON): (
        "过于常见，容易被猜到。",
        "it is too common, and easily guessed.",
    ),
}


def text(code: RefusalCode, why: str, locale: str) -> str:
    """The clause of a word, still with its `{names}`; what is no word of ours is shown as it is, braces doubled."""
    found = _TEXTS.get((code, why))
    if found is None:
        return why.replace("{", "{{").replace("}", "}}")
    return found[locale.startswith("en")]
