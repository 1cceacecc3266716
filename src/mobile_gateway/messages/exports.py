"""Headings and words of exported tables, in zh-CN and en."""

from __future__ import annotations

from mobile_gateway.rules.staff_words import ExportLayout
from mobile_gateway.rules.words import RecordState, SchoolStage

_TEACHERS = {
    "zh": ("地区", "学校", "姓名", "证件号码后四位", "认证状态", "报名时间", "已学习", "已认定"),
    "en": (
        "Region",
        "School",
        "Name",
        "Document ends in",
        "Verification",
        "Enrolled at",
        "Learned",
        "Recognised",
    ),
}
_AFTER_THE_COURSES = {"zh": ("是否完成", "完成时间"), "en": ("Complete", "Completed at")}
_SCHOOLS = {
    "zh": ("地区", "学校", "认证通过", "待审核", "已报名", "已完成", "已认定学时合计"),
    "en": ("Region", "School", "Verified", "Waiting", "Enrolled", "Complete", "Recognised in all"),
}
_CREDITS = {
    "zh": (
        "省",
        "市",
        "区县",
        "学校",
        "学制",
        "认证通过",
        "已报名",
        "已完成",
        "已发证书",
        "已认定学时合计",
        "人均已认定学时",
    ),
    "en": (
        "Province",
        "City",
        "County",
        "School",
        "Stage",
        "Verified",
        "Enrolled",
        "Complete",
        "Certificates",
        "Recognised in all",
        "Recognised on average",
    ),
}
_WHOLE_COUNTY = ("全区县合计", "Whole county")
_STAGES = {
    SchoolStage.KINDERGARTEN: ("幼儿园", "Kindergarten"),
    SchoolStage.PRIMARY: ("小学", "Primary school"),
    SchoolStage.JUNIOR_HIGH: ("初级中学", "Junior high school"),
    SchoolStage.SENIOR_HIGH: ("高级中学", "Senior high school"),
    SchoolStage.NINE_YEAR: ("九年一贯制学校", "Nine-year school"),
    SchoolStage.TWELVE_YEAR: ("十二年一贯制学校", "Twelve-year school"),
    SchoolStage.SPECIAL: ("特殊教育学校", "Special school"),
    SchoolStage.SECONDARY_VOCATIONAL: ("中等职业学校", "Secondary vocational school"),
    SchoolStage.HIGHER_VOCATIONAL: ("高等职业学校", "Higher vocational school"),
    SchoolStage.HIGHER: ("高等学校", "University or college"),
}
_STATES = {
    RecordState.PENDING: ("待审核", "Pending"),
    RecordState.APPROVED: ("认证通过", "Verified"),
    RecordState.REJECTED: ("未通过", "Rejected"),
    RecordState.WITHDRAWN: ("已撤回", "Withdrawn"),
    RecordState.REMOVED: ("已移除", "Removed"),
}
_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


def _language(locale: str) -> str:
    return "en" if locale.startswith("en") else "zh"


def headings(layout: ExportLayout, courses: list[str], locale: str) -> list[str]:
    """The first row; `courses` are the titles of the topic's courses, a column each in the teachers' layout."""
    language = _language(locale)
    if layout is not ExportLayout.TEACHERS:
        return list((_SCHOOLS if layout is ExportLayout.SCHOOLS else _CREDITS)[language])
    return [*_TEACHERS[language], *courses, *_AFTER_THE_COURSES[language]]


def state(found: RecordState, locale: str) -> str:
    """A verification state as people read it."""
    return _STATES[found][_language(locale) == "en"]


def stage(found: SchoolStage, locale: str) -> str:
    """学制 as people read it."""
    return _STAGES[found][_language(locale) == "en"]


def whole_county(locale: str) -> str:
    """What stands for a school's name in the row of a whole county."""
    return _WHOLE_COUNTY[_language(locale) == "en"]


def yes_or_no(held: bool, locale: str) -> str:
    """Whether something holds, as people read it."""
    return _YES_NO[_language(locale)][held]
