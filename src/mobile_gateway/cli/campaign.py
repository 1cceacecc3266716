"""`campaign`: push campaigns of a local run, over HTTP as one of its administrators is signed in."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from mobile_gateway.cli.clock import moment
from mobile_gateway.cli.signed_in import FIRST_ADMIN, SECOND_ADMIN, Account, signed_in
from mobile_gateway.local import LocalError

POLL_SECONDS = 0.5
OVER = ("SENT", "CANCELLED")

group = typer.Typer(
    help="Draft, approve, send and watch push campaigns of a local run, as its administrators.",
    no_args_is_help=True,
)

As = Annotated[
    str, typer.Option("--as", help="Phone of the administrator; by default a demo one.", show_default=False)
]
Data = Annotated[str, typer.Option(help="The data directory of the run; by default .local.")]
Url = Annotated[str, typer.Option(help="Address of the gateway; by default that of the run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")]
Id = Annotated[str, typer.Argument(help="Global id of the campaign, as `create` tells it.")]


@group.command()
def create(
    title: Annotated[str, typer.Option(help="Title in Chinese.")],
    title_en: Annotated[str, typer.Option(help="Title in English.")],
    body: Annotated[str, typer.Option(help="Text in Chinese.")],
    body_en: Annotated[str, typer.Option(help="Text in English.")],
    link: Annotated[str, typer.Option(help="Where a tap leads.")] = "smartedu://inbox",
    segment: Annotated[
        str,
        typer.Option(help='Whom it reaches, as JSON of CampaignSegmentInput: {"identities": ["TEACHER"]}.'),
    ] = "{}",
    phone: As = FIRST_ADMIN,
    data: Data = "",
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Draft a campaign."""
    given = {"title": title, "titleEn": title_en, "body": body, "bodyEn": body_en, "deepLink": link}
    try:
        whom = json.loads(segment)
    except ValueError:
        raise typer.BadParameter("--segment is no JSON") from None
    _act("campaign_create", {**given, "segment": whom}, (phone, data, url), as_json=as_json)


@group.command()
def preview(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = "", url: Url = "", *, as_json: AsJson = False
) -> None:
    """Whom it would reach now, by platform and province, and how it looks."""
    with signed_in(phone, data, url) as account:
        found = account.ask("campaign_preview", id=campaign)["campaignPreview"]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    about = "" if found["exact"] else "about "
    typer.echo(
        f"{about}{found['people']} people, {found['reachable']} reachable, {found['optedOut']} opted out"
    )
    if found["atMost"] is not None:
        typer.echo(f"  too few to estimate: at most {found['atMost']} people")
    for one in found["platforms"]:
        typer.echo(f"  {one['platform']}: {about}{one['devices']} devices")
    for one in found["regions"]:
        typer.echo(f"  {(one['region'] or {}).get('name', '—')}: {about}{one['people']} people")
    for one in found["samples"]:
        typer.echo(f"{one['locale']}: {one['title']} | {one['body']} | {one['deepLink']}")


