"""Texts about certificates (PRODUCT.md §8)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.CERTIFICATE_NOT_OPEN: Text(
        "证书领取尚未开始，{opens} 起可以领取。",
        "Certificates can be claimed from {opens} (Beijing time).",
        "到时将在消息中通知您。",
        "You will be told in your inbox.",
    ),
    RefusalCode.CREDITS_INSUFFICIENT: Text(
        "认定学时不足，尚未完成全部课程。",
        "You do not have all credits yet.",
        "请继续学习未达标的课程，已认定学时变为蓝色即为达标。",
        "Go on with the courses that are short; a course is done when its recognised credits turn blue.",
    ),
    RefusalCode.IDENTITY_NOT_VERIFIED: Text(
        "个人信息没有被学校管理员审核通过。",
        "Your school's administrator has not approved your personal information.",
        "请联系本校管理员对个人信息进行审核。",
        "Ask your school's administrator to review it.",
    ),
    RefusalCode.PREVIEW_STALE: Text(
        "证书信息已变化或预览已过期。",
        "The certificate's information has changed, or the preview is too old.",
        "请重新预览并核对后再确认。",
        "Preview it again, check it, and then confirm.",
    ),
    RefusalCode.NAME_NOT_PRINTABLE: Text(
        "证书字体中没有以下字符，无法打印：{characters}",
        "The certificate's font lacks these characters: {characters}",
        "请联系客服 4001910910，并提供身份证件上的写法；也可先在“个人信息”中核对姓名。",
        "Check your name in your profile; if it is right, call 4001910910 and tell how your document writes it.",
    ),
    RefusalCode.DOWNLOAD_WEB_ONLY: Text(
        "目前只有网页端支持证书下载",
        "Certificates can be downloaded on the website only.",
        "请用网页浏览器登录，在“个人中心”-“我的培训”-“专题培训”中进入专题页下载。",
        "Sign in with a web browser and open the topic from “my trainings” in your personal centre.",
    ),
    RefusalCode.CERTIFICATE_NOT_RENDERED: Text(
        "证书文件正在生成。",
        "The certificate's file is being made.",
        "请稍候几秒再下载。",
        "Try again in a few seconds.",
    ),
    RefusalCode.CERTIFICATE_VOID: Text(
        "该证书已作废，不能下载。",
        "This certificate is void and cannot be downloaded.",
        "请在专题页查看最新的证书。",
        "See the newest one on the topic page.",
    ),
}
