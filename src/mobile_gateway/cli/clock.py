"""`clock`: shows and moves the domain's clock of a local run."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from mobile_gateway.actions import moving_time
from mobile_gateway.cli.runs import running_settings
from mobile_gateway.clock import SHANGHAI, DomainClock, real
from mobile_gateway.models import database as databases
from mobile_gateway.settings import Settings, SettingWrong, variable_of

_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SLOWEST, FASTEST = 1.0, 3600.0


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is Shanghai's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a moment such as 2024-08-20T09:00+08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def span(text: str) -> timedelta:
    """A span such as 90m, 12h or 3d."""
    parts = _SPAN.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise typer.BadParameter("a span such as 90m, 12h, 3d or 1d12h")
    return sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in parts), timedelta())


def speed_of(value: float) -> float:
    """A speed from 1 to 3600."""
    if not SLOWEST <= value <= FASTEST:
        raise typer.BadParameter("a speed from 1 to 3600")
    return value


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
