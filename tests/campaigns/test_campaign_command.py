"""`mobile-gateway campaign …`: each verb as its user types it, and what is printed."""

from __future__ import annotations

import json
import re
import stat

import pytest

from campaigning import CAMPAIGN, Answering, at_school, expand, people_at_school, send, state_of
from commanding import TEXTS, Commands, working
from mobile_gateway.schema.nodes import number_of
from player import run, value
from staffing import PLATFORM

pytestmark = pytest.mark.timeout(300)
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


async def test_a_campaign_goes_its_whole_way_by_commands(campaign: Commands) -> None:
    gateway = campaign.gateway
    one = await campaign.draft()
    read = await campaign.desks.first.read(one)
    assert {name: read[name] for name in CAMPAIGN} == CAMPAIGN
    people = await people_at_school(gateway)
    preview = (await campaign.done("preview", one)).splitlines()
    assert preview[0].startswith(f"{people} people, ")
    assert re.fullmatch(r"  ANDROID: \d+ devices?", preview[1])
    assert f"  北京市: {people} people" in preview
    assert preview[-2:] == [
        f"zh-CN: {CAMPAIGN['title']} | {CAMPAIGN['body']} | {CAMPAIGN['deepLink']}",
        f"en: {CAMPAIGN['titleEn']} | {CAMPAIGN['bodyEn']} | {CAMPAIGN['deepLink']}",
    ]
    assert await campaign.done("test", one) == f"{one} DRAFT, goes to 1 device\n"
    assert await campaign.done("approve", one) == f"{one} APPROVED\n"
    started = await campaign.done("start", one)
    scheduled = re.fullmatch(rf"{one} (SCHEDULED, begins {MOMENT} by the run's clock\n)", started)
    assert scheduled is not None, started
    assert await campaign.done("watch", one, "--once") == scheduled[1]
    await gateway.advance(minutes=6)
    await expand(gateway)
    assert await campaign.done("pause", one, "--reason", "再看一遍") == f"{one} PAUSED\n"
    assert await campaign.done("pause", one, "--reason", "又一次") == f"{one} PAUSED\n", "twice is once"
    paused = await campaign.done("watch", one, "--once")
    assert paused.startswith(f"PAUSED (再看一遍), `campaign resume` lets it go on: {people} people, ")
    assert await campaign.done("resume", one) == f"{one} SENDING\n"
    await send(gateway, Answering())
    sent = await campaign.done("watch", one)
    devices = await value(
        gateway, "SELECT count(*) FROM delivery WHERE campaign_id = $1", number_of(one, "Campaign")
    )
    assert sent.startswith(f"SENT: {people} people, ")
    assert f"{devices} pushes: {devices} sent, 0 failed, 0 unknown, 0 dropped, 0 waiting" in sent


async def test_a_cancelled_campaign_says_what_was_dropped(campaign: Commands) -> None:
    gateway = campaign.gateway
    one = await campaign.desks.sending(segment=await at_school(gateway))
    await expand(gateway)
    for _ in range(2):
        assert await campaign.done("cancel", one) == f"{one} CANCELLED\n"
    await expand(gateway)
    told = (await campaign.done("watch", one)).splitlines()
    assert told[0].startswith("CANCELLED: ")
    assert re.fullmatch(r"  DROPPED CANCELLED: \d+", told[1])


async def test_it_starts_when_it_is_told_to(campaign: Commands) -> None:
    one = await campaign.desks.approved()
    started = await campaign.done("start", one, "--at", "2024-08-25T10:05")
    assert started == f"{one} SCHEDULED, begins 2024-08-25 10:05:00 by the run's clock\n"
    moved = await campaign.done("start", one, "--at", "2024-08-26T02:20:30Z")
    assert moved == f"{one} SCHEDULED, begins 2024-08-26 10:20:30 by the run's clock\n"


async def test_what_was_planned_is_approved_and_starts_as_planned(campaign: Commands) -> None:
    drafted = await campaign.done("create", *TEXTS, "--at", "2024-08-25T10:05")
    one, planned = drafted.split()[0], "planned for 2024-08-25 10:05:00 by the run's clock"
    assert drafted == f"{one} DRAFT, {planned}\n"
    assert await campaign.done("approve", one) == f"{one} APPROVED, {planned}\n"
    started = await campaign.done("start", one)
    assert started == f"{one} SCHEDULED, begins 2024-08-25 10:05:00 by the run's clock\n"


async def test_each_verb_answers_one_object_when_asked_for_json(campaign: Commands) -> None:
    gateway = campaign.gateway
    made = json.loads(await campaign.done("create", *TEXTS, "--json"))
    one = made["campaign"]["id"]
    assert (made["campaign"]["state"], made["userErrors"]) == ("DRAFT", [])
    preview = json.loads(await campaign.done("preview", one, "--json"))
    assert preview["people"] >= preview["reachable"] > 0
    assert [sample["title"] for sample in preview["samples"]] == [CAMPAIGN["title"], CAMPAIGN["titleEn"]]
    assert json.loads(await campaign.done("test", one, "--json"))["devices"] == 1
    states = [
        json.loads(await campaign.done(*words, "--json"))["campaign"]["state"]
        for words in (("approve", one), ("start", one))
    ]
    assert states == ["APPROVED", "SCHEDULED"]
    await gateway.advance(minutes=6)
    await expand(gateway)
    for words, state in (
        (("pause", one, "--reason", "等"), "PAUSED"),
        (("resume", one), "SENDING"),
        (("cancel", one), "CANCELLED"),
    ):
        payload = json.loads(await campaign.done(*words, "--json"))
        assert (payload["campaign"]["state"], payload["userErrors"]) == (state, [])
    await expand(gateway)
    watched = json.loads(await campaign.done("watch", one, "--json"))
    assert (watched["id"], watched["state"], watched["queued"]) == (one, "CANCELLED", 0)
    assert watched["dropped"] == watched["deliveries"] > 0
    assert [cause["cause"] for cause in watched["causes"]] == ["CANCELLED"]


async def test_who_is_not_signed_in_is_signed_in_by_code_and_stays_so(campaign: Commands) -> None:
    gateway = campaign.gateway
    one = await campaign.desks.first.draft()
    campaign.kept.unlink()
    async with working(gateway):
        looked = await campaign("preview", one)
        assert (looked.code, looked.err) == (0, "waiting for the code\n")
        assert stat.S_IMODE(campaign.kept.stat().st_mode) == 0o600
        await run(gateway, "UPDATE sms_code SET created_at = created_at - interval '2 minutes'")
        came = await campaign("cancel", one, "--as", "199 0000 0015")
    assert (came.code, came.out) == (0, f"{one} CANCELLED\n")
    assert came.err == "waiting for the code\n", "the second sign-in, and no other"
    assert list(json.loads(campaign.kept.read_text())) == [PLATFORM]
    assert await state_of(gateway, one) == "CANCELLED"
    again = await campaign("cancel", one)
    assert (again.code, again.err) == (0, ""), "within five minutes no further code is asked for"
