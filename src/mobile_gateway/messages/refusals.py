"""The text of every refusal, and what to do next, in zh-CN and en. A test holds that none is missing."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_gateway.rules.refusal import Refusal, RefusalCode

FIELDS = {
    "name": ("姓名", "name"),
    "identityDocument": ("证件号码", "identity document"),
    "primaryTeachingRecord": ("当前任教信息", "current teaching information"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A message and a hint in two languages; `{names}` are filled from the refusal's data."""

    zh: str
    en: str
    hint_zh: str
    hint_en: str


TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.BAD_USER_INPUT: Text(
        "输入的内容有误：{why}",
        "What was entered cannot be used: {why}",
        "请修改后重试。",
        "Correct it and try again.",
    ),
    RefusalCode.UNAUTHENTICATED: Text(
        "请先登录。", "Please sign in first.", "登录后即可继续。", "Sign in, then go on."
    ),
    RefusalCode.SESSION_INVALID: Text(
        "登录状态已失效。", "This session is no longer valid.", "请重新登录。", "Please sign in again."
    ),
    RefusalCode.NOT_FOUND: Text(
        "没有找到相关内容。",
        "This was not found.",
        "请返回上一页刷新后重试。",
        "Go back, refresh and try again.",
    ),
    RefusalCode.SERVICE_UNAVAILABLE: Text(
        "服务暂时不可用。",
        "The service is not available right now.",
        "请稍后重试。",
        "Please try again in a moment.",
    ),
    RefusalCode.RATE_LIMITED: Text(
        "操作过于频繁。", "Too many requests.", "请稍后重试。", "Please try again later."
    ),
    RefusalCode.PHONE_INVALID: Text(
        "手机号格式不正确。",
        "This is not a valid mobile number.",
        "请输入 11 位中国大陆手机号。",
        "Enter an 11-digit mainland mobile number.",
    ),
    RefusalCode.CODE_WRONG: Text(
        "验证码错误或已过期。",
        "The code is wrong or has expired.",
        "请核对短信中的最新验证码，或重新获取。",
        "Check the newest message, or ask for a new code.",
    ),
    RefusalCode.CODE_LOCKED: Text(
        "验证码错误次数过多，该验证码已失效。",
        "Too many wrong tries; this code no longer works.",
        "请重新获取验证码。",
        "Ask for a new code.",
    ),
    RefusalCode.CODE_RESEND_TOO_SOON: Text(
        "验证码刚刚发送过。",
        "A code was sent a moment ago.",
        "请在 {seconds} 秒后再次获取。",
        "Ask again in {seconds} seconds.",
    ),
    RefusalCode.CODE_QUOTA_EXCEEDED: Text(
        "今天获取验证码的次数已达上限。",
        "No more codes can be sent today.",
        "请明天再试，或联系客服 4001910910。",
        "Try again tomorrow, or call support at 4001910910.",
    ),
    RefusalCode.ACCOUNT_NOT_FOUND: Text(
        "该手机号尚未注册。",
        "No account uses this number yet.",
        "请先注册，注册时请选择教师身份。",
        "Please register first and choose the teacher identity.",
    ),
    RefusalCode.IDENTITY_NOT_TEACHER: Text(
        "当前身份不是教师。",
        "You are not acting as a teacher.",
        "请切换为教师身份后再试。",
        "Switch to the teacher identity and try again.",
    ),
    RefusalCode.PROFILE_INCOMPLETE: Text(
        "个人信息不完整，缺少：{missing}。",
        "Your profile is incomplete: {missing}.",
        "请在“个人信息”中补充完整后再报名，该信息将用于记录学时和发放电子学习证书。",
        "Complete your personal information first; it is used to record credits and to issue the certificate.",
    ),
    RefusalCode.SCHOOL_NOT_BASIC_EDUCATION: Text(
        "本平台为基础教育教师学习平台",
        "This platform is for teachers of basic education.",
        "如果您确实为基础教育教师，请联系本校管理员在“基本管理”-“基本信息”中选回正确的学制后再报名。",
        "If you do teach in basic education, ask your school's administrator to correct the school's stage.",
    ),
    RefusalCode.TOPIC_NOT_STARTED: Text(
        "学习尚未开始。", "Learning has not started yet.", "请在 {starts} 后报名。", "Enrol from {starts}."
    ),
    RefusalCode.TOPIC_ENDED: Text(
        "学习时间已结束。",
        "The learning window is over.",
        "请关注后续培训。",
        "Look out for the next training.",
    ),
    RefusalCode.NOT_ENROLLED: Text(
        "您尚未报名。",
        "You are not enrolled.",
        "请先在专题页点击“立即报名”。",
        "Enrol on the topic page first.",
    ),
    RefusalCode.NOT_A_VIDEO: Text(
        "该资源不是视频。", "This resource is not a video.", "请直接打开文档。", "Open the document itself."
    ),
    RefusalCode.WATCH_SESSION_EXPIRED: Text(
        "该播放记录已过期，无法上传。",
        "This playback session has expired.",
        "请重新打开视频学习；离线下载的视频请在 7 天内学习并上传。",
        "Open the video again; downloads must be watched and uploaded within 7 days.",
    ),
    RefusalCode.WATCH_BEAT_CONFLICT: Text(
        "学习记录序号重复且内容不一致。",
        "This sequence number was already used for another beat.",
        "请使用新的序号重新上传。",
        "Send it again under a new sequence number.",
    ),
    RefusalCode.OFFLINE_SESSIONS_EXCEEDED: Text(
        "离线下载的视频已达上限（{most} 个）。",
        "You have reached the limit of {most} downloads.",
        "请先完成并上传已下载视频的学习记录。",
        "Finish and upload the ones you have downloaded first.",
    ),
}


def text(refusal: Refusal, locale: str) -> tuple[str, str]:
    """The message and the hint of a refusal in `zh-CN` or `en`."""
    found = TEXTS[refusal.code]
    english = locale.startswith("en")
    data = dict(refusal.data)
    if "missing" in data:
        names = [FIELDS[name][english] for name in data["missing"].split(",")]
        data["missing"] = (", " if english else "、").join(names)
    message, hint = (found.en, found.hint_en) if english else (found.zh, found.hint_zh)
    return message.format(**data) if data else message, hint.format(**data) if data else hint
