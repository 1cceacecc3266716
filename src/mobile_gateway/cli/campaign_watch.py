"""`campaign watch`: bars on a terminal, a line for each change elsewhere; the outcome is what stdout gets."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mobile_gateway.cli.campaign_desk import As, AsJson, Data, Id, Url, acting, counted, moment, read
from mobile_gateway.cli.runs import DEFAULT
from mobile_gateway.cli.signed_in import FIRST_ADMIN, Account
from mobile_gateway.rules import quiet_hours

POLL_SECONDS = 0.5
OVER = ("SENT", "CANCELLED")
SETTLED = ("sent", "failed", "unknown", "dropped")
INTERRUPTED = 130
"""Exit code of what Ctrl-C ended: 128 and the signal's number, as shells have it."""

_WAITS = {"DRAFT": ", waits for `campaign approve`", "APPROVED": ", waits for `campaign start`"}

Found = Mapping[str, Any]


class Eye(Protocol):
    """Shows a campaign while it goes on."""

    def show(self, found: Found, state: str, /) -> None:
        """A campaign as it is now, and its state in words."""


class Bars:
    """People and deliveries as bars."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._people, self._sent = bars.add_task("", total=None), bars.add_task("deliveries", total=None)

    def show(self, found: Found, state: str, /) -> None:
        """Both bars."""
        progress = found["progress"]
        whole = progress["lookedAt"] if progress["isExpanded"] else None
        self._bars.update(self._people, description=state, total=whole, completed=progress["lookedAt"])
        settled = sum(progress[name] for name in SETTLED)
        self._bars.update(self._sent, total=progress["deliveries"] or None, completed=settled)


class Lines:
    """A line for each change of state."""

    def __init__(self, console: Console) -> None:
        self._console, self._said = console, ""

    def show(self, _: Found, state: str, /) -> None:
        """The state, if it is another one."""
        if state != self._said:
            self._console.print(state, highlight=False, markup=False, soft_wrap=True)
        self._said = state


def watch(
    campaign: Id,
    phone: As = FIRST_ADMIN,
    data: Data = DEFAULT,
    url: Url = "",
    *,
    once: Annotated[bool, typer.Option("--once", help="Look once, do not wait for its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show its progress until it is SENT or CANCELLED. Ctrl-C ends the watching, not the campaign."""
    found: Found | None = None
    state = ""
    try:
        with acting((phone, data, url), campaign, as_json=as_json) as account, _eye() as eye:
            while True:
                found = read(account, campaign)
                state = _state(account, found)
                if once or found["state"] in OVER:
                    break
                eye.show(found, state)
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        if found is not None:
            _tell(found, state, as_json=as_json)
        typer.echo("not watched any more; the campaign is as it was", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _tell(found, state, as_json=as_json)


@contextlib.contextmanager
def _eye() -> Iterator[Eye]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield Bars(bars)


def _state(account: Account, found: Found) -> str:
    """The state, and what it waits for."""
    state = str(found["state"])
    if state == "PAUSED":
        return f"PAUSED ({found['pauseReason']}), `campaign resume` lets it go on"
    if state == "SCHEDULED":
        return f"SCHEDULED, begins {moment(found['startsAt'])} by the run's clock"
    if state == "SENDING" and found["progress"]["queued"]:
        now = datetime.fromisoformat(account.client.page("/local/clock")["now"])
        if not quiet_hours.END <= now.time() < quiet_hours.BEGIN:
            return f"SENDING, no pushes until {quiet_hours.END:%H:%M} by the run's clock"
    return f"{state}{_WAITS.get(state, '')}"


def _tell(found: Found, state: str, *, as_json: bool) -> None:
    progress = found["progress"]
    if as_json:
        told = {name: found[name] for name in ("id", "state", "pauseReason", "finishedAt")}
        typer.echo(json.dumps({**told, **progress}, ensure_ascii=False))
        return
    if found["begunAt"] is None:
        typer.echo(state)
        return
    parts = [f"{progress[name]:,} {name}" for name in SETTLED]
    waiting = progress["queued"] + progress["onTheirWay"]
    typer.echo(
        f"{state}: {counted(progress['people'], 'person', 'people')},"
        f" {progress['withoutDevice']:,} without a device, {progress['optedOut']:,} opted out;"
        f" {counted(progress['deliveries'], 'push', 'pushes')}: {', '.join(parts)}, {waiting:,} waiting"
    )
    for cause in progress["causes"]:
        typer.echo(f"  {cause['state']} {cause['cause']}: {cause['deliveries']:,}")
