"""The gateway as a value: routes over a process's resources, which the lifespan opens and closes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from mobile_gateway import logs, metrics, seals
from mobile_gateway import settings as settings_of
from mobile_gateway.actions import counting
from mobile_gateway.boot import Resources, open_resources
from mobile_gateway.clock import SHANGHAI, real
from mobile_gateway.execution import Operations
from mobile_gateway.schema import operations as trusted
from mobile_gateway.settings import LogFormat, Settings
from mobile_gateway.web import (
    beginning,
    campaign_failures,
    certificates,
    checking,
    download,
    exports,
    uploads,
)
from mobile_gateway.web.asking import Policy
from mobile_gateway.web.compiling import compile_ahead, operations_of
from mobile_gateway.web.ending import hearing_the_end
from mobile_gateway.web.graphql import GraphQL
from mobile_gateway.web.sockets import Sockets
from mobile_gateway.web.subscribing import Crowd

HERE = Path(__file__).parent
CHANNEL = "download-channel"


def _bind_request_id() -> str:
    """Give every log line of this request its id."""
    request_id = uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)
    return request_id


class RequestId:
    """Gives each request an id, on its log lines and in its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] == "websocket":
            _bind_request_id()
        if scope["type"] == "http":
            request_id = _bind_request_id()

            async def tagged(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                await send(message)

            await self._app(scope, receive, tagged)
        else:
            await self._app(scope, receive, send)


def application(settings: Settings, *, served: bool = False) -> Starlette:
    """The gateway of these settings. Nothing is opened before its lifespan starts.

    `served` when it has a process of its own, whose end it hears of: then streams end before the server waits
    for them.
    """
    door = _Door()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        resources = await open_resources(settings)
        operations = operations_of(is_local=settings.is_local)
        door.open(resources, operations)
        following = [
            asyncio.create_task(resources.follow()),
            asyncio.create_task(resources.live.follow()),
            asyncio.create_task(_finish(operations, served=served)),
        ]
        app.state.resources = resources
        try:
            with hearing_the_end(resources.live.leave) if served else contextlib.nullcontext():
                yield
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)
            await resources.close()

    templates = Jinja2Templates(HERE / "templates")
    targets = download.DownloadTargets(
        public_url=settings.public_url.rstrip("/"),
        app_store_url=settings.app_store_url,
        android_url=settings.android_url,
        desktop_url=settings.desktop_url,
    )
    routes = [
        Route("/graphql", door.graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", door.socket),
        Route("/health/live", door.live),
        Route("/health/ready", door.ready),
        Route("/metrics", _metrics),
        *download.routes(targets, channel_of=door.channel_of, count=door.count_scan, templates=templates),
        *checking.routes(door.resources, templates),
        *exports.routes(door.resources),
        *campaign_failures.routes(door.resources),
        *certificates.routes(door.resources),
        *uploads.routes(door.resources),
        Mount("/static/demo", StaticFiles(directory=HERE.parent / "demo" / "pictures")),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    if settings.is_local:
        routes += _of_a_local_run(settings, door, templates)
    app = Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(RequestId)])
    app.router.redirect_slashes = False  # its redirects would lead wherever the Host header says
    return app


def _of_a_local_run(settings: Settings, door: _Door, templates: Jinja2Templates) -> list[Route]:
    """What production has no route for, and does not load either."""
    from mobile_gateway.web import (  # noqa: PLC0415 - as the docstring says
        graphiql,
        local_carrier,
        local_clock,
        local_pages,
    )

    return [
        graphiql.graphiql(default_query=trusted.by_file()["topic"]),
        *local_pages.routes(settings.data, door.resources, templates),
        *local_carrier.routes(door.resources),
        *local_clock.routes(door.resources),
    ]


async def _finish(operations: Operations, *, served: bool) -> None:
    """What a start has left to do when the first requests come."""
    await compile_ahead(operations)
    if served:
        beginning.settle()


class _Door:
    """What the routes share once the lifespan has opened the resources."""

    def __init__(self) -> None:
        self._resources: Resources | None = None
        self._graphql: GraphQL | None = None
        self._sockets: Sockets | None = None

    def open(self, resources: Resources, operations: Operations) -> None:
        settings = resources.settings
        self._resources = resources
        policy = Policy(not settings.is_local, settings.trusted_proxies, settings.anonymous_per_minute)
        crowd = Crowd(settings.most_streams)
        self._graphql = GraphQL(resources, operations, policy, crowd)
        self._sockets = Sockets(resources, operations, policy, crowd)

    def resources(self) -> Resources:
        if self._resources is None:
            raise RuntimeError("the gateway's lifespan has not started")
        return self._resources

    async def graphql(self, request: Request) -> Response:
        if self._graphql is None:
            raise RuntimeError("the gateway's lifespan has not started")
        return await self._graphql(request)

    async def socket(self, websocket: WebSocket) -> None:
        if self._sockets is None:
            raise RuntimeError("the gateway's lifespan has not started")
        await self._sockets(websocket)

    async def live(self, _: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        ready = await self.resources().ready()
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    def channel_of(self, token: str) -> str | None:
        read = seals.read_link(self.resources().keyring, token, CHANNEL, real())
        return None if isinstance(read, seals.Unreadable) else read.decode()

    async def count_scan(self, channel: str | None, client: str) -> None:
        metrics.downloads.labels(client).inc()
        today = real().astimezone(SHANGHAI).date()
        await counting.scanned(self.resources().database, channel=channel, client=client, day=today)


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def create() -> Starlette:
    """The gateway of the environment's settings: what the server's workers call."""
    settings = settings_of.read()
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    return application(settings, served=True)
