"""Words of the public check page of certificates, in zh-CN and en; what a check says is in `certificates`."""

from __future__ import annotations

from datetime import date
from typing import Final

from mobile_gateway.messages import support

LABELS: Final[dict[str, tuple[str, str]]] = {
    "platform": ("国家中小学智慧教育平台", "Smart Education of China for schools"),
    "title": ("学习证书查验", "Check a certificate"),
    "lead": (
        "输入证书上的编号，核实证书是否由本平台颁发、是否有效。",
        "Enter the number on a certificate to see whether this platform issued it and whether it is valid.",
    ),
    "serial": ("证书编号", "Certificate number"),
    "hint": (
        "共 16 位数字和字母，每四位一组；不含字母 I、L、O、U，不区分大小写。",
        "16 digits and letters in groups of four; never I, L, O or U; capitals or small letters.",
    ),
    "check": ("查验", "Check"),
    "number": ("证书编号", "Number"),
    "holder": ("持证人", "Holder"),
    "topic": ("培训专题", "Training"),
    "credits": ("认定学时", "Credits"),
    "issued": ("发证日期", "Issued on"),
    "voided": ("作废日期", "Voided on"),
    "checked": ("查验时间", "Checked"),
    "zone": ("北京时间", "Beijing time"),
    "compare": (
        "请与手中的证书逐项核对。为保护个人信息，持证人姓名以“*”代替部分文字。",
        "Compare each line with the certificate in hand. Part of the name is hidden to protect its holder.",
    ),
    "address": (
        "扫描证书上的二维码进入本页时，请核对浏览器地址栏中的网址：",
        "If the QR code of a certificate led you here, check the address that your browser shows:",
    ),
}
"""What stands on the page, whatever it says."""

_MISTYPED = (
    "这个编号很可能输入有误，例如漏了一位或看错了字符。请对照证书逐位核对后重新输入。",
    (
        "This number was probably mistyped: a character is missing or was read wrongly. Compare it with the"
        " certificate, character by character, and try again."
    ),
)
_MORE_OF_UNKNOWN = (
    "编号无误仍未查询到的，请持证人登录平台网页端核对证书，或致电客服 {phone}（{hours}）。",
    (
        "If the number is right, ask its holder to look at the certificate on this platform's web pages, or call"
        " support at {phone} ({hours})."
    ),
)
_TOO_MANY = (
    "查验过于频繁",
    "Too many checks",
    "您所在网络的查验次数过多，请在一分钟后再试。",
    "There were too many checks from your network. Try again in a minute.",
)
_AWAY = (
    "暂时无法查验",
    "Checking is not possible right now",
    "查验服务暂时不可用，这不表示证书无效。请过几分钟再试。",
    "The service is down for the moment, which says nothing about the certificate. Try again in a few minutes.",
)


def labels(locale: str) -> dict[str, str]:
    """`LABELS` in one language."""
    return {name: both[locale.startswith("en")] for name, both in LABELS.items()}


def mistyped(locale: str) -> str:
    """What to do about a text that cannot be a serial."""
    return _MISTYPED[locale.startswith("en")]


def more_of_unknown(locale: str) -> str:
    """Whom to ask about a serial that is typed rightly and not known."""
    text = _MORE_OF_UNKNOWN[locale.startswith("en")]
    return text.format(phone=support.PHONE, hours=support.hours(locale))


def too_many(locale: str) -> tuple[str, str]:
    """That a network's quota is used up, and what to do."""
    zh, en, more_zh, more_en = _TOO_MANY
    return (en, more_en) if locale.startswith("en") else (zh, more_zh)


def away(locale: str) -> tuple[str, str]:
    """That nothing can be looked up now, and what to do."""
    zh, en, more_zh, more_en = _AWAY
    return (en, more_en) if locale.startswith("en") else (zh, more_zh)


def day(one: date, locale: str) -> str:
    """A day as it is written: 2024年9月1日, 1 September 2024."""
    return (
        f"{one.day} {one:%B} {one.year}"
        if locale.startswith("en")
        else f"{one.year}年{one.month}月{one.day}日"
    )
