"""`campaign`: push campaigns of a local run, over HTTP as one of its administrators is signed in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from mobile_gateway.cli import campaign_watch, moments
from mobile_gateway.cli.campaign_desk import As, AsJson, Data, Id, Url, Who, acting, counted, moment, read
from mobile_gateway.cli.runs import DEFAULT
from mobile_gateway.cli.signed_in import FIRST_ADMIN, SECOND_ADMIN

group = typer.Typer(
    help="Draft, approve, send and watch push campaigns of a local run, as its administrators."
    " Exits 0 when it was done, 1 when the product refused, 2 when it could not be asked.",
    no_args_is_help=True,
)


def _segment(text: str) -> str:
    try:
        whom = json.loads(text)
    except ValueError as why:
        raise typer.BadParameter(f'no JSON ({why}); such as {{"identities": ["TEACHER"]}}') from None
    if not isinstance(whom, dict):
        raise typer.BadParameter('an object, such as {"identities": ["TEACHER"]}')
    return text


@group.command()
def create(
    title: Annotated[str, typer.Option(help="Title in Chinese.")],
    title_en: Annotated[str, typer.Option(help="Title in English.")],
    body: Annotated[str, typer.Option(help="Text in Chinese.")],
    body_en: Annotated[str, typer.Option(help="Text in English.")],
    link: Annotated[str, typer.Option(help="Where a tap leads.")] = "smartedu://inbox",
    segment: Annotated[
        str,
        typer.Option(
            callback=_segment,
            help='Whom it reaches, as JSON of CampaignSegmentInput: {"identities": ["TEACHER"]}.',
        ),
    ] = "{}",
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=moments.moment,
            metavar="MOMENT",
            help="When it is to begin, by the run's clock; by default that is chosen at the start.",
        ),
    ] = None,
    phone: As = FIRST_ADMIN,
    data: Data = DEFAULT,
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Draft a campaign."""
    given: dict[str, Any] = {"title": title, "titleEn": title_en, "body": body, "bodyEn": body_en}
    given |= {"deepLink": link, "segment": json.loads(segment)}
    if at is not None:
        given["plannedFor"] = at.isoformat()
    _act("campaign_create", given, (phone, data, url), as_json=as_json)


@group.command()
def preview(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = DEFAULT, url: Url = "", *, as_json: AsJson = False
) -> None:
    """Whom it would reach now, by platform and province, and how it looks."""
    with acting((phone, data, url), campaign, as_json=as_json) as account:
        found = account.ask("campaign_preview", id=campaign)["campaignPreview"]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    about = "" if found["exact"] else "about "
    typer.echo(
        f"{about}{counted(found['people'], 'person', 'people')}, {found['reachable']:,} reachable,"
        f" {found['optedOut']:,} opted out"
    )
    if found["atMost"] is not None:
        typer.echo(f"  too few to estimate: at most {found['atMost']} people")
    for one in found["platforms"]:
        typer.echo(f"  {one['platform']}: {about}{counted(one['devices'], 'device', 'devices')}")
    for one in found["regions"]:
        place = one["region"]["name"] if one["region"] else "without a school"
        typer.echo(f"  {place}: {about}{counted(one['people'], 'person', 'people')}")
    for one in found["samples"]:
        typer.echo(f"{one['locale']}: {one['title']} | {one['body']} | {one['deepLink']}")


@group.command("test")
def send_test(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = DEFAULT, url: Url = "", *, as_json: AsJson = False
) -> None:
    """Send it to the administrator's own devices."""
    _act("campaign_test_send", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


@group.command()
def approve(
    campaign: Id, phone: As = SECOND_ADMIN, data: Data = DEFAULT, url: Url = "", *, as_json: AsJson = False
) -> None:
    """Approve it as it stands now, as an administrator who did not write it."""
    with acting((phone, data, url), campaign, as_json=as_json) as account:
        version = read(account, campaign)["version"]
        payload = account.act("campaign_approve", campaignId=campaign, version=version)
    _tell(payload, as_json=as_json)


@group.command()
def start(
    campaign: Id,
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=moments.moment,
            metavar="MOMENT",
            help="When, by the run's clock; by default as planned, or now.",
        ),
    ] = None,
    phone: As = FIRST_ADMIN,
    data: Data = DEFAULT,
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Let it begin, off the quarter hours."""
    with acting((phone, data, url), campaign, as_json=as_json) as account:
        begins = at.isoformat() if at else None
        if begins is None and not read(account, campaign)["plannedFor"]:
            begins = account.client.page("/local/clock")["now"]
        payload = account.act("campaign_schedule", campaignId=campaign, startsAt=begins)
    _tell(payload, as_json=as_json)


@group.command()
def pause(
    campaign: Id,
    reason: Annotated[str, typer.Option(help="Why, 1 to 60 characters.")],
    phone: As = FIRST_ADMIN,
    data: Data = DEFAULT,
    url: Url = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Let it stand still."""
    _act("campaign_pause", {"campaignId": campaign, "reason": reason}, (phone, data, url), as_json=as_json)


@group.command()
def resume(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = DEFAULT, url: Url = "", *, as_json: AsJson = False
) -> None:
    """Let it go on where it stood."""
    _act("campaign_resume", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


@group.command()
def cancel(
    campaign: Id, phone: As = FIRST_ADMIN, data: Data = DEFAULT, url: Url = "", *, as_json: AsJson = False
) -> None:
    """End it for good; what is queued is dropped."""
    _act("campaign_cancel", {"campaignId": campaign}, (phone, data, url), as_json=as_json)


group.command()(campaign_watch.watch)


def _act(document: str, given: dict[str, Any], who: Who, *, as_json: bool) -> None:
    with acting(who, given.get("campaignId", ""), as_json=as_json) as account:
        payload = account.act(document, **given)
    _tell(payload, as_json=as_json)


def _tell(payload: dict[str, Any], *, as_json: bool) -> None:
    """Print what came of an act."""
    if as_json:
        typer.echo(json.dumps(payload, ensure_ascii=False))
        return
    found = payload["campaign"]
    begins = ""
    if found["state"] == "SCHEDULED":
        begins = f", begins {moment(found['startsAt'])} by the run's clock"
    elif found["plannedFor"] and found["state"] in {"DRAFT", "APPROVED"}:
        begins = f", planned for {moment(found['plannedFor'])} by the run's clock"
    devices = f", goes to {counted(payload['devices'], 'device', 'devices')}" if "devices" in payload else ""
    typer.echo(f"{found['id']} {found['state']}{begins}{devices}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="campaign")
