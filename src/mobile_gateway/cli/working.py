"""`work`: one worker, as production runs it."""

from __future__ import annotations

import asyncio

import typer
import uvloop

from mobile_gateway import logs
from mobile_gateway import settings as settings_of
from mobile_gateway.settings import LogFormat
from mobile_gateway.workers import settings as workers


def work() -> None:
    """Run one worker process: verdicts, pushes, text messages, and the sweeper."""
    settings = settings_of.read()
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(workers.work(settings))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(work)
