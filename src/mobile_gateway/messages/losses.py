"""What a student loses by becoming a teacher, in words for people, in zh-CN and en."""

from __future__ import annotations

from mobile_gateway.rules.words import Loss

_TEXTS: dict[Loss, tuple[str, str]] = {
    Loss.NAME: ("姓名", "Name"),
    Loss.GENDER: ("性别", "Gender"),
    Loss.EMAIL: ("邮箱", "E-mail address"),
    Loss.IDENTITY_DOCUMENT: ("证件类型和证件号码", "Identity document"),
    Loss.STUDENT_NUMBER: (
        "学校和学生号（不能再用学生号登录）",
        "School and student number, and signing in by them",
    ),
    Loss.PASSWORD: ("登录密码", "Password"),
    Loss.INBOX_ITEMS: ("消息", "Messages"),
    Loss.NOTIFICATION_PREFERENCES: ("消息推送设置", "Notification settings"),
    Loss.DEVICES: ("接收推送的设备", "Devices that receive pushes"),
    Loss.OTHER_SIGN_INS: ("其他设备上的登录状态", "Sign-ins on other devices"),
    Loss.PHONE_CHANGES: ("换绑手机号的记录", "Records of phone changes"),
    Loss.LEARNING_RECORDS: ("学习记录", "Learning records"),
    Loss.TEACHING_RECORDS: ("任教信息", "Teaching information"),
}


def shown(loss: Loss, locale: str) -> str:
    """The name of a loss in `zh-CN` or `en`."""
    return _TEXTS[loss][locale.startswith("en")]
