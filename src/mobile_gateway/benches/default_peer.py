"""The default: the product's schema served by Strawberry as its documentation shows it (integrations, Starlette).

https://strawberry.rocks/docs/integrations/starlette: `GraphQL(schema)` with a `get_context` of one's own.
"""

from __future__ import annotations

from typing import Any

import strawberry.asgi
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket

from mobile_gateway.benches.ground import Given
from mobile_gateway.benches.stage import Stage, ready
from mobile_gateway.clock import real
from mobile_gateway.jobs import Jobs
from mobile_gateway.quotas import Quotas
from mobile_gateway.schema import root
from mobile_gateway.schema.context import Context, Viewer
from mobile_gateway.web.authentication import UNKNOWN_NETWORK, locale_of


class _Documented(strawberry.asgi.GraphQL[Any, Any]):
    def __init__(self, stage: Stage) -> None:
        super().__init__(root.build())
        self._stage = stage

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002 - Strawberry's own signature
        assert isinstance(request, Request)
        stage, now = self._stage, real()
        viewer = stage.viewer(request)
        return Context(
            viewer=viewer if isinstance(viewer, Viewer) else None,
            locale=locale_of(request.headers.get("accept-language")),
            network=UNKNOWN_NETWORK,
            now=stage.clock.at(now),
            real_now=now,
            database=stage.database,
            jobs=Jobs(None),
            keyring=stage.keyring,
            catalogue=stage.catalogue,
            quotas=Quotas(),
        )


def application(given: Given) -> Starlette:
    """The schema, as documented."""
    stage = Stage(given)
    routes = [Route("/health/ready", ready), Route("/graphql", _Documented(stage))]
    return Starlette(routes=routes, lifespan=stage.lifespan)
