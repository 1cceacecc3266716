"""`POST /local/clock`: moves the clock of a local run, for walks that reach the training's later dates.

JSON `{"forwardTo": moment}`; forward only, so that nobody's played spans come to lie in the future. From this
machine alone, and as `application/json`, which no page of another site can send unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mobile_gateway.actions import moving_time
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.web.local_pages import loopback_only

_LONGEST = 200
_FURTHEST_YEAR = 2100


class _Wanted(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    forward_to: datetime


def routes(resources: Callable[[], Resources]) -> list[Route]:
    """The one route."""

    async def move(request: Request) -> Response:
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"error": "application/json"}, 415)
        if not request.headers.get("content-length", "").isdigit():
            return JSONResponse({"error": "a length"}, 411)
        if int(request.headers["content-length"]) > _LONGEST:
            return JSONResponse({"error": "too long"}, 413)
        try:
            wanted = msgspec.json.decode(await request.body(), type=_Wanted).forward_to
        except msgspec.MsgspecError:
            return JSONResponse({"error": '{"forwardTo": "2024-09-01T00:00:00+08:00"}'}, 400)
        held, now = resources(), real()
        if wanted.tzinfo is None or wanted.year > _FURTHEST_YEAR or wanted < held.clock.at(now):
            return JSONResponse({"error": "an aware moment that is not in the past, until 2100"}, 400)
        await moving_time.set_clock(held.database, real_now=now, domain_now=wanted, speed=held.clock.speed)
        await held.follow_once()
        return JSONResponse({"now": held.clock.now().isoformat(), "speed": held.clock.speed})

    return [Route("/local/clock", loopback_only(move), methods=["POST"])]
