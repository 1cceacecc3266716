"""`GET /local/carrier`: who carries the pushes of a local run, and where they can be looked at.

JSON `{"carrier": "recorder"}`: they stand on `/local/pushes`. `{"carrier": "fcm", "url": address, "authority": path}`:
they stand at FCM's stand-in on this machine, whose certificate that file vouches for; both are null where pushes go to
FCM itself. From this machine alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mobile_gateway.boot import Resources
from mobile_gateway.settings import PushChoice, Settings
from mobile_gateway.web.local_pages import loopback_only
from mobile_gateway.web.pages import headers

_HEADERS: Final = headers("no-store", vary="Accept", noindex=True)


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The one route."""

    async def carrier(_: Request) -> Response:
        return JSONResponse(_told(resources().settings), headers=_HEADERS)

    return [Route("/local/carrier", loopback_only(carrier), name="local-carrier")]


def _told(settings: Settings) -> dict[str, str | None]:
    if settings.push_provider is PushChoice.RECORDER:
        return {"carrier": settings.push_provider.value}
    authority = settings.push_authority
    return {
        "carrier": settings.push_provider.value,
        "url": settings.fcm_stand_in or None,
        "authority": str(authority.resolve()) if authority else None,
    }
