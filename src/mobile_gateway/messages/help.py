"""The manual's thirteen questions as help articles, and the one that a refusal sends its reader to.

A test holds that all thirteen are here in both languages and that no refusal is claimed by two of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from mobile_gateway.messages.help_texts import account, learning, profile
from mobile_gateway.messages.help_texts.article import Article
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import Identity

ARTICLES: Mapping[int, Article] = MappingProxyType(
    {
        one.number: one
        for one in sorted(
            (*account.ARTICLES, *profile.ARTICLES, *learning.ARTICLES), key=lambda article: article.number
        )
    }
)
"""Every article by the manual's number, in its order."""

BY_SLUG: Mapping[str, Article] = MappingProxyType({one.slug: one for one in ARTICLES.values()})

_BY_REFUSAL = {code: one for one in ARTICLES.values() for code in one.concerns}
_STUDENT_TO_TEACHER = 4


def about(code: RefusalCode, identity: Identity | None = None) -> Article | None:
    """The article that explains a refusal; None when no question of the manual is about it.

    Who is no teacher is sent to the question of their own identity: a student's switch erases data, a
    parent's does not.
    """
    if code is RefusalCode.IDENTITY_NOT_TEACHER and identity is Identity.STUDENT:
        return ARTICLES[_STUDENT_TO_TEACHER]
    return _BY_REFUSAL.get(code)


def search(text: str, locale: str) -> list[Article]:
    """The articles whose question or answer has every word of `text`, in the manual's order; all for no word.

    Case and width of letters do not matter. Only the language of `locale` is searched.
    """
    words = _folded(text).split()
    return [one for one in ARTICLES.values() if all(word in _whole(one, locale) for word in words)]


def _whole(article: Article, locale: str) -> str:
    return _folded("\n".join((article.question(locale), *article.answer(locale))))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
