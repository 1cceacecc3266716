"""`journey`: black-box walks over HTTP against a running gateway."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mobile_gateway.cli.runs import DEFAULT, running_address
from mobile_gateway.demo import crowd
from mobile_gateway.demo.schools import schools
from mobile_gateway.journeys import (
    campaign,
    certificate,
    identities,
    inbox,
    phone,
    platform,
    profile,
    push,
    reissue,
    teacher,
    verification,
    walking,
)
from mobile_gateway.journeys import schools as school_directory
from mobile_gateway.journeys.walking import Story
from mobile_gateway.rules.words import NOT_BASIC_EDUCATION, Identity, RecordState

FIRST = "teacher-ready"

Url = Annotated[str, typer.Option(help="Address of the gateway; by default that of the run in --data.")]
Data = Annotated[Path, typer.Option(help="The data directory of the run.")]
AsJson = Annotated[bool, typer.Option("--json", help="End stdout with the outcome as one JSON object.")]

group = typer.Typer(help="Walk through the product as one of its people, over HTTP.", no_args_is_help=True)


@group.callback()
def _group() -> None:
    """Keep `teacher` a subcommand."""


class Live:
    """Shows a journey on stderr: each step as it ends, what is done now, and the credits."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress = console, progress
        self._task = progress.add_task("", total=None)

    def say(self, text: str) -> None:
        """Say what is being done now."""
        self._progress.update(self._task, description=text)

    def earned(self, done_ms: int, total_ms: int) -> None:
        """Show how much is recognised."""
        self._progress.update(self._task, total=total_ms, completed=done_ms)

    def step(self, name: str, *, ok: bool, seconds: float) -> None:
        """Show a step that ended."""
        mark = "[green]✓[/green]" if ok else "[red]✗[/red]"
        self._console.print(f"{mark} {name} [dim]{seconds:.1f} s[/dim]", highlight=False)


@group.command("teacher")
def walk_as_teacher(
    url: Url = "",
    phone: Annotated[
        str, typer.Option(help="Walk as who holds this phone, even if the topic is complete already.")
    ] = "",
    data: Data = DEFAULT,
    *,
    as_json: AsJson = False,
) -> None:
    """Earn the training's ten credits as a teacher, checking every figure on the way. Exits 0 if all held."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        phones = [phone] if phone else ready_teachers()
        outcome = teacher.walk(_address(url, data), phones, Live(console, progress))
    _conclude(console, outcome)
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False, default=str))
    raise typer.Exit(0 if outcome["ok"] else 1)


def _address(url: str, data: Path) -> str:
    return url.rstrip("/") or running_address(data)


STORIES: dict[str, tuple[Story, str]] = {
    "profile": (
        profile.story,
        "Fill in a new teacher's profile, add, edit and leave schools, come back and enrol. Exits 0 if all held.",
    ),
    "verification": (
        verification.story,
        "Register as a teacher, be rejected, approved and removed by the school's admin; read it in the audit log.",
    ),
    "phone": (
        phone.story,
        "Change the account's phone, with the old one at hand and, by a ticket, without it.",
    ),
    "identities": (
        identities.story,
        "Register, sign in and switch as teacher, parent and student; a student becomes a teacher.",
    ),
    "certificate": (
        certificate.story,
        "Earn ten credits, be verified, claim the certificate once it opens, download and check it.",
    ),
    "reissue": (
        reissue.story,
        "Correct a claimed certificate: leave, edit, be verified again; the old version is void.",
    ),
    "inbox": (
        inbox.story,
        "Be told live on two devices, mark read, choose what is pushed; a token is replaced, a device changes hands.",
    ),
    "push": (
        push.story,
        "Have milestones pushed to devices once each; with `run --fcm` also throttled, lost and to dead tokens.",
    ),
    "schools": (
        school_directory.story,
        "Look for schools in all ways; add, correct and merge them as a county's administrator.",
    ),
    "campaign": (
        campaign.story,
        "Draft, approve, schedule, pause and resume a campaign to a new school; cancel another; read its failures.",
    ),
    "platform": (
        platform.story,
        "Build and publish next year's training as the platform's administrator; banners lead a new teacher to it.",
    ),
}
"""The walks of several people: each a story and what its command's help says."""


def _walk(name: str, address: str, story: Story, *, as_json: bool) -> None:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        outcome = walking.walk(name, address, Live(console, progress), story)
    _conclude(console, outcome)
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False, default=str))
    raise typer.Exit(0 if outcome["ok"] else 1)


def _command(name: str, story: Story, said: str) -> None:
    @group.command(name, help=said)
    def walk_through(url: Url = "", data: Data = DEFAULT, *, as_json: AsJson = False) -> None:
        _walk(name, _address(url, data), story, as_json=as_json)


for _name, (_story, _said) in STORIES.items():
    _command(_name, _story, _said)


def ready_teachers() -> Sequence[str]:
    """Phones of demo teachers who can enrol at once: the named one first, then the crowd's."""
    vocational = {school.key for school in schools() if school.stage in NOT_BASIC_EDUCATION}
    found = [
        one
        for one in crowd.people()
        if one.identity is Identity.TEACHER
        and one.phone
        and not one.staff
        and (one.key == FIRST or not one.shows)
        and any(
            r.primary and r.state is RecordState.APPROVED and r.school not in vocational for r in one.records
        )
    ]
    found.sort(key=lambda one: one.key != FIRST)
    return [str(one.phone) for one in found]


def _conclude(console: Console, outcome: dict[str, Any]) -> None:
    if why := outcome.get("why"):
        console.print(f"mobile-gateway: {why}", style="red", highlight=False, markup=False, soft_wrap=True)
        return
    failed = outcome.get("failed")
    if isinstance(failed, dict):
        console.print(f"{failed['step']}: {failed['what']}", style="red", highlight=False, markup=False)
        console.print(f"  expected {failed['expected']!r}\n  saw      {failed['seen']!r}", markup=False)
        return
    for what in outcome.get("leftOut", ()):
        console.print(f"[yellow]– not walked: {what}[/yellow]", highlight=False)
    if "leftOut" in outcome:
        console.print(
            "This run records its pushes: start `mobile-gateway run --fcm` for those.", highlight=False
        )
    if "recognised" not in outcome:
        console.print(f"every step held, in {outcome['seconds']} s.")
        return
    console.print(
        f"{outcome['recognised']} credits recognised, {outcome['learned']} learned,"
        f" in {outcome['seconds']} s ({outcome['domain_seconds']} s of the training's clock)."
    )


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="journey")
