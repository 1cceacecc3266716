"""Questions 1, 2, 6 and 7 of the manual: schools and personal information."""

from __future__ import annotations

from mobile_gateway.messages.help_texts.article import (
    AFTER_LEAVING_EN,
    AFTER_LEAVING_ZH,
    PROFILE,
    TEACHING,
    Article,
)
from mobile_gateway.rules.refusal import RefusalCode

ARTICLES = (
    Article(
        1,
        "school-missing",
        "填写个人信息时找不到学校怎么办？",
        "I cannot find my school when I fill in my personal information. What can I do?",
        (
            (
                "若您所在的学校不在列表中，请联系本校管理员，确认学校在平台里正确的名称及隶属关系，"
                "核实选择的学校是否正确。"
            ),
            (
                "若学校确实不在平台里，请联系本校管理员，请其与县区管理员联系新增学校。新增学校后，"
                "您可以在“个人中心/我”-“个人信息”-“当前任教信息”里选择正确的学校。"
            ),
            "若新增学校后，仍找不到学校，请重新打开学校列表后再选择；使用浏览器的，也可以清理浏览器缓存。",
        ),
        (
            (
                "If your school is not in the list, ask its administrator for the name it has on the platform and the"
                " county it belongs to, and check that you look for the right one."
            ),
            (
                "If the school really is not there, ask its administrator to have the county's administrator add it."
                " After that, choose it in “me”, “personal information”, “current teaching information”."
            ),
            (
                "If you still cannot find it then, open the list of schools anew; in a browser you may also clear its"
                " cache."
            ),
        ),
        (RefusalCode.SCHOOL_NOT_FOUND, RefusalCode.SCHOOL_MERGED, RefusalCode.PROFILE_INCOMPLETE),
        (TEACHING,),
    ),
    Article(
        2,
        "not-basic-education",
        "报名时显示“本平台为基础教育教师学习平台”无法报名怎么办？",
        "Enrolling says “this platform is for teachers of basic education”. What can I do?",
        (
            (
                "国家中小学智慧教育平台（basic.smartedu.cn）为基础教育教师学习平台，学校学制为中职、高职、"
                "高等教育的教师无法在此平台学习，职业教育、高等教育教师请到相应的学习平台学习。"
            ),
            (
                "如果您确实为基础教育教师，可能是学校的基本信息有误，请联系本校管理员，请其在平台管理系统的"
                "“基本管理”-“基本信息”中完善信息，选回正确的学制信息后再报名学习。"
            ),
        ),
        (
            (
                "This platform (basic.smartedu.cn) is for teachers of basic education. Teachers of a school whose stage"
                " is secondary vocational, higher vocational or higher education cannot learn here; please use the"
                " platform for vocational or for higher education."
            ),
            (
                "If you do teach in basic education, the school's own data may be wrong. Ask its administrator to"
                " correct the stage in the management system, “basic management”, “basic information”; then enrol."
            ),
        ),
        (RefusalCode.SCHOOL_NOT_BASIC_EDUCATION,),
        (TEACHING,),
    ),
    Article(
        6,
        "leave-school",
        "被学校管理员审核通过后如何从学校移除？",
        "The school's administrator has verified me. How do I leave the school?",
        (
            (
                "方式1：在网页端登录后点击右上角头像进入“个人中心”-“个人信息”，然后在“当前任教信息”中点击“删除”，"
                "根据提示点击“确定”即可从学校移除。"
            ),
            (
                "方式2：在APP端登录后依次点击“我”-“个人信息”，然后在“当前任教信息”中点击需要从中移除的学校，"
                "再点击“删除该任教信息”，根据提示点击“确定”即可从学校移除。"
            ),
            AFTER_LEAVING_ZH,
        ),
        (
            (
                "Way 1, on the web: sign in, open your picture at the top right, “my space”, “personal information”;"
                " under “current teaching information” press “delete” and confirm."
            ),
            (
                "Way 2, in the app: sign in, open “me”, “personal information”; under “current teaching information”"
                " tap the school to leave, then “delete this teaching information”, and confirm."
            ),
            AFTER_LEAVING_EN,
        ),
        (
            RefusalCode.LEAVE_NOT_CONFIRMED,
            RefusalCode.TEACHING_RECORDS_EXCEEDED,
            RefusalCode.TEACHING_RECORD_EXISTS,
        ),
        (TEACHING,),
    ),
    Article(
        7,
        "correct-profile",
        "如果填写的个人信息有误，如何修改？",
        "My personal information is wrong. How do I correct it?",
        (
            (
                "可以登录后点击右上角头像进入“个人中心”-“个人信息”中修改。手机号为账号，不可修改。"
                "如果需要更换手机号，请参看“我原来手机号不用了，如何更换新手机号？”。"
            ),
            (
                "认证状态为“认证通过”的教师不可以直接修改证件号码和所在学校，"
                "请参照“被学校管理员审核通过后如何从学校移除？”移除学校后再修改。"
            ),
            AFTER_LEAVING_ZH,
        ),
        (
            (
                "Sign in, open your picture at the top right, “my space”, “personal information”, and edit it there."
                " The phone is the account and cannot be edited; to change it, see “I no longer use my old phone"
                " number”."
            ),
            (
                "A verified teacher cannot edit the document number or the school directly: leave the school first, as"
                " “How do I leave the school?” explains, then edit."
            ),
            AFTER_LEAVING_EN,
        ),
        (
            RefusalCode.FIELD_LOCKED_VERIFIED,
            RefusalCode.NAME_INVALID,
            RefusalCode.ID_NUMBER_INVALID,
            RefusalCode.ID_NUMBER_IN_USE,
            RefusalCode.EMAIL_INVALID,
            RefusalCode.CONFLICT,
        ),
        (PROFILE, TEACHING),
    ),
)
