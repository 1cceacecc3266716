"""`migrate` and `demo`: what fills a database."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from mobile_gateway import settings as settings_of
from mobile_gateway.clock import real
from mobile_gateway.demo import load, table
from mobile_gateway.keys import keyring_of
from mobile_gateway.models import database as databases
from mobile_gateway.models import migrating
from mobile_gateway.settings import Settings, SettingWrong, variable_of


def update(settings: Settings, console: Console) -> int:
    """Apply the migrations that are missing, as the owner; answers how many."""
    owner = settings.migrate_database_url or settings.database_url
    if not owner:
        raise SettingWrong(f"{variable_of('migrate_database_url')} is missing")
    serving = unquote(urlsplit(settings.database_url).username or "") or None
    with _progress(console) as progress:
        task = progress.add_task("Migrating the database", total=None)

        def on_step(name: str) -> None:
            progress.update(task, description=f"Migrating the database: {name}")

        applied = asyncio.run(migrating.migrate(owner, serving, on_step))
        progress.update(task, total=1, completed=1, description="Migrated the database")
    return applied


def fill(settings: Settings, console: Console) -> bool:
    """Load the demo data into an empty database; answers False when it is there already."""

    async def run(progress: Progress) -> bool:
        database = await databases.open_database(settings.database_url, connections=2)
        task = progress.add_task("Loading the demo data", total=None)

        def on_step(name: str, done: int, total: int) -> None:
            progress.update(task, total=total, completed=done, description=f"Loading the demo data: {name}")

        try:
            async with database.connection() as connection:
                clock = await databases.read_clock(connection)
            return await load.load(database, keyring_of(settings), now=clock.at(real()), on_step=on_step)
        finally:
            await database.close()

    with _progress(console) as progress:
        return asyncio.run(run(progress))


def people(console: Console) -> None:
    """Print the named demo people as a table."""
    shown = Table("who", "signs in with", "identity", "shows", title="Demo people")
    for one in table.named():
        shown.add_row(one.key, one.phone or one.signs_in_with, str(one.identity), one.shows)
    console.print(shown)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), console=console, transient=True
    )


def _migrate() -> None:
    """Bring the database to this version's tables. Safe to run twice, and by several at once."""
    console = Console(stderr=True)
    applied = update(settings_of.read(), console)
    console.print(f"{applied} migrations applied.")


def _demo() -> None:
    """Load the demo data into an empty database, and print who can sign in."""
    console = Console(stderr=True)
    settings = settings_of.read()
    if not settings.is_local:
        raise SettingWrong(f"{variable_of('environment')} is production, which takes no demo data")
    loaded = fill(settings, console)
    console.print("Demo data loaded." if loaded else "The demo data is there already.")
    people(console)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("migrate")(_migrate)
    app.command("demo")(_demo)
