"""`qr`: the download QR in the terminal."""

from __future__ import annotations

import re

import typer

from mobile_gateway import seals
from mobile_gateway.cli.runs import running_settings
from mobile_gateway.documents import qr as codes
from mobile_gateway.keys import keyring_of
from mobile_gateway.web.app import CHANNEL

_CHANNEL = re.compile(r"[a-z0-9-]{1,40}")


def qr(
    url: str = typer.Option("", help="Draw this address instead of the run's download page."),
    channel: str = typer.Option("", help="Count scans of this code under a channel, e.g. summer-poster."),
    data: str = typer.Option("", help="The data directory of the run; else the settings' own address."),
) -> None:
    """Draw the download page's QR code in the terminal."""
    address = url or _address(data, channel)
    typer.echo(codes.terminal(address))
    typer.echo(address)


def _address(data: str, channel: str) -> str:
    settings = running_settings(data)
    address = f"{settings.public_url.rstrip('/')}/download/go"
    if not channel:
        return address
    if not _CHANNEL.fullmatch(channel):
        raise typer.BadParameter("a channel is 1 to 40 of a-z, 0-9 and hyphens")
    return f"{address}?c={seals.sign_link(keyring_of(settings), channel, CHANNEL)}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(qr)
