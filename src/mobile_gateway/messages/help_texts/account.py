"""Questions 3 to 5 of the manual: phones and identities."""

from __future__ import annotations

from mobile_gateway.messages.help_texts.article import IDENTITY, PHONE, SUPPORT, Article
from mobile_gateway.rules.refusal import RefusalCode

ARTICLES = (
    Article(
        3,
        "change-phone",
        "我原来手机号不用了，如何更换新手机号？",
        "I no longer use my old phone number. How do I change it?",
        (
            "换绑新手机号。",
            "若原来手机号仍能收取短信：点击右上角头像-“账号设置”-“绑定手机”，按照步骤进行手机号更换。",
            (
                "若原手机号已注销、无法收取短信：请将姓名、身份证号、原手机号、新手机号、手持身份证近照等信息提交"
                "换绑申请，或发送到客服QQ或QQ邮箱，请求换绑。可以在照片上加水印，标注"
                "“仅限于中小学智慧教育平台账号换绑使用”。发送需求后，请注意接听客服电话完成后续换绑工作。"
            ),
            "客服电话和QQ均为4001910910。",
        ),
        (
            "Bind your new number to the account.",
            (
                "If the old number still receives text messages: open your picture at the top right, “account"
                " settings”, “bind phone”, and follow the steps."
            ),
            (
                "If the old number is gone and receives none: send a request to rebind with your name, the number of"
                " your identity card, the old and the new phone number and a recent photo of you holding the card,"
                " here or to support by QQ or QQ mail. You may watermark the photo"
                " “仅限于中小学智慧教育平台账号换绑使用” (only for rebinding an account of this platform). Then answer"
                " when support calls, to finish it."
            ),
            "Support's phone and QQ are both 4001910910.",
        ),
        (
            RefusalCode.PHONE_NOT_EDITABLE,
            RefusalCode.PHONE_UNCHANGED,
            RefusalCode.OLD_PHONE_NOT_PROVEN,
            RefusalCode.UPLOAD_UNFIT,
            RefusalCode.UPLOAD_MISSING,
            RefusalCode.TICKET_ALREADY_OPEN,
            RefusalCode.TICKET_CLOSED,
        ),
        (PHONE, SUPPORT),
    ),
    Article(
        4,
        "student-to-teacher",
        "学生身份如何转换为教师身份？",
        "How do I change from student to teacher?",
        (
            (
                "方式1：若仍使用原账号，可通过智慧中小学APP-“我”，点击右上角切换图标进行身份切换。"
                "注：学生身份修改为教师身份会清空原学生身份数据。目前平台支持学生使用学生号注册，"
                "不是必须使用家长手机号注册，建议学生使用学生号注册。"
            ),
            "方式2：使用新手机号注册教师身份的账号。",
        ),
        (
            (
                "Way 1: keep the account. In the app open “me” and tap the switch icon at the top right. Note: changing"
                " from student to teacher erases the data of the student. Students can register with a student number"
                " and need no parent's phone; that is what we recommend for them."
            ),
            "Way 2: register another account as a teacher, with a new phone number.",
        ),
        (
            RefusalCode.WIPE_CONFIRMATION_REQUIRED,
            RefusalCode.PHONE_REQUIRED,
            RefusalCode.STUDENT_NUMBER_TAKEN,
            RefusalCode.STUDENT_NUMBER_INVALID,
        ),
        (IDENTITY,),
    ),
    Article(
        5,
        "parent-to-teacher",
        "家长身份如何转换为教师身份？",
        "How do I change from parent to teacher?",
        (
            "在网页端：点击右上角头像，切换为教师身份。",
            "在APP端：打开“我”，点击右上角切换图标，切换为教师身份。",
            "家长与教师身份可以互相切换，不会清空数据。",
        ),
        (
            "On the web: open your picture at the top right and switch to teacher.",
            "In the app: open “me” and tap the switch icon at the top right.",
            "Parents and teachers can switch to each other, and nothing is erased by it.",
        ),
        (RefusalCode.IDENTITY_NOT_TEACHER, RefusalCode.IDENTITY_SWITCH_IMPOSSIBLE),
        (IDENTITY,),
    ),
)
