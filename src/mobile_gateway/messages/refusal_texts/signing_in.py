"""Texts about requests, codes and signing in (TRUST.md)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

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
    RefusalCode.PHONE_TAKEN: Text(
        "该手机号已注册。",
        "An account already uses this number.",
        "请直接登录；若不是您本人的账号，请联系客服 4001910910。",
        "Sign in instead; if that account is not yours, call support at 4001910910.",
    ),
    RefusalCode.STUDENT_NUMBER_TAKEN: Text(
        "该学校的这个学生号已注册。",
        "This student number is already registered at this school.",
        "请直接登录；忘记密码请联系学校。",
        "Sign in instead; if the password is lost, ask your school.",
    ),
    RefusalCode.STUDENT_NUMBER_INVALID: Text(
        "学生号格式不正确。",
        "This is not a valid student number.",
        "学生号为 4 至 32 位字母或数字。",
        "A student number has 4 to 32 letters or digits.",
    ),
    RefusalCode.PASSWORD_UNFIT: Text(
        "密码不符合要求：{why}",
        "This password cannot be used: {why}",
        "请使用至少 10 个字符、不常见的密码。",
        "Use at least 10 characters and nothing common.",
    ),
    RefusalCode.SIGN_IN_WRONG: Text(
        "学校、学生号或密码不正确。",
        "The school, the student number or the password is wrong.",
        "请核对后重试；忘记密码请联系学校。",
        "Check them and try again; if the password is lost, ask your school.",
    ),
    RefusalCode.SIGN_IN_LOCKED: Text(
        "登录尝试次数过多。",
        "Too many tries to sign in.",
        "请在 {minutes} 分钟后再试。",
        "Try again in {minutes} minutes.",
    ),
    RefusalCode.SECOND_SIGN_IN_REQUIRED: Text(
        "此操作需要再次验证身份。",
        "This needs a second sign-in.",
        "请获取短信验证码并再次确认，确认后 5 分钟内有效。",
        "Ask for a code and confirm again; that holds for 5 minutes.",
    ),
}
