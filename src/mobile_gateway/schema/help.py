"""Help: the manual's thirteen questions, found by their text or from the refusal that they explain."""

from typing import Annotated

import strawberry

from mobile_gateway.messages import help as articles
from mobile_gateway.messages.help_texts.article import Article
from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import URL, Refused
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import Node, global_id

LONGEST_SEARCH = 100


@strawberry.type(description="A page of the app that an answer sends its reader to.")
class HelpLink:
    """A link below an answer."""

    label: str = strawberry.field(description="What to call it, in the viewer's language.")
    url: URL = strawberry.field(description="The page's deep link.")


@strawberry.type(description="One of the manual's thirteen questions, in the viewer's language.")
class HelpArticle(Node):
    """A question and its answer."""

    slug: str = strawberry.field(description="Its name in addresses; stable.")
    number: int = strawberry.field(description="The number of the question in the manual, 1 to 13.")
    question: str = strawberry.field(description="The question.")
    answer: list[str] = strawberry.field(description="The answer: plain paragraphs, without markup.")
    concerns: list[RefusalCode] = strawberry.field(description="The refusals that it explains.")
    links: list[HelpLink] = strawberry.field(description="The pages that the answer names, in its order.")


def help_article(article: Article, locale: str) -> HelpArticle:
    """An article as a client reads it."""
    english = locale.startswith("en")
    return HelpArticle(
        id=global_id("HelpArticle", article.number),
        slug=article.slug,
        number=article.number,
        question=article.question(locale),
        answer=list(article.answer(locale)),
        concerns=list(article.concerns),
        links=[
            HelpLink(label=link.en if english else link.zh, url=URL(link.deep_link)) for link in article.links
        ],
    )


def help_article_of(number: int, locale: str) -> HelpArticle | None:
    """The article of the manual's number, or None."""
    found = articles.ARTICLES.get(number)
    return help_article(found, locale) if found else None


def about(code: RefusalCode, context: Context) -> HelpArticle | None:
    """The article that explains a refusal to this viewer, or None."""
    found = articles.about(code, context.viewer.identity if context.viewer else None)
    return help_article(found, context.locale) if found else None


@strawberry.type
class HelpQuery:
    """The help page's roots."""

    @strawberry.field(
        description="The manual's questions that have every word of `search`, in its order; all thirteen without it."
    )
    def help_articles(
        self,
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(description="Words of the viewer's language, up to 100 characters."),
        ] = None,
    ) -> list[HelpArticle] | None:
        """热点问题答疑: never more than thirteen. Raises BAD_USER_INPUT for a text that nobody types."""
        locale = info.context.locale
        text = texts.clean(search or "", longest=LONGEST_SEARCH, shortest=0)
        if isinstance(text, texts.Unclean):
            why = {"why": f"search: 0–{LONGEST_SEARCH}"}
            raise Refused(Refusal(RefusalCode.BAD_USER_INPUT, ("search",), why), locale)
        return [help_article(found, locale) for found in articles.search(text, locale)]

    @strawberry.field(description="One question by its slug; null when there is none.")
    def help_article(
        self, info: Info, slug: Annotated[str, strawberry.argument(description="Its name in addresses.")]
    ) -> HelpArticle | None:
        """What a link of ours names."""
        found = articles.BY_SLUG.get(slug)
        return help_article(found, info.context.locale) if found else None
