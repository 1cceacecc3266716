"""What commands of campaigns share: their options, who acts, and how a refusal reads to who typed the command."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mobile_gateway.cli.signed_in import FIRST_ADMIN, SECOND_ADMIN, Account, Refused, signed_in
from mobile_gateway.rules import phones
from mobile_gateway.rules.phones import Malformed


def _phone(text: str) -> str:
    found = phones.parse(text)
    if isinstance(found, Malformed):
        raise typer.BadParameter(f"a mobile number such as {FIRST_ADMIN}")
    return found


As = Annotated[str, typer.Option("--as", callback=_phone, help="Phone of the administrator.")]
Data = Annotated[Path, typer.Option(help="The data directory of the run.")]
Url = Annotated[str, typer.Option(help="Address of the gateway; by default that of the run in --data.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the outcome, or the refusal, as one JSON object.")
]
Id = Annotated[str, typer.Argument(help="Global id of the campaign, as `create` tells it.")]
Who = tuple[str, Path, str]
"""Phone, data directory and address."""

VERBS = {
    "APPROVE": "approve",
    "SCHEDULE": "start",
    "PAUSE": "pause",
    "RESUME": "resume",
    "CANCEL": "cancel",
}
"""Steps of a campaign and the commands that take them."""

OPTIONS = {
    "title": "--title",
    "titleEn": "--title-en",
    "body": "--body",
    "bodyEn": "--body-en",
    "deepLink": "--link",
    "segment": "--segment",
    "startsAt": "--at",
    "plannedFor": "--at",
    "reason": "--reason",
}
"""Fields of inputs and the options that fill them."""

_HINTS = {
    "CAMPAIGN_SECOND_ADMIN": "Approve it as one who neither wrote nor edited it, such as --as {other}.",
    "CAMPAIGN_START_PAST": "Give --at a moment to come, by the run's clock, or leave it away.",
    "CAMPAIGN_PLAN_PAST": "Draft another one.",
    "CAMPAIGN_START_APPROVED": "Leave --at away to begin as approved; for another moment draft another campaign.",
    "CAMPAIGN_NO_DEVICE": "Register a device for {phone}, or test it as who has one: --as {other}.",
    "CONFLICT": "Look at it with `preview`, then approve again.",
    "NOT_FOUND": "Give the id that `create` printed, and name a platform administrator with --as ({phone} now).",
    "REASON_REQUIRED": "Give --reason with 1 to 60 characters.",
}
"""What to do next, where the product's own hint speaks of pages."""

_IN_INPUT = re.compile(r"Variable '\$input' has invalid value at \.(?=\w)")


@contextlib.contextmanager
def acting(who: Who, campaign: str = "", *, as_json: bool) -> Iterator[Account]:
    """An administrator's account; a refusal is told with what to do, and exits 1."""
    with signed_in(*who) as account:
        try:
            yield account
        except Refused as no:
            if as_json:
                typer.echo(json.dumps(no.payload, ensure_ascii=False))
            else:
                for error in no.errors:
                    typer.echo(_line(account, campaign, error), err=True)
            raise typer.Exit(1) from None


def read(account: Account, campaign: str) -> dict[str, Any]:
    """A campaign as it is now. Refused: NOT_FOUND."""
    found: dict[str, Any] | None = account.ask("campaign", id=campaign)["campaign"]
    if found is None:
        error = {"code": "NOT_FOUND", "path": ["campaignId"], "message": "This was not found.", "hint": ""}
        raise Refused([error], {"userErrors": [error]})
    return found


def moment(text: str) -> str:
    """A moment of an answer as it is shown, by the run's clock."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else several}"


def _line(account: Account, campaign: str, error: dict[str, Any]) -> str:
    code, message = error["code"], _IN_INPUT.sub("", error["message"])
    other = SECOND_ADMIN if account.phone == FIRST_ADMIN else FIRST_ADMIN
    hint = _HINTS.get(code, error["hint"]).format(phone=account.phone, other=other)
    place = ".".join(error["path"])
    option = OPTIONS.get(place.partition(".")[0])
    if code == "CAMPAIGN_STEP_IMPOSSIBLE":
        verbs = [verb for step, verb in VERBS.items() if step in read(account, campaign)["steps"]]
        hint = f"Possible for {account.phone}: {', '.join(verbs)}." if verbs else "It is over."
    elif code == "BAD_USER_INPUT" and option:
        hint = f"Correct {option}{f' ({place})' if '.' in place else ''}."
    elif message != error["message"]:
        hint = "Correct --segment."
    return f"{code}: {message} {hint}".rstrip()
