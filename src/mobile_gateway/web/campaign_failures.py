"""The download of a campaign's failures by cause: `GET /exports/campaign-failures.csv?token=…` (PRODUCT.md §11).

The link is a token itself, signed, for five minutes and one download (`actions.exporting_failures`). The table has no
push token and nothing personal: a person is the opaque id that the audit log shows too. It is read in pages while it
is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from mobile_gateway.actions import exporting_failures
from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI, real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database, DatabaseAway
from mobile_gateway.reads import campaigns
from mobile_gateway.rules import cells
from mobile_gateway.schema.nodes import global_id

PAGE: Final = 1_000
HEADINGS: Final = ("state", "cause", "platform", "provider", "appVersion", "attempts", "settledAt", "person")
_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The one route. A wrong, expired, used or revoked token is 404, each alike."""

    async def failures(request: Request) -> Response:
        if request.method != "GET":  # a look ahead must not use the link up
            return PlainTextResponse("", 405, {**_HEADERS, "allow": "GET"})
        held = resources()
        token = request.query_params.get("token", "")
        try:
            campaign = await exporting_failures.begin(held.database, held.keyring, token=token, now=real())
        except DatabaseAway:
            return PlainTextResponse("Try again later.\n", 503, {**_HEADERS, "retry-after": "5"})
        if campaign is None:
            return PlainTextResponse("Not found.\n", 404, _HEADERS)
        logger.info("campaign_failures_begun", campaign=campaign)
        headers = {
            **_HEADERS,
            "content-disposition": f'attachment; filename="campaign-{campaign}-failures.csv"',
        }
        return StreamingResponse(_chunks(held.database, campaign), 200, headers, "text/csv; charset=utf-8")

    return [Route("/exports/campaign-failures.csv", failures, methods=["GET"])]


async def _chunks(database: Database, campaign: int) -> AsyncIterator[str]:
    yield cells.BOM + cells.lines([HEADINGS])
    after, more = campaigns.BEFORE_ALL, True
    while more:
        async with database.connection() as connection:
            rows = await campaigns.failures(connection, campaign, first=PAGE, after=after)
        more = len(rows) == PAGE
        if rows:
            after = campaigns.key(rows[-1])
            yield cells.lines(_row(row) for row in rows)


def _row(row: campaigns.Failure) -> list[str]:
    settled = row.settled_at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    person = global_id("Person", row.person_id)
    said = (row.state, row.outcome, row.platform, row.provider, row.app_version or "", str(row.attempts))
    return [cells.safe(text) for text in (*said, settled, person)]
