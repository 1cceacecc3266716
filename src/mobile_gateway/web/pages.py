"""What the public pages share: the language they speak, and the headers that lock them down (TRUST.md)."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["zh-CN", "en"]


def language_of(accept_language: str) -> Language:
    """Choose zh-CN or en by the weights of an Accept-Language (RFC 9110 §12.5.4); zh-CN if in doubt."""
    weights = {"zh": 0.0, "en": 0.0}
    for tag, weight in re.findall(
        r"(?:^|,)\s*(zh|en)(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*(?=,|$)",
        accept_language[:512].lower(),
    ):
        weights[tag] = max(weights[tag], float(weight or 1))
    return "en" if weights["en"] > weights["zh"] else "zh-CN"


def headers(cache: str, *, vary: str, noindex: bool, forms: bool = False) -> dict[str, str]:
    """Headers of a page: files of our own and nothing else, no script, no frame; `forms` may be sent to us."""
    form_action = "'self'" if forms else "'none'"
    locked = {
        "cache-control": cache,
        "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "vary": vary,
        "x-content-type-options": "nosniff",
    }
    return locked | {"x-robots-tag": "noindex"} if noindex else locked
