"""The public check of certificates: `GET /certificates/check?serial=` (PRODUCT.md §8; TRUST.md, "People's data").

Who has a serial learns what its certificate says of itself, with the name masked; the 75 random bits are what keeps
others out. A serial that was never issued and one that was erased get the same page. A text that cannot be a serial
is told as mistyped, which says nothing about certificates: its check character tells it.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from mobile_gateway import metrics
from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI, real
from mobile_gateway.messages import certificates as outcomes
from mobile_gateway.messages import checking as messages
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.reads import certificates
from mobile_gateway.reads.certificates import Checked
from mobile_gateway.rules import serials
from mobile_gateway.rules.quotas import CERTIFICATE_CHECKS
from mobile_gateway.rules.words import CheckOutcome
from mobile_gateway.web.authentication import locale_of, network_of_request
from mobile_gateway.web.pages import Language, headers

PATH: Final = "/certificates/check"

CHECK_SECONDS: Final = 5.0
"""How long a check may wait for the database; then it is told as away."""

AWAY_SECONDS: Final = 30
"""When to come back to a database that is away."""

MOST_SHOWN: Final = 40
"""Characters of a mistyped serial that are put back into the form."""

_HEADERS: Final = headers("no-store", vary="Accept-Language", noindex=True, forms=True)


class Said(StrEnum):
    """What the page says below its form: the label of the metric, and the look."""

    VALID = "valid"
    UPDATING = "updating"
    VOID = "void"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"
    TOO_MANY = "too_many"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class _Answer:
    said: Said
    title: str
    more: tuple[str, ...]
    checked: Checked | None = None
    status: int = 200
    retry_after: int | None = None


def routes(resources: Callable[[], Resources], templates: Jinja2Templates) -> list[Route]:
    """The one route of the check. Without a serial it is the form, and costs nothing.

    200 with what is known of the serial; 429 over the network's quota, 503 while the database is away, both with
    a page and `Retry-After`.
    """
    return [Route(PATH, _Pages(resources, templates).page, name="certificate-check")]


@dataclass(frozen=True, slots=True)
class _Pages:
    resources: Callable[[], Resources]
    templates: Jinja2Templates

    async def page(self, request: Request) -> Response:
        language = locale_of(request.headers.get("accept-language"))
        typed = request.query_params.get("serial", "")
        if not typed.strip():
            return self._render(request, language, "", None)
        serial = serials.read(typed)
        answer = await self._answer(request, language, serial)
        metrics.certificate_checks.labels(answer.said).inc()
        return self._render(request, language, serials.shown(serial) if serial else _harmless(typed), answer)

    async def _answer(self, request: Request, language: Language, serial: str | None) -> _Answer:
        resources = self.resources()
        network = network_of_request(request, resources.settings.trusted_proxies)
        if not await resources.quotas.allow(CERTIFICATE_CHECKS, network):
            title, more = messages.too_many(language)
            return _Answer(Said.TOO_MANY, title, (more,), None, 429, CERTIFICATE_CHECKS.seconds)
        if serial is None:
            title, _ = outcomes.outcome(CheckOutcome.UNKNOWN, language)
            return _Answer(Said.MISTYPED, title, (messages.mistyped(language),))
        try:
            async with asyncio.timeout(CHECK_SECONDS), resources.database.connection() as connection:
                checked = await certificates.check(connection, resources.keyring, serial)
        except (DatabaseAway, TimeoutError):
            title, more = messages.away(language)
            return _Answer(Said.AWAY, title, (more,), None, 503, AWAY_SECONDS)
        if checked is None:
            title, more = outcomes.outcome(CheckOutcome.UNKNOWN, language)
            return _Answer(Said.UNKNOWN, title, (more, messages.more_of_unknown(language)))
        title, more = outcomes.outcome(checked.outcome, language)
        return _Answer(Said(checked.outcome.lower()), title, (more,), checked)

    def _render(self, request: Request, language: Language, serial: str, answer: _Answer | None) -> Response:
        resources = self.resources()
        context = {
            "t": messages.labels(language),
            "language": language,
            "path": PATH,
            "address": f"{resources.settings.public_url.rstrip('/')}{PATH}",
            "serial": serial,
            "answer": answer,
            "rows": _rows(answer.checked, language) if answer and answer.checked else [],
            "now": f"{resources.clock.at(real()):%Y-%m-%d %H:%M}",
        }
        sent: dict[str, str] = _HEADERS | {"content-language": language}
        if answer and answer.retry_after:
            sent["retry-after"] = str(answer.retry_after)
        status = answer.status if answer else 200
        return self.templates.TemplateResponse(
            request, "certificate_check.html", context, status_code=status, headers=sent
        )


def _rows(checked: Checked, language: Language) -> list[dict[str, Any]]:
    """What is shown of a certificate, in its order: a label's name, a text, and whether that is Chinese."""
    english = language == "en"
    days = {"issued": checked.issued_at, "voided": checked.voided_at}
    return [
        {"label": "number", "text": serials.shown(checked.serial)},
        {"label": "holder", "text": checked.masked_name, "chinese": english},
        {"label": "topic", "text": checked.topic_en if english else checked.topic},
        {"label": "credits", "text": checked.credits},
        *(
            {"label": label, "text": messages.day(moment.astimezone(SHANGHAI).date(), language)}
            for label, moment in days.items()
            if moment is not None
        ),
    ]


def _harmless(typed: str) -> str:
    """The beginning of what somebody typed, without what is not seen: controls, overrides, odd spaces."""
    plain = unicodedata.normalize("NFC", typed[:MOST_SHOWN])
    return "".join(one for one in plain if one.isprintable())
