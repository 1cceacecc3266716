"""`clock`: shows and moves the domain's clock of a local run."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import typer

from mobile_gateway.actions import moving_time
from mobile_gateway.cli.moments import moment, span, speed_of
from mobile_gateway.cli.runs import running_settings
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.models import database as databases
from mobile_gateway.settings import Settings, SettingWrong, variable_of


async def _move(
    settings: Settings, to: datetime | None, by: timedelta | None, speed: float | None, *, back: bool
) -> DomainClock:
    database = await databases.open_database(settings.database_url, connections=2)
    try:
        async with database.connection() as connection:
            clock = await databases.read_clock(connection)
        if back:
            await moving_time.reset_clock(database)
            return DomainClock()
        if to is None and by is None and speed is None:
            return clock
        now = real()
        target = (to or clock.at(now)) + (by or timedelta())
        await moving_time.set_clock(
            database, real_now=now, domain_now=target, speed=clock.speed if speed is None else speed
        )
        async with database.connection() as connection:
            return await databases.read_clock(connection)
    finally:
        await database.close()


def clock(
    data: str = typer.Option("", help="The data directory of the run; else the settings' database."),
    set_to: str = typer.Option("", "--set", help="Show this moment now, e.g. 2024-09-01T00:00+08:00."),
    advance: str = typer.Option("", help="Go forward by a span, e.g. 90m, 12h, 3d."),
    speed: float = typer.Option(0.0, help="How many seconds of the training pass in a real one, 1 to 3600."),
    back: Annotated[bool, typer.Option("--real", help="Back to the real clock.")] = False,
) -> None:
    """Show the domain's clock; with options move it, for gateway and worker alike within a second."""
    settings = running_settings(data)
    if not settings.is_local:
        raise SettingWrong(f"{variable_of('environment')} is production, whose clock is the real one")
    moved = asyncio.run(
        _move(
            settings,
            moment(set_to) if set_to else None,
            span(advance) if advance else None,
            speed_of(speed) if speed else None,
            back=back,
        )
    )
    typer.echo(f"{moved.now().isoformat(timespec='seconds')} × {moved.speed:g}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clock)
