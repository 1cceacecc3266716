"""Texts about topics, their outlines and banners, for the platform's administrators (PRODUCT.md §12)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.SLUG_TAKEN: Text(
        "该标识已被使用。",
        "This slug is taken.",
        "请换一个标识，或在列表中找到已有的内容继续编辑。",
        "Choose another one, or go on with what the list already has under it.",
    ),
    RefusalCode.TOPIC_WITHOUT_COURSES: Text(
        "专题还没有课程。",
        "The topic has no course yet.",
        "请先添加课程，并为每门课程安排足够的视频，再发布专题。",
        "Add courses with enough videos each, then publish it.",
    ),
    RefusalCode.COURSE_BELOW_CAP: Text(
        "课程“{course}”的视频共 {has} 学时，达不到认定的 {needs} 学时。",
        "The videos of “{course}” come to {has} credits; it requires {needs}.",
        "请先为该课程补充视频，或在无人报名时降低其认定学时或撤回发布，再重试。",
        "Add videos to the course first; while nobody is enrolled you may also lower its credits or unpublish.",
    ),
    RefusalCode.TOPIC_HAS_ENROLMENTS: Text(
        "已有教师报名，专题不能撤回。",
        "Teachers are enrolled; the topic cannot be unpublished.",
        "请撤下通往该专题的横幅；如需提前结束学习，请修改学习截止时间。",
        "Withdraw the banners that lead to it; to close it early, edit the end of learning.",
    ),
    RefusalCode.CREDITS_FROZEN: Text(
        "已有教师报名，学时换算、课程及其认定学时不可再修改。",
        "Teachers are enrolled: seconds per credit, courses and what they require stay as they are.",
        "请保持原有设置；新的要求请在新的专题中设置。",
        "Leave them as they are; put new requirements into a new topic.",
    ),
    RefusalCode.CERTIFICATES_ISSUED: Text(
        "该专题已发放证书，证书开放时间不可再修改。",
        "Certificates of this topic were issued; their opening cannot be changed.",
        "请保持原有的证书开放时间。",
        "Leave the opening as it is.",
    ),
    RefusalCode.OUTLINE_FULL: Text(
        "数量已达上限（{most}）。",
        "The limit of {most} is reached.",
        "请放到另一个课程或章节中，或先移出不再需要的资源。",
        "Use another course or section, or take out what is no longer needed.",
    ),
    RefusalCode.OUTLINE_NOT_EMPTY: Text(
        "其中仍有内容，或有教师可能已学过的内容，不能移除。",
        "There is something in it, or was when teachers could learn by it.",
        "请先移出其中的资源和章节；已有教师报名的专题，请改名后继续使用。",
        "Take its resources and sections out first; where teachers are enrolled, rename it and use it on.",
    ),
    RefusalCode.RESOURCE_KIND_MISMATCH: Text(
        "所填内容与资源类型不符。",
        "This does not go with the kind of the resource.",
        "视频需要媒体地址和时长，文档需要文档地址；更换视频请上传新的媒体版本，更换文档请修改文档地址。",
        "A video has media with a duration, a document an address: replace media of videos, edit documents.",
    ),
    RefusalCode.BANNER_ENDED: Text(
        "该横幅已撤下或已过展示时间。",
        "This banner was withdrawn, or its time is over.",
        "已撤下的横幅请重新创建；已过期的请先修改展示时间。",
        "Create a new one for a withdrawn banner; edit the window first where its time is over.",
    ),
}
