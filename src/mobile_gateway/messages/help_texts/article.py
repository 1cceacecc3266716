"""What a help article is."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_gateway.rules.refusal import RefusalCode


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the app that an answer sends its reader to."""

    zh: str
    en: str
    deep_link: str


@dataclass(frozen=True, slots=True)
class Article:
    """One question of the manual and its answer: plain paragraphs, without markup.

    `number` is the manual's own and `slug` its name in addresses; both stay for good. `concerns` are the
    refusals that this answer explains, `links` the pages that it names, in its order.
    """

    number: int
    slug: str
    zh: str
    en: str
    answer_zh: tuple[str, ...]
    answer_en: tuple[str, ...]
    concerns: tuple[RefusalCode, ...] = ()
    links: tuple[Link, ...] = ()

    def question(self, locale: str) -> str:
        """The question in `zh-CN` or `en`."""
        return self.en if locale.startswith("en") else self.zh

    def answer(self, locale: str) -> tuple[str, ...]:
        """The answer's paragraphs in `zh-CN` or `en`."""
        return self.answer_en if locale.startswith("en") else self.answer_zh


PROFILE = Link("个人信息", "Personal information", "smartedu://profile")
TEACHING = Link("当前任教信息", "Current teaching information", "smartedu://profile/teaching")
PHONE = Link("账号设置-绑定手机", "Account settings, bind phone", "smartedu://account/phone")
IDENTITY = Link("切换身份", "Switch identity", "smartedu://account/identity")
SUPPORT = Link("客服联系方式", "Contact support", "smartedu://support")
TRAININGS = Link("我的培训", "My training", "smartedu://trainings")

AFTER_LEAVING_ZH = (
    "注意：移除学校后请尽快添加正确的任教信息并及时联系学校管理员重新审核通过，"
    "以免影响证书发放和学校管理员查看学习情况。"
)
AFTER_LEAVING_EN = (
    "Note: after leaving, add the right teaching information soon and have the school's administrator verify"
    " it again, or the certificate may be held up and the administrator cannot see how you are doing."
)
