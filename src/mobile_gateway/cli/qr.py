"""`qr`: the download QR in the terminal."""

from __future__ import annotations

import typer

from mobile_gateway.cli.runs import running_settings
from mobile_gateway.documents import qr as codes


def qr(
    url: str = typer.Option("", help="Draw this address instead of the run's download page."),
    data: str = typer.Option("", help="The data directory of the run; else the settings' own address."),
) -> None:
    """Draw the download page's QR code in the terminal."""
    address = url or f"{running_settings(data).public_url.rstrip('/')}/download/go"
    typer.echo(codes.terminal(address))
    typer.echo(address)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(qr)
