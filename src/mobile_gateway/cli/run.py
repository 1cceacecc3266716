"""`run`: the whole product on this machine, from nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mobile_gateway import settings as settings_of
from mobile_gateway.actions import moving_time
from mobile_gateway.cli import data as data_commands
from mobile_gateway.cli import ports, runs, standing_in
from mobile_gateway.cli.moments import moment, speed_of
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.local import Child, LocalError, Parts, Supervisor
from mobile_gateway.models import database as databases
from mobile_gateway.settings import Settings

FIRST_MOMENT = "2024-08-20T09:00+08:00"
FIRST_SPEED = 600.0


def run(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8000, min=1, max=65535, help="Port to listen on."),
    data: Path = typer.Option(runs.DEFAULT, help="Where everything of this run is kept."),  # noqa: B008 - typer's way to say it
    now: str = typer.Option(
        "", help=f"The domain's clock shows this moment; on a new database {FIRST_MOMENT}."
    ),
    speed: float = typer.Option(
        0.0, help=f"Seconds of the training in a real second, 1 to 3600; on a new database {FIRST_SPEED:g}."
    ),
    fcm_port: int = typer.Option(standing_in.PORT, min=1, max=65535, help="Port of FCM's stand-in."),
    *,
    fcm: Annotated[
        bool, typer.Option("--fcm", help="Send pushes to a stand-in for FCM instead of recording them.")
    ] = False,
) -> None:
    """Run the whole product: PostgreSQL, Redis, demo data, gateway and worker. Ctrl-C stops what it started.

    DATABASE_URL and REDIS_URL name your own servers instead of the private ones.
    """
    to, pace = moment(now) if now else None, speed_of(speed) if speed else None
    console = Console(stderr=True)
    ports.free(host, port)
    if fcm:
        ports.free("127.0.0.1", fcm_port)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as why:
        raise LocalError(f"{data} cannot be used ({why.strerror}): choose another with --data") from None
    with _parts(data) as (parts, variables_of):
        variables = runs.environment(data, *variables_of, host=host, port=port)
        if fcm:
            variables |= standing_in.environment(data, fcm_port)
        settings = settings_of.read(variables)
        runs.keep(data, variables)
        data_commands.update(settings, console)
        clock = asyncio.run(_start_clock(settings, to, pace))
        if data_commands.fill(settings, console):
            data_commands.people(console)
        console.print(f"[bold]mobile_gateway[/bold] answers at http://{host}:{port} (GraphiQL: /graphiql)")
        console.print(
            f"The training's clock shows {clock.now():%Y-%m-%d %H:%M} × {clock.speed:g}; "
            "`mobile-gateway clock --help` moves it."
        )
        child = {**os.environ, **variables}
        program = [sys.executable, "-m", "mobile_gateway"]
        children = [
            Child("gateway", [*program, "serve"], child),
            Child("worker", [*program, "work"], child),
        ]
        if fcm:
            console.print(f"Phones show their pushes at https://127.0.0.1:{fcm_port}")
            children.append(Child("fcm", [*program, *standing_in.command(data, fcm_port)], child))
        code = Supervisor(data, children, parts=parts).run()
    raise typer.Exit(code)


@contextlib.contextmanager
def _parts(data: Path) -> Iterator[tuple[Parts, tuple[str, str, str]]]:
    own_database, own_redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    with Parts.start(data, postgres=not own_database, redis=not own_redis) as parts:
        yield (
            parts,
            (
                own_database or parts.database_url,
                os.environ.get("MIGRATE_DATABASE_URL", "") or own_database or parts.migrate_database_url,
                own_redis or parts.redis_url,
            ),
        )


async def _start_clock(settings: Settings, to: datetime | None, speed: float | None) -> DomainClock:
    """Move the clock as asked; on a database whose clock was never moved, into the training's window."""
    database = await databases.open_database(settings.database_url, connections=2)
    try:
        async with database.connection() as connection:
            clock = await databases.read_clock(connection)
        if to is None and speed is None and clock.is_moved:
            return clock
        real_now = real()
        target = to or (clock.at(real_now) if clock.is_moved else moment(FIRST_MOMENT))
        pace = speed or (clock.speed if clock.is_moved else FIRST_SPEED)
        await moving_time.set_clock(database, real_now=real_now, domain_now=target, speed=pace)
        return DomainClock(real_now, target, pace)
    finally:
        await database.close()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
