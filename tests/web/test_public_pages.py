"""The language that public pages speak, and the headers that lock them down."""

from __future__ import annotations

import pytest

from mobile_gateway.web import pages


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.5, zh;q=0.6", "zh-CN"),
        ("fr, en;q=0.3", "en"),
        ("fr", "zh-CN"),
        ("*", "zh-CN"),
        ("zhx, enx", "zh-CN"),
        ("EN", "en"),
    ],
)
def test_the_language_follows_accept_language(header: str, language: str) -> None:
    assert pages.language_of(header) == language


def test_a_page_takes_files_of_our_own_alone_and_no_form_unless_it_has_one() -> None:
    plain = pages.headers("no-store", vary="Accept-Language", noindex=False)
    policy = dict(part.strip().split(" ", 1) for part in plain["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "img-src": "'self'",
        "style-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "x-robots-tag" not in plain
    asking = pages.headers("no-store", vary="Accept-Language", noindex=True, forms=True)
    assert "form-action 'self';" in asking["content-security-policy"]
    assert asking["x-robots-tag"] == "noindex"
