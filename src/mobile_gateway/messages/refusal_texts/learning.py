"""Texts about enrolling and watching (PRODUCT.md §3, §4)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
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
