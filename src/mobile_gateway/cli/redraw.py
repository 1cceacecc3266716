"""`redraw`: lets documents of certificates be drawn anew, after the store lost them or the template was mended."""

from __future__ import annotations

import asyncio

import typer

from mobile_gateway.actions import rendering
from mobile_gateway.cli.runs import running_settings
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases
from mobile_gateway.rules import serials
from mobile_gateway.settings import Settings


def redraw(
    serial: str = typer.Option(
        "", help="Only the certificate of this number; all that are not void without it."
    ),
    data: str = typer.Option("", help="The data directory of the run; else the settings' database."),
) -> None:
    """Draw certificates' documents anew, from what was frozen. Workers do it; until then they cannot be downloaded."""
    known = serials.read(serial) if serial else None
    if serial and known is None:
        raise typer.BadParameter("no number of a certificate")
    count = asyncio.run(_redraw(running_settings(data), known))
    typer.echo(f"{count} documents are drawn anew")


async def _redraw(settings: Settings, serial: str | None) -> int:
    database = await databases.open_database(settings.database_url, connections=2)
    try:
        return await rendering.redraw(database, real(), serial=serial)
    finally:
        await database.close()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(redraw)
