"""`bench`: how fast, against what, on this machine now."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from mobile_gateway import settings as settings_of
from mobile_gateway.benches import (
    beats,
    campaign,
    certificates,
    directory,
    load,
    opening,
    pages,
    push,
    start,
    verdicts,
)
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong, Result
from mobile_gateway.cli import data as data_commands
from mobile_gateway.cli import runs
from mobile_gateway.local import Parts
from mobile_gateway.settings import PREFIX

BENCHES = {
    one.NAME: one.bench
    for one in (start, pages, beats, verdicts, directory, certificates, opening, push, campaign)
}
ALL = "all"
NEED_LOAD = {pages.NAME, beats.NAME}


def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}, or {ALL}.")],
    *,
    people: Annotated[
        int,
        typer.Option(min=10_000, help=f"How many people {opening.NAME} and {campaign.NAME} are for."),
    ] = 1_000_000,
    as_json: Annotated[
        bool, typer.Option("--json", help="End each bench with its outcome as one JSON object on a line.")
    ] = False,
) -> None:
    """Measure the product and its peers in turn, on private servers with demo data: ratios, medians, spread.

    Exit code 1: it cannot be measured, or what was measured did not do what it says.
    """
    if name not in {*BENCHES, ALL}:
        raise typer.BadParameter(f"there is no bench {name}: choose of {', '.join(BENCHES)}, or {ALL}")
    chosen = list(BENCHES) if name == ALL else [name]
    benches = {**BENCHES, opening.NAME: partial(opening.bench, people=people)}
    console = Console(stderr=True)
    try:
        if NEED_LOAD & {*chosen}:
            load.program()
        for one in chosen:
            with _ground(console, people) as ground, console.status(f"Measuring {one}"):
                result = benches[one](ground)
            Console().print(_table(result))
            if as_json:
                typer.echo(json.dumps(result.told(), ensure_ascii=False))
    except BenchWrong as why:
        console.print(f"mobile-gateway: {why}", soft_wrap=True, highlight=False, markup=False)
        raise typer.Exit(1) from None


@contextlib.contextmanager
def _ground(console: Console, people: int) -> Iterator[Ground]:
    """Private servers, durable, in a folder of their own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mobile-gateway-bench-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        with Parts.start(data) as parts:
            urls = (parts.database_url, parts.migrate_database_url, parts.redis_url)
            brought = runs.environment(data, *urls, host="127.0.0.1", port=8000)
            variables = {
                **{key: value for key, value in os.environ.items() if not key.startswith(PREFIX)},
                **brought,
                **dict(zip(("DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL"), urls, strict=True)),
                f"{PREFIX}LOG_FORMAT": "json",
            }
            settings = settings_of.read(variables)
            data_commands.update(settings, console)
            ground = Ground(
                Path(folder),
                variables,
                settings.database_url,
                settings.migrate_database_url,
                settings.keys,
                settings.recorded_pushes,
                people,
            )
            ground.stop_the_clock()
            data_commands.fill(settings, console)
            yield ground


def _table(result: Result) -> Table:
    shown = Table("what", "median", "least", "most", "target", title=f"bench {result.name}")
    for row, (key, value) in enumerate([*result.ratios.items(), *result.figures.items()]):
        least, most = result.spread[key]
        target = result.targets.get(key)
        verdict = "" if target is None else f"{target} {'✓' if target.met(value) else '✗'}"
        shown.add_row(
            key,
            f"{value:g}",
            f"{least:g}",
            f"{most:g}",
            verdict,
            end_section=row == len(result.ratios) - 1,
        )
    return shown


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)
