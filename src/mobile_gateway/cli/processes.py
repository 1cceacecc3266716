"""`serve` and `work`: the two kinds of process, as production runs them."""

from __future__ import annotations

import asyncio

import typer
import uvloop
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from mobile_gateway import boot, logs
from mobile_gateway import settings as settings_of
from mobile_gateway.cli import ports
from mobile_gateway.settings import LogFormat
from mobile_gateway.web import ending
from mobile_gateway.workers import settings as workers

HEADER_SECONDS = 15
STOP_SECONDS = 30


def serve() -> None:
    """Run one gateway process: /graphql and the pages."""
    settings = settings_of.read()
    boot.keyring_of(settings)
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
    server.serve()


def work() -> None:
    """Run one worker process: verdicts, pushes, text messages, and the sweeper."""
    settings = settings_of.read()
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(workers.work(settings))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(work)
