"""The download of an export of progress: `GET /exports/progress.csv?token=…` (PRODUCT.md §8, §12).

A browser follows the link without its bearer token, so the link is one itself: signed, for five minutes and one
download, and dead with the sign-in or the role of who asked for it (`actions.exporting`). The token holds ids
only. The table (`web.export_tables`) is read in pages while it is sent: no connection is held while a slow client
reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from mobile_gateway.actions import exporting
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.web.export_tables import Table

_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The one route of exports. A wrong, expired, used or revoked token is 404, each alike."""

    async def progress(request: Request) -> Response:
        if request.method != "GET":  # a look ahead must not use the link up
            return PlainTextResponse("", 405, {**_HEADERS, "allow": "GET"})
        held = resources()
        token = request.query_params.get("token", "")
        try:
            granted = await exporting.begin(held.database, held.keyring, token=token, now=real())
        except DatabaseAway:
            return PlainTextResponse("Try again later.\n", 503, {**_HEADERS, "retry-after": "5"})
        topic = held.catalogue.topics.get(granted.wanted.topic_id) if granted else None
        if granted is None or topic is None:
            return PlainTextResponse("Not found.\n", 404, _HEADERS)
        logger.info("export_begun", topic=topic.id, layout=granted.wanted.layout)
        name = f"progress-{topic.slug}-{granted.wanted.layout.lower()}.csv"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        table = Table(held.database, granted, topic)
        return StreamingResponse(table.chunks(), 200, headers, "text/csv; charset=utf-8")

    return [Route("/exports/progress.csv", progress, methods=["GET"])]
