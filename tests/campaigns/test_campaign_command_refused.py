"""`mobile-gateway campaign …` refused: one line that says what to do; 1 from the product, 2 when it was not asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaigning import state_of
from commanding import TEXTS, Came, Commands, started, working
from platforming import OTHER_PLATFORM
from player import run
from served import free_port
from staffing import PLATFORM, READY, strong

pytestmark = pytest.mark.timeout(300)
UNKNOWN = "Q2FtcGFpZ246OTk5OTk5"


def refused(came: Came, code: str, *words: str) -> None:
    """The product's own no: exit 1, one line on stderr, nothing on stdout."""
    assert (came.code, came.out) == (1, ""), came
    (line,) = came.err.splitlines()
    assert line.startswith(f"{code}: "), line
    assert [word for word in words if word not in line] == [], line


def misused(came: Came, *words: str) -> None:
    """The command could not be asked: exit 2, nothing on stdout, no traceback."""
    assert (came.code, came.out) == (2, ""), came
    said = " ".join(came.err.replace("│", " ").split())
    assert [word for word in words if word not in said] == [], said
    assert "Traceback" not in said


async def test_a_step_that_cannot_be_taken_now_names_those_that_can(campaign: Commands) -> None:
    one = await campaign.desks.first.draft()
    for words in (("start", one), ("pause", one, "--reason", "等"), ("resume", one)):
        came = await campaign(*words)
        refused(came, "CAMPAIGN_STEP_IMPOSSIBLE", "DRAFT", f"Possible for {PLATFORM}: cancel.")
    came = await campaign("start", one, "--as", OTHER_PLATFORM)
    refused(came, "CAMPAIGN_STEP_IMPOSSIBLE", f"Possible for {OTHER_PLATFORM}: approve, cancel.")
    await campaign.done("cancel", one)
    for verb in ("approve", "resume"):
        refused(await campaign(verb, one), "CAMPAIGN_STEP_IMPOSSIBLE", "CANCELLED", "It is over.")
    assert await state_of(campaign.gateway, one) == "CANCELLED"


async def test_who_may_not_is_told_who_may(campaign: Commands) -> None:
    one = await campaign.desks.first.draft()
    refused(await campaign("approve", one, "--as", PLATFORM), "CAMPAIGN_SECOND_ADMIN", "--as", OTHER_PLATFORM)
    refused(await campaign("test", one, "--as", OTHER_PLATFORM), "CAMPAIGN_NO_DEVICE", "--as", PLATFORM)
    campaign.kept.write_text(json.dumps({READY: [await strong(campaign.gateway, READY), ""]}))
    for verb in ("preview", "watch", "cancel"):
        came = await campaign(verb, one, "--as", READY)
        refused(came, "NOT_FOUND", "name a platform administrator with --as", f"({READY} now)")
    assert await state_of(campaign.gateway, one) == "DRAFT"


async def test_a_campaign_that_is_not_there_is_refused_alike_by_reads_and_acts(campaign: Commands) -> None:
    for words in (("preview", UNKNOWN), ("approve", UNKNOWN), ("watch", UNKNOWN), ("cancel", "nonsense")):
        refused(await campaign(*words), "NOT_FOUND", "`create` printed", "--as")


async def test_with_json_a_refusal_is_an_object_too(campaign: Commands) -> None:
    one = await campaign.desks.first.draft()
    for words, code in (
        (("resume", one), "CAMPAIGN_STEP_IMPOSSIBLE"),
        (("preview", UNKNOWN), "NOT_FOUND"),
        (("watch", UNKNOWN), "NOT_FOUND"),
    ):
        came = await campaign(*words, "--json")
        assert (came.code, came.err) == (1, ""), came
        assert [error["code"] for error in came.json["userErrors"]] == [code]


