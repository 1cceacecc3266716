"""Photos on their way in and out: `POST /uploads/{token}` and `GET /uploads/photo/{token}` (PRODUCT.md §7).

Neither answers to other origins: there are no CORS headers. A file costs, before it is kept: a signature, a row,
its bytes counted as they come, a look at its first bytes; only then is the address spent and the picture decoded,
one at a time in a process. What is weak: eight networks that send slowly keep others of this process waiting for up
to a minute; those are told to come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from mobile_gateway.actions import rebind_desk, uploading
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.messages import photos as said
from mobile_gateway.messages import refusals
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.reads import uploads
from mobile_gateway.reads.uploads import Photo, Standing
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.uploads import KEPT_AS, MOST_BYTES, Unfit, looks_like_photo
from mobile_gateway.web.authentication import locale_of, network_of_request
from mobile_gateway.web.bodies import BodyRefused, read_body

BODIES_AT_ONCE: Final = 16
"""Files that a process takes in at the same time: 80 MB at the worst."""

DECODED_AT_ONCE: Final = 1
"""Pictures that a process decodes at the same time; each may need 320 MB for a moment."""

ROOM_OF_A_NETWORK: Final = 2
"""Files of one network that a process takes in at the same time."""

BODY_SECONDS: Final = 60.0
"""For a whole file: 5 MB over a slow uplink."""

SILENT_SECONDS: Final = 15.0
"""After this long without a byte a client is cut, as everywhere."""

_PRIVATE: Final = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_PHOTO: Final = {
    **_PRIVATE,
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}
_BUSY_SECONDS: Final = "5"
_LATE: Final = 408


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The two routes. Answers of the first are JSON: `{"uploaded": true}`, or `{"error": {code, message, hint}}`."""
    door = _Door(resources)
    return [
        Route("/uploads/photo/{token}", door.photo, methods=["GET"]),
        Route("/uploads/{token}", door.upload, methods=["POST"]),
    ]


class _Refused(Exception):
    """Why a file is not taken, with its HTTP status."""

    def __init__(self, status: int, refusal: Refusal, headers: dict[str, str] | None = None) -> None:
        super().__init__(refusal.code)
        self.status, self.refusal, self.headers = status, refusal, headers or {}