@group.command("test")
def send_test(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = "", url: Url = "", *, as_json: AsJson = False
) -> None:
    """Send it to the administrator's own devices."""
    _act("campaign_test_send", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


@group.command()
def approve(
    campaign: Id, phone: As = SECOND_ADMIN, data: Data = "", url: Url = "", *, as_json: AsJson = False
) -> None:
    """Approve it as it stands now, as an administrator who did not write it."""
    with signed_in(phone, data, url) as account:
        version = _read(account, campaign)["version"]
        _tell(account.act("campaign_approve", campaignId=campaign, version=version), as_json=as_json)


@group.command()
def start(
    campaign: Id,
    at: Annotated[str, typer.Option(help="When, by the run's clock; by default now.")] = "",
    phone: As = FIRST_ADMIN,
    data: Data = "",
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Let it begin, off the quarter hours."""
    with signed_in(phone, data, url) as account:
        begins = moment(at) if at else datetime.fromisoformat(account.client.page("/local/clock")["now"])
        payload = account.act("campaign_schedule", campaignId=campaign, startsAt=begins.isoformat())
        _tell(payload, as_json=as_json)


@group.command()
def pause(
    campaign: Id,
    reason: Annotated[str, typer.Option(help="Why, 1 to 60 characters.")],
    phone: As = FIRST_ADMIN,
    data: Data = "",
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Let it stand still."""
    _act("campaign_pause", {"campaignId": campaign, "reason": reason}, (phone, data, url), as_json=as_json)


@group.command()
def resume(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = "", url: Url = "", *, as_json: AsJson = False
) -> None:
    """Let it go on where it stood."""
    _act("campaign_resume", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


@group.command()
def cancel(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = "", url: Url = "", *, as_json: AsJson = False
) -> None:
    """End it for good; what is queued is dropped."""
    _act("campaign_cancel", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


@group.command()
def watch(
    campaign: Id,
    phone: As = FIRST_ADMIN,
    data: Data = "",
    url: Url = "",
    *,
    once: Annotated[bool, typer.Option("--once", help="Look once, do not wait for its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show its progress until it is SENT or CANCELLED."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with signed_in(phone, data, url) as account, Progress(*columns, console=console) as bars:
        looked, sent = bars.add_task("people", total=None), bars.add_task("deliveries", total=None)
        while True:
            found = _read(account, campaign)
            _show(bars, looked, sent, found)
            if once or found["state"] in OVER:
                break
            time.sleep(POLL_SECONDS)
    progress = found["progress"]
    if as_json:
        told = {name: found[name] for name in ("id", "state", "pauseReason", "finishedAt")}
        typer.echo(json.dumps({**told, **progress}, ensure_ascii=False))
        return
    typer.echo(
        f"{found['state']}: {progress['people']} people, {progress['sent']} sent, {progress['failed']} failed,"
        f" {progress['unknown']} unknown, {progress['dropped']} dropped, {progress['queued']} queued"
    )
    for cause in progress["causes"]:
        typer.echo(f"  {cause['state']} {cause['cause']}: {cause['deliveries']}")


def _show(bars: Progress, looked: TaskID, sent: TaskID, found: Mapping[str, Any]) -> None:
    progress = found["progress"]
    whole = progress["lookedAt"] if progress["isExpanded"] else None
    why = f" ({found['pauseReason']})" if found["pauseReason"] else ""
    bars.update(looked, description=f"{found['state']}{why}", total=whole, completed=progress["lookedAt"])
    settled = sum(progress[name] for name in ("sent", "failed", "unknown", "dropped"))
    bars.update(sent, total=progress["deliveries"] or None, completed=settled)


def _act(document: str, given: dict[str, Any], who: tuple[str, str, str], *, as_json: bool) -> None:
    with signed_in(*who) as account:
        _tell(account.act(document, **given), as_json=as_json)


def _read(account: Account, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] | None = account.ask("campaign", id=campaign)["campaign"]
    if found is None:
        raise LocalError(f"there is no campaign {campaign}")
    return found


def _tell(payload: dict[str, Any], *, as_json: bool) -> None:
    """Print what came of an act; exit 1 when it was refused."""
    refused = payload["userErrors"]
    if as_json:
        typer.echo(json.dumps(payload, ensure_ascii=False))
    elif not refused:
        found = payload["campaign"]
        begins = f", begins {found['startsAt']}" if found["state"] == "SCHEDULED" else ""
        devices = f", to {payload['devices']} devices" if "devices" in payload else ""
        typer.echo(f"{found['id']} {found['state']}{begins}{devices}")
    for error in [] if as_json else refused:
        typer.echo(f"{error['code']}: {error['message']} {error['hint']}", err=True)
    raise typer.Exit(1 if refused else 0)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="campaign")