async def test_a_phone_that_nobody_of_the_run_has_names_the_option(campaign: Commands) -> None:
    async with working(campaign.gateway):
        came = await campaign("cancel", UNKNOWN, "--as", "+8619955555555")
    misused(came, "nobody of this run has the phone +8619955555555", "--as")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", *TEXTS, "--segment", "x"), ("'--segment'", '{"identities": ["TEACHER"]}')),
        (("create", *TEXTS, "--segment", "null"), ("'--segment'", '{"identities": ["TEACHER"]}')),
        (("create", "--title", "题"), ("'--title-en'",)),
        (("cancel", UNKNOWN, "--as", "123"), ("'--as'", "+8619900000015")),
        (("start", UNKNOWN, "--at", "soon"), ("'--at'", "2024-08-20T09:00+08:00")),
        (("pause", UNKNOWN), ("'--reason'",)),
        (("cancel",), ("Missing argument 'campaign'",)),
        (("watch", UNKNOWN), ("start `mobile-gateway run` first", "--data")),
    ],
)
async def test_what_cannot_be_asked_names_the_option_before_anybody_is_asked(
    tmp_path: Path, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    async with started(tmp_path, *words) as one:
        misused(await one.came(), *said)


async def test_what_is_unfit_names_the_option_to_correct(campaign: Commands) -> None:
    for segment, words in (
        ('{"identities": ["TEACHERS"]}', ("segment.identities[0]", "'TEACHERS'")),
        ('{"lastSeen": {"days": 0}}', ("segment.lastSeen.days",)),
        ('{"schoolIds": ["nonsense"]}', ("segment.schoolIds[0]: id",)),
    ):
        came = await campaign("create", *TEXTS, "--segment", segment)
        refused(came, "BAD_USER_INPUT", *words, "Correct --segment")
        assert "$input" not in came.err
    refused(
        await campaign("create", *TEXTS, "--link", "http://a.example"), "BAD_USER_INPUT", "Correct --link"
    )
    refused(await campaign("create", *TEXTS, "--title", "长" * 61), "BAD_USER_INPUT", "Correct --title")
    one = await campaign.desks.approved()
    refused(await campaign("start", one, "--at", "2024-08-19T09:00"), "CAMPAIGN_START_PAST", "--at")
    refused(await campaign("start", one, "--at", "9999-01-01T00:00"), "BAD_USER_INPUT", "Correct --at")
    assert await state_of(campaign.gateway, one) == "APPROVED"
    past = await campaign("create", *TEXTS, "--at", "2024-08-19T09:00")
    refused(past, "CAMPAIGN_START_PAST", "Give --at a moment to come")
    planned = await campaign.desks.approved(plannedFor="2024-08-25T10:05:00+08:00")
    moved = await campaign("start", planned, "--at", "2024-08-25T11:05")
    refused(moved, "CAMPAIGN_START_APPROVED", "2024-08-25 10:05", "Leave --at away")
    await run(campaign.gateway, "UPDATE campaign SET planned_for = planned_for - interval '7 days'")
    refused(await campaign("start", planned), "CAMPAIGN_PLAN_PAST", "2024-08-18 10:05", "Draft another one")
    sending = await campaign.desks.proven()
    for reason in ("", "长" * 61):
        came = await campaign("pause", sending, "--reason", reason)
        refused(came, "REASON_REQUIRED", "--reason with 1 to 60 characters")
    assert await state_of(campaign.gateway, sending) == "SENDING"


async def test_where_nobody_answers_it_says_what_to_start_unless_an_address_is_named(
    campaign: Commands,
) -> None:
    kept = campaign.data / "environment.json"
    kept.write_text(kept.read_text().replace(f'"{campaign.server.port}"', f'"{free_port()}"'))
    misused(await campaign("watch", UNKNOWN), "nobody answers", "start `mobile-gateway run`")
    named = await campaign("watch", UNKNOWN, "--url", campaign.server.url.removesuffix("/graphql"))
    refused(named, "NOT_FOUND")
