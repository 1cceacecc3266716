"""Titles and bodies of notifications, in zh-CN and en, and the deep link of the page concerned.

Push payloads carry nothing personal: a course's or topic's title at most (TRUST.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobile_gateway.rules import global_ids
from mobile_gateway.rules.words import NotificationKind


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person reads, and where a tap leads."""

    title: str
    body: str
    deep_link: str


@dataclass(frozen=True, slots=True)
class Template:
    """A notification's texts; `{names}` are filled from the inbox row's data, numbers in a link by global ids."""

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
    NotificationKind.CERTIFICATE_ISSUED: Template(
        ("证书已领取", "您的“{topic}”电子学习证书已颁发，可在网页端下载。"),
        ("Your certificate is issued", "The certificate of “{topic_en}” can be downloaded on the website."),
        "smartedu://topic/{topic_id}",
    ),
    NotificationKind.CERTIFICATE_REISSUED: Template(
        ("证书信息已更新", "您的“{topic}”电子学习证书已按新信息重新生成，原证书已作废。"),
        (
            "Your certificate was made anew",
            "The certificate of “{topic_en}” has your new details; the old one is void.",
        ),
        "smartedu://topic/{topic_id}",
    ),
    NotificationKind.CERTIFICATE_VOIDED: Template(
        ("证书已作废", "您的“{topic}”电子学习证书经核查已作废，详情请查看专题页或联系客服 4001910910。"),
        (
            "Your certificate is void",
            "The certificate of “{topic_en}” was revoked; see the topic page or call 4001910910.",
        ),
        "smartedu://topic/{topic_id}",
    ),
    NotificationKind.REMOVED_FROM_SCHOOL: Template(
        (
            "您已被移出学校",
            "学校管理员已将您从学校移除。请尽快添加正确的任教信息并联系学校管理员重新审核，以免影响证书发放。",
        ),
        (
            "You were removed from a school",
            "Add the right teaching information soon and have it verified, or the certificate may be held up.",
        ),
        "smartedu://profile/teaching",
    ),
    NotificationKind.PHONE_CHANGED: Template(
        ("手机号已更换", "您的账号已更换手机号。如非本人操作，请立即联系客服 4001910910。"),
        (
            "Your phone was changed",
            "Your account has a new phone. If that was not you, call 4001910910 at once.",
        ),
        "smartedu://account/phone",
    ),
    NotificationKind.TEACHER_TO_REVIEW: Template(
        ("有教师等待审核", "本校有新的任教信息等待您审核。"),
        ("A teacher waits for review", "New teaching information of your school waits for your decision."),
        "smartedu://staff/verification",
    ),
    NotificationKind.TEACHER_LEFT: Template(
        ("有教师离开学校", "一位教师已从本校移除，您的教师名单已更新。"),
        ("A teacher has left", "A teacher has left your school; the roster is up to date."),
        "smartedu://staff/roster",
    ),
    NotificationKind.TICKET_TO_HANDLE: Template(
        ("有换绑申请待处理", "收到新的手机号换绑申请，请及时受理。"),
        ("A rebind request waits", "A new request to move an account to another phone has come in."),
        "smartedu://staff/tickets",
    ),
    # Its words are its author's: the row's data holds them.
    NotificationKind.CAMPAIGN: Template(("{title}", "{body}"), ("{title_en}", "{body_en}"), "{deep_link}"),
}

OUTCOMES: dict[tuple[NotificationKind, str], Template] = {
    (NotificationKind.VERIFICATION_DECIDED, "APPROVED"): Template(
        ("任教信息审核通过", "学校管理员已审核通过您的任教信息。"),
        ("You are verified", "The school administrator has approved your teaching information."),
        "smartedu://profile/teaching",
    ),
    (NotificationKind.VERIFICATION_DECIDED, "REJECTED"): Template(
        ("任教信息未通过审核", "请查看未通过的原因，修改后重新提交。"),
        ("Your teaching information was rejected", "Read the reason, correct it and submit it again."),
        "smartedu://profile/teaching",
    ),
    (NotificationKind.REBIND_DECIDED, "DONE"): Template(
        ("换绑申请已完成", "您的账号已换绑到新手机号，请使用新手机号登录。"),
        ("Your account has moved", "Your account now has the new phone; sign in with it."),
        "smartedu://account/phone",
    ),
    (NotificationKind.REBIND_DECIDED, "REJECTED"): Template(
        (
            "有一项换绑申请未通过",
            "有人申请将您的账号换绑到其他手机号，该申请未通过。如非本人操作，无需处理。",
        ),
        (
            "A request to move your account was rejected",
            "Somebody asked to move your account to another phone; nothing was changed.",
        ),
        "smartedu://account/phone",
    ),
}
"""Texts of the kinds whose text depends on `data["outcome"]`."""


def render(kind: NotificationKind, data: Mapping[str, str], locale: str) -> Rendered:
    """The texts of a notification in `zh-CN` or `en`; LookupError when it has none here."""
    template = OUTCOMES.get((kind, data.get("outcome", ""))) or TEMPLATES[kind]
    title, body = template.en if locale.startswith("en") else template.zh
    return Rendered(title.format(**data), body.format(**data), template.deep_link.format(**_named(data)))


_KINDS = {"course_id": "Course", "topic_id": "Topic"}


def _named(data: Mapping[str, str]) -> dict[str, str]:
    """The data with row numbers as the ids that the API takes, so that a client can follow a link."""
    ids = {name: global_ids.of(kind, data[name]) for name, kind in _KINDS.items() if name in data}
    return {**data, **ids}


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
