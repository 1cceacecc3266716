"""Fetching certificates' files: the document by its holder's signed address, masked pictures by theirs (PRODUCT.md §8).

Files lie sealed in the store and are opened here. Every refusal of an address is the same 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mobile_gateway import metrics, seals
from mobile_gateway.actions import downloading, rendering
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.documents.store import StoreAway
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.reads import certificate_files, certificates
from mobile_gateway.reads.certificate_files import PDF, PNG, File
from mobile_gateway.rules import serials

_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_AGAIN: Final = {"retry-after": "2"}


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """`/certificates/document.pdf?token=…` and `/certificates/pictures/{token}`."""

    async def document(request: Request) -> Response:
        held, token = resources(), request.query_params.get("token", "")
        found = await downloading.begin(held.database, held.keyring, token=token, now=real())
        if found is None:
            return _absent()
        data = await _opened(held, PDF, found.serial)
        if data is None:
            return await _drawn_anew(held, found.serial)
        name = f"certificate-{serials.shown(found.serial)}.pdf"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(data, 200, headers, PDF.media_type)

    async def picture(request: Request) -> Response:
        held = resources()
        about = certificate_files.read_picture(held.keyring, request.path_params["token"], real())
        if about is None:
            return _absent()
        if isinstance(about, UUID):
            async with held.database.connection() as connection:
                known, data = await certificates.picture(connection, about)
            if data is None:
                return _waiting() if known else _absent()
        else:
            data = await _opened(held, PNG, about)
            if data is None:
                return await _drawn_anew(held, about)
        return Response(data, 200, {**_HEADERS, "cache-control": "private, max-age=600"}, PNG.media_type)

    return [
        Route("/certificates/document.pdf", _steady(document), methods=["GET"]),
        Route("/certificates/pictures/{token}", _steady(picture), methods=["GET"]),
    ]


def _steady(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """`answer`, and 503 while the database or the store is away."""

    async def steady(request: Request) -> Response:
        try:
            return await answer(request)
        except (DatabaseAway, StoreAway) as why:
            logger.warning("certificate_file_away", why=type(why).__name__)
            return PlainTextResponse("Try again later.\n", 503, {**_HEADERS, "retry-after": "5"})

    return steady


async def _opened(held: Resources, file: File, serial: str) -> bytes | None:
    """A file as it was drawn; None when it is lost or damaged."""
    sealed = await held.store.get(file.key(serial))
    if sealed is None:
        return None
    try:
        return seals.unseal(held.keyring, sealed, column=file.column, owner=serial)
    except seals.SealBroken:
        metrics.seals_broken.labels("document").inc()
        return None


async def _drawn_anew(held: Resources, serial: str) -> Response:
    """A document that the row promises and the store has not is drawn again; a void one is no more."""
    if not await rendering.redraw(held.database, real(), serial=serial):
        return _absent()
    logger.error("document_lost")
    await held.jobs.render_certificates()
    return _waiting()


def _waiting() -> Response:
    return PlainTextResponse("Being drawn.\n", 202, {**_HEADERS, **_AGAIN})


def _absent() -> Response:
    return PlainTextResponse("Not found.\n", 404, _HEADERS)
