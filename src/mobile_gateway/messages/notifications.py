"""Titles and bodies of notifications, in zh-CN and en, and the deep link of the page concerned.

Push payloads carry nothing personal: a course's or topic's title at most (TRUST.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobile_gateway.rules.words import NotificationKind


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person reads, and where a tap leads."""

    title: str
    body: str
    deep_link: str


@dataclass(frozen=True, slots=True)
class Template:
    """A notification's texts; `{names}` are filled from the inbox row's data."""

    zh: tuple[str, str]
    en: tuple[str, str]
    deep_link: str


TEMPLATES: dict[NotificationKind, Template] = {
    NotificationKind.COURSE_CREDIT_REACHED: Template(
        ("课程学时已达标", "您已获得“{course}”的全部认定学时（{credits} 学时）。"),
        ("Course credits reached", "You have earned all {credits} credits of “{course_en}”."),
        "smartedu://course/{course_id}",
    ),
    NotificationKind.TOPIC_COMPLETED: Template(
        ("专题研修已完成", "恭喜！您已完成“{topic}”，获得 {credits} 个认定学时。"),
        ("Training completed", "Well done: you have completed “{topic_en}” with {credits} credits."),
        "smartedu://topic/{topic_id}",
    ),
    NotificationKind.CERTIFICATE_READY: Template(
        ("可以领取证书了", "“{topic}”的电子学习证书可以领取，领取前请核对个人信息。"),
        (
            "Your certificate can be claimed",
            "The certificate of “{topic_en}” is ready; check your details first.",
        ),
        "smartedu://topic/{topic_id}",
    ),
}


def render(kind: NotificationKind, data: Mapping[str, str], locale: str) -> Rendered:
    """The texts of a notification in `zh-CN` or `en`; LookupError when it has none here."""
    template = TEMPLATES[kind]
    title, body = template.en if locale.startswith("en") else template.zh
    return Rendered(title.format(**data), body.format(**data), template.deep_link.format(**data))


def shown(kind: NotificationKind, data: Mapping[str, str], locale: str) -> Rendered:
    """As `render`; a row whose text is not known to this version says so and asks for a newer one."""
    try:
        return render(kind, data, locale)
    except LookupError:
        title, body = _UNKNOWN[locale.startswith("en")]
        return Rendered(title, body, "smartedu://inbox")


_UNKNOWN = (
    ("新通知", "请将客户端更新到最新版本后查看。"),
    ("A new notification", "Please update the client to read it."),
)