class _Door:
    def __init__(self, resources: Callable[[], Resources]) -> None:
        self._resources = resources
        self._coming: dict[UUID, str] = {}
        self._decoding: CapacityLimiter | None = None

    async def upload(self, request: Request) -> Response:
        """201 when kept. 404: not an address of ours, or late. 409: used. 413, 415, 400, 408: the file. 503: later."""
        locale = locale_of(request.headers.get("accept-language"))
        try:
            await self._take_in(request, locale)
        except _Refused as no:
            message, hint = refusals.text(no.refusal, locale)
            error = {"code": str(no.refusal.code), "message": message, "hint": hint}
            return JSONResponse({"error": error}, no.status, {**_PRIVATE, **no.headers})
        except DatabaseAway:
            message, hint = refusals.text(Refusal(RefusalCode.SERVICE_UNAVAILABLE), locale)
            error = {"code": RefusalCode.SERVICE_UNAVAILABLE.value, "message": message, "hint": hint}
            return JSONResponse({"error": error}, 503, _PRIVATE)
        return JSONResponse({"uploaded": True}, 201, _PRIVATE)

    async def photo(self, request: Request) -> Response:
        """The photo of a ticket for the agent that the link was given to, once; 404 in every other case."""
        resources, now = self._resources(), real()
        view = uploads.view_of(resources.keyring, request.path_params["token"], now)
        if view is None:
            return Response(status_code=404, headers=_PRIVATE)
        try:
            async with resources.database.connection() as connection:
                found = await uploads.photo(connection, resources.keyring, view)
            once = found is not None and await rebind_desk.fetch_photo(
                resources.database, agent_id=view.agent_id, ticket_id=view.ticket_id, link=view.link
            )
        except DatabaseAway:
            return Response(status_code=503, headers=_PRIVATE)
        if found is None or not once:
            return Response(status_code=404, headers=_PRIVATE)
        logger.info("photo_fetched", ticket=view.ticket_id, agent=view.agent_id)
        return Response(found.data, headers=_PHOTO, media_type=found.media_type)

    async def _take_in(self, request: Request, locale: str) -> None:
        resources = self._resources()
        upload_id = await self._address(request, locale)
        async with self._room(upload_id, self._network(request)):
            data = await self._file(request, upload_id, locale)
            if not await uploading.spend(resources.database, upload_id, real()):
                raise _used()
            clean = await to_thread.run_sync(_cleaned, data, limiter=self._limiter())
        if isinstance(clean, Unfit):
            raise _unfit(415, clean, locale)
        photo = Photo(KEPT_AS, clean)
        if not await uploading.keep(resources.database, resources.keyring, upload_id, photo, real()):
            raise _used()

    async def _address(self, request: Request, locale: str) -> UUID:
        """The upload that the address names, if it still takes a file."""
        resources = self._resources()
        upload_id = uploads.upload_of(resources.keyring, request.path_params["token"], real())
        if upload_id is None:
            raise _gone()
        if not request.headers.get("content-type", "").lower().startswith("image/"):
            raise _unfit(415, Unfit.NO_PHOTO, locale)
        async with resources.database.connection() as connection:
            standing = await uploads.standing(connection, upload_id, real())
        if standing is Standing.GONE:
            raise _gone()
        if standing is Standing.USED:
            raise _used()
        return upload_id

    async def _file(self, request: Request, upload_id: UUID, locale: str) -> bytes:
        """The bytes of what looks like a photo. Who is late spends the address, and cannot be late with it again."""
        try:
            data = await _body(request, locale)
        except _Refused as no:
            if no.status == _LATE:
                await uploading.spend(self._resources().database, upload_id, real())
            raise
        if not data:
            raise _unfit(400, Unfit.EMPTY, locale)
        if not looks_like_photo(data):
            raise _unfit(415, Unfit.NO_PHOTO, locale)
        return data

    @asynccontextmanager
    async def _room(self, upload_id: UUID, network: str) -> AsyncIterator[None]:
        """Room for one more file; none for a second one to the same address, or a third of one network."""
        if upload_id in self._coming:
            raise _used()
        of_network = sum(one == network for one in self._coming.values())
        if len(self._coming) >= BODIES_AT_ONCE or of_network >= ROOM_OF_A_NETWORK:
            raise _Refused(503, Refusal(RefusalCode.SERVICE_UNAVAILABLE), {"retry-after": _BUSY_SECONDS})
        self._coming[upload_id] = network
        try:
            yield
        finally:
            del self._coming[upload_id]

    def _network(self, request: Request) -> str:
        return network_of_request(request, self._resources().settings.trusted_proxies)

    def _limiter(self) -> CapacityLimiter:
        if self._decoding is None:  # made inside the event loop
            self._decoding = CapacityLimiter(DECODED_AT_ONCE)
        return self._decoding


def _cleaned(data: bytes) -> bytes | Unfit:
    """To be called in a thread, which loads what decodes when the first photo comes."""
    from mobile_gateway.documents import photos  # noqa: PLC0415 - Pillow is 6 MB, and few processes see a photo

    return photos.cleaned(data)


async def _body(request: Request, locale: str) -> bytes:
    async def steadily() -> Message:
        async with asyncio.timeout(SILENT_SECONDS):
            return await request.receive()

    length = request.headers.get("content-length")
    body = await read_body(steadily, limit=MOST_BYTES, timeout_seconds=BODY_SECONDS, content_length=length)
    if not isinstance(body, BodyRefused):
        return body
    why = Unfit.TOO_LARGE if body.status == 413 else Unfit.BROKEN  # noqa: PLR2004 - HTTP's own number
    raise _unfit(body.status, why, locale, body.headers)


def _unfit(status: int, why: Unfit, locale: str, headers: dict[str, str] | None = None) -> _Refused:
    return _Refused(status, Refusal(RefusalCode.UPLOAD_UNFIT, data={"why": said.unfit(why, locale)}), headers)


def _gone() -> _Refused:
    return _Refused(404, Refusal(RefusalCode.UPLOAD_MISSING))


def _used() -> _Refused:
    return _Refused(409, Refusal(RefusalCode.UPLOAD_MISSING))
