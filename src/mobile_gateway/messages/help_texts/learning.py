"""Questions 8 to 13 of the manual: credits and certificates."""

from __future__ import annotations

from mobile_gateway.messages.help_texts.article import (
    AFTER_LEAVING_EN,
    AFTER_LEAVING_ZH,
    PROFILE,
    TEACHING,
    TRAININGS,
    Article,
)
from mobile_gateway.rules.refusal import RefusalCode

ARTICLES = (
    Article(
        8,
        "credits-missing",
        "我点击播放了几个视频，为什么我的已学习学时和认定学时仍为零，或与实际播放时长不符？",
        "I have played some videos. Why are my credits still zero, or less than what I played?",
        ("必须完整观看完所选视频，才可获得该视频对应的学习时长。",),
        ("A video must be watched in full; only then does its whole duration count.",),
        (
            RefusalCode.WATCH_SESSION_EXPIRED,
            RefusalCode.WATCH_BEAT_CONFLICT,
            RefusalCode.OFFLINE_SESSIONS_EXCEEDED,
        ),
        (TRAININGS,),
    ),
    Article(
        9,
        "certificate-refused",
        "为什么我已获得10个认定学时，却无法领取证书？",
        "I have 10 recognised credits. Why can I not claim the certificate?",
        ("个人信息没有被学校管理员审核通过。请联系本校管理员对个人信息进行审核。",),
        (
            (
                "The school's administrator has not verified your personal information. Please ask the administrator of"
                " your school to do so."
            ),
        ),
        concerns=(RefusalCode.IDENTITY_NOT_VERIFIED,),
        links=(TEACHING,),
    ),
    Article(
        10,
        "certificate-download",
        "证书领取后如何下载？",
        "How do I download the certificate after claiming it?",
        (
            (
                "目前只有网页端支持证书下载。在网页端依次点击“个人中心”-“我的培训”-“专题培训”进入相应专题页面，"
                "点击专题页面右上角“领取证书/查看证书”。"
            ),
            "领取证书前请注意核对信息，一旦点击“确认正确”，证书信息将不可更改。",
            "因网络安全需要，证书预览时个人信息显示不完全（带星号），点击右上角“下载”按钮下载后即可看到完整信息。",
        ),
        (
            (
                "Only the web offers the download for now. On the web open “my space”, “my training”, “topic"
                " training”, then the topic, and press “claim / view certificate” at its top right."
            ),
            "Check your details before you claim it: once you press “confirm”, they can no longer be changed.",
            (
                "For safety the preview shows personal details with asterisks; press “download” at the top right to get"
                " the certificate with all of them."
            ),
        ),
        concerns=(RefusalCode.DOWNLOAD_WEB_ONLY, RefusalCode.CERTIFICATE_NOT_RENDERED),
        links=(TRAININGS,),
    ),
    Article(
        11,
        "certificate-correct",
        "证书领取后发现信息有误，如何修改？",
        "The certificate I claimed has a mistake. How do I correct it?",
        (
            (
                "请参照“被学校管理员审核通过后如何从学校移除？”的方法移除学校，然后在“个人信息”中修改信息。"
                "修改后将重新生成历史证书，预计在3-5个工作日会完成证书信息更新。"
            ),
            AFTER_LEAVING_ZH,
            "注意：证书防伪，更新信息后原证书将作废。",
        ),
        (
            (
                "Leave the school as “How do I leave the school?” explains, then correct your “personal information”."
                " After that the certificate is made again; this should take 3 to 5 working days."
            ),
            AFTER_LEAVING_EN,
            "Note: certificates are protected against forgery; once the details are updated, the old one is void.",
        ),
        concerns=(RefusalCode.CERTIFICATE_VOID,),
        links=(TEACHING, PROFILE),
    ),
    Article(
        12,
        "recognised-unchanged",
        "为什么我的学习时长不断增加，但是认定学时没有变化？",
        "Why do my learned credits grow, but the recognised ones do not?",
        ("已经到达了该门课程的认定学时上限。",),
        ("You have reached the most credits that this course is recognised for.",),
        links=(TRAININGS,),
    ),
    Article(
        13,
        "training-completed",
        "如何判断我是否达到结业所需学时呢？",
        "How do I know that I have the credits to complete the training?",
        (
            (
                "本专题共提供7门课程，其中“大力弘扬教育家精神”需获得2个认定学时、"
                "“学科教学能力提升”需获得3个认定学时、其他课程每门课需各获得1个认定学时，"
                "共需要获得10个认定学时方可结业。"
            ),
            "直观的判断方式是总进度中已认定学时的数字是否变蓝。",
        ),
        (
            (
                "The topic has 7 courses. “大力弘扬教育家精神” needs 2 recognised credits, “学科教学能力提升” 3, and"
                " each of the others 1: together 10 are needed to complete it."
            ),
            "The easy way to tell: the recognised credits of the total progress have turned blue.",
        ),
        concerns=(RefusalCode.CREDITS_INSUFFICIENT,),
        links=(TRAININGS,),
    ),
)
