"""`serve`: one gateway, as production runs it: a process that serves, and this one, which watches it."""

from __future__ import annotations

import typer
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from mobile_gateway import logs
from mobile_gateway import settings as settings_of
from mobile_gateway.cli import ports
from mobile_gateway.keys import keyring_of
from mobile_gateway.settings import LogFormat
from mobile_gateway.web import beginning, ending

HEADER_SECONDS = 15
STOP_SECONDS = 30


def serve() -> None:
    """Run one gateway process: /graphql and the pages."""
    settings = settings_of.read()
    keyring_of(settings)
    ports.free(settings.host, settings.port)
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    server = Granian(
        "mobile_gateway.web.app:create",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        websockets=True,
        backlog=2048,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]  # its own enum takes the word
    )
    server.on_startup(ending.warn_workers_first)
    beginning.hurry()
    server.serve()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)
