"""The text of every refusal, and what to do next, in zh-CN and en. A test holds that none is missing."""

from __future__ import annotations

from mobile_gateway.messages import reasons
from mobile_gateway.messages.refusal_texts import (
    campaigns,
    certificates,
    learning,
    people,
    platform,
    schools_and_phones,
    signing_in,
)
from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import Refusal, RefusalCode

FIELDS = {
    "name": ("姓名", "name"),
    "identityDocument": ("证件号码", "identity document"),
    "primaryTeachingRecord": ("当前任教信息", "current teaching information"),
}

TEXTS: dict[RefusalCode, Text] = {
    **signing_in.TEXTS,
    **learning.TEXTS,
    **people.TEXTS,
    **schools_and_phones.TEXTS,
    **certificates.TEXTS,
    **platform.TEXTS,
    **campaigns.TEXTS,
}


def text(refusal: Refusal, locale: str) -> tuple[str, str]:
    """The message and the hint of a refusal in `zh-CN` or `en`."""
    found = TEXTS[refusal.code]
    english = locale.startswith("en")
    data = dict(refusal.data)
    if english:
        data |= {key.removesuffix("_en"): value for key, value in data.items() if key.endswith("_en")}
    if "missing" in data:
        names = [FIELDS[name][english] for name in data["missing"].split(",")]
        data["missing"] = (", " if english else "、").join(names)
    if "why" in data:
        data["why"] = reasons.text(refusal.code, data["why"], locale).format(**data)
    message, hint = (found.en, found.hint_en) if english else (found.zh, found.hint_zh)
    return message.format(**data) if data else message, hint.format(**data) if data else hint
