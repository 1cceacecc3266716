"""What payloads share: an expected "no" as data (SCHEMA.md, 6), the scalars, and faults with a code."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.messages import help as help_articles
from mobile_gateway.messages import refusals
from mobile_gateway.rules import phones
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema import words

if TYPE_CHECKING:
    from mobile_gateway.schema.help import HelpArticle

__all__ = [
    "SCALARS",
    "URL",
    "Credits",
    "MaskedPhone",
    "Refused",
    "UserError",
    "config",
    "masked",
    "user_errors",
    "words",
]

Credits = NewType("Credits", str)
URL = NewType("URL", str)
MaskedPhone = NewType("MaskedPhone", str)


def _moment(value: datetime) -> str:
    return value.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in ISO 8601 with its offset; ours are Beijing time, to the millisecond.",
        serialize=_moment,
        parse_value=datetime.fromisoformat,
    ),
    Credits: strawberry.scalar(
        name="Credits", description="学时: a decimal string with two places, rounded down.", serialize=str
    ),
    URL: strawberry.scalar(name="URL", description="An absolute address.", serialize=str, parse_value=str),
    MaskedPhone: strawberry.scalar(
        name="PhoneNumber",
        description="A phone number; given in full on the way in, masked on the way out.",
        serialize=str,
        parse_value=str,
    ),
}


def config(*, suggestions: bool) -> StrawberryConfig:
    """How Strawberry is set up: our scalars, and suggestions only where development is."""
    return StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not suggestions)


@strawberry.type(description="An expected no: what is wrong, where, and what to do next.")
class UserError:
    """One reason for which a mutation did not do what was asked."""

    code: RefusalCode = strawberry.field(description="The reason, for programs.")
    path: list[str] = strawberry.field(description="The field of the input it is about; empty for the whole.")
    message: str = strawberry.field(description="The reason, in the viewer's language.")
    hint: str = strawberry.field(description="What to do next, in the viewer's language.")

    @strawberry.field(description="The help article that explains it; null when none is about it.")
    def help_article(
        self, info: strawberry.Info
    ) -> Annotated["HelpArticle", strawberry.lazy("mobile_gateway.schema.help")] | None:
        """Looked up when it is asked for."""
        from mobile_gateway.schema import help as subject  # noqa: PLC0415 - its Node stands on this module's Refused

        return subject.about(self.code, info.context)


def user_errors(refusal: Refusal | None, locale: str) -> list[UserError]:
    """A refusal as a client reads it; none is an empty list."""
    if refusal is None:
        return []
    message, hint = refusals.text(refusal, locale)
    return [UserError(code=refusal.code, path=list(refusal.path), message=message, hint=hint)]


class Refused(GraphQLError):
    """A read that cannot be answered to this viewer; its code and message reach the client unmasked.

    Where a help article explains it, its slug stands beside them as `helpArticle`.
    """

    def __init__(self, refusal: Refusal, locale: str) -> None:
        message, hint = refusals.text(refusal, locale)
        extensions = {"code": str(refusal.code), "hint": hint}
        if article := help_articles.about(refusal.code):
            extensions["helpArticle"] = article.slug
        super().__init__(message, extensions=extensions)


def masked(phone: str) -> MaskedPhone:
    """A phone number as it may leave the product."""
    return MaskedPhone(phones.mask(phone))
