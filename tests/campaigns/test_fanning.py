"""Fan-out: everybody of the segment once, whoever opted out none, a pause that holds, faults of ours that stop it."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from campaigning import (
    CAMPAIGN,
    Answering,
    all_due,
    at_school,
    crowd,
    delivered,
    desks,
    expand,
    inbox_rows,
    people_at_school,
    send,
    state_of,
)
from gateway import Gateway
from mobile_gateway.actions import delivering, fanning
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules.campaigns import PROBE
from mobile_gateway.rules.words import Identity, MessageClass
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.workers import campaigns, pushes
from player import run, value
from staffing import ask, nodes

PEOPLE = 700


async def opt_out(gateway: Gateway, condition: str) -> int:
    await run(
        gateway,
        "INSERT INTO notification_preference (person_id, kind, push)"
        f" SELECT id, 'CAMPAIGN', false FROM person WHERE name = '众' AND {condition} ON CONFLICT DO NOTHING",
    )
    found: int = await value(gateway, f"SELECT count(*) FROM person WHERE name = '众' AND {condition}")
    return found


async def test_everybody_of_the_segment_gets_it_once_and_nobody_else(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE, devices=2)
    both = await desks(gateway)
    campaign = await both.scheduled(segment=await at_school(gateway))
    provider = Answering()
    await send(gateway, provider)
    assert await inbox_rows(gateway, campaign) == (0, 0), "its time has not come"
    await gateway.advance(minutes=6)
    await send(gateway, provider)
    people = await people_at_school(gateway)
    assert people > PEOPLE
    assert await inbox_rows(gateway, campaign) == (people, people)
    assert await state_of(gateway, campaign) == "SENT"
    read = await both.first.read(campaign)
    progress = read["progress"]
    assert (progress["people"], progress["isExpanded"]) == (people, True)
    assert progress["sent"] == progress["deliveries"] == len(provider.given) > 2 * PEOPLE
    assert len({(one.token, one.notification_id) for one in provider.given}) == len(provider.given)
    assert {
        (one.title, one.body, one.deep_link) for one in provider.given if one.token.startswith("token")
    } == {(CAMPAIGN["title"], CAMPAIGN["body"], CAMPAIGN["deepLink"])}
    assert read["finishedAt"]
    await send(gateway, provider)
    assert len(provider.given) == progress["sent"]
    phone = await value(gateway, "SELECT phone FROM person WHERE name = '众' LIMIT 1")
    items = nodes((await ask(gateway, "inbox", await gateway.token(phone), first=5))["inbox"])
    assert [(one["kind"], one["title"], one["deepLink"]) for one in items] == [
        ("CAMPAIGN", CAMPAIGN["title"], CAMPAIGN["deepLink"])
    ]


async def test_several_workers_share_one_campaign(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "STRETCHES", 1)
    monkeypatch.setattr(fanning, "STRETCH", 1_000)
    await crowd(gateway, 12_000)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))

    async def work() -> int:
        """One worker, which does other work between two looks; how many stretches it walked."""
        stretches = 0
        while not (await value(gateway, "SELECT expanded_at IS NOT NULL FROM campaign")):
            stretches += await campaigns.go_on(gateway.resources)
            await asyncio.sleep(0.05)
        return stretches

    shares = await asyncio.gather(*(work() for _ in range(4)))
    people = await people_at_school(gateway)
    assert await inbox_rows(gateway, campaign) == (people, people)
    assert (await both.first.read(campaign))["progress"]["people"] == people
    assert sum(share > 0 for share in shares) > 1, shares
    assert sum(shares) >= people // 1_000, shares


async def test_who_wants_none_has_it_in_the_inbox_and_no_push(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    before = await opt_out(gateway, "id % 7 = 0")
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    since = await opt_out(gateway, "id % 7 = 1")
    provider = Answering()
    await send(gateway, provider)
    people = await people_at_school(gateway)
    assert await inbox_rows(gateway, campaign) == (people, people)
    progress = (await both.first.read(campaign))["progress"]
    assert progress["optedOut"] == before
    assert (await delivered(gateway, campaign))["DROPPED", "OPTED_OUT"] == since == progress["dropped"]
    assert {"state": "DROPPED", "cause": "OPTED_OUT", "deliveries": since} in progress["causes"]
    assert await state_of(gateway, campaign) == "SENT"
    unwilling = await value(
        gateway,
        "SELECT array_agg(d.token) FROM device d JOIN notification_preference n ON n.person_id = d.person_id",
    )
    assert not {one.token for one in provider.given} & {*unwilling}


async def test_who_is_no_longer_of_the_segment_when_it_is_sent_is_left_alone(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.proven(segment={**await at_school(gateway), "identities": ["TEACHER"]})
    await expand(gateway)
    await run(gateway, "UPDATE person SET identity = $1 WHERE name = '众' AND id % 5 = 0", Identity.PARENT)
    gone = await value(gateway, "SELECT count(*) FROM person WHERE name = '众' AND id % 5 = 0")
    await send(gateway, Answering())
    assert (await delivered(gateway, campaign))["DROPPED", "OUT_OF_SEGMENT"] == gone


async def test_a_device_that_went_meanwhile_is_dropped(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await run(gateway, "UPDATE device SET state = 'RETIRED' WHERE token LIKE 'token-%'")
    await send(gateway, Answering())
    assert (await delivered(gateway, campaign))["DROPPED", "DEVICE_GONE"] == PEOPLE
    assert await state_of(gateway, campaign) == "SENT"


async def test_pushes_are_spread_over_a_minute(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    await both.proven(segment=await at_school(gateway))
    began = real()
    await expand(gateway)
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT floor(extract(epoch FROM due_at - $1) / 15) AS quarter, count(*) AS n FROM delivery"
            " WHERE campaign_id IS NOT NULL GROUP BY 1",
            began,
        )
    shares = {int(row["quarter"]): row["n"] for row in rows}
    assert {*shares} <= {0, 1, 2, 3, 4}
    assert all(shares[quarter] > PEOPLE / 8 for quarter in range(1, 4))


@pytest.mark.parametrize("hour", ["22:00", "02:30", "06:59"])
async def test_at_night_the_inbox_has_it_and_pushes_wait_for_the_morning(gateway: Gateway, hour: str) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    day = "20" if hour == "22:00" else "21"
    night = datetime.fromisoformat(f"2024-08-{day}T{hour}:00+08:00")
    await gateway.set_time(night)
    await expand(gateway)
    assert (await inbox_rows(gateway, campaign))[0] == await people_at_school(gateway)
    wait = await value(gateway, "SELECT min(due_at) FROM delivery WHERE campaign_id IS NOT NULL") - real()
    morning = datetime.fromisoformat("2024-08-21T07:00:00+08:00") - night
    assert morning - timedelta(minutes=1) < wait < morning + timedelta(minutes=31)
    provider = Answering()
    await send(gateway, provider)
    assert provider.given == [], "what is due all the same waits too"
    await gateway.set_time(datetime.fromisoformat("2024-08-21T07:00:30+08:00"))
    await send(gateway, provider)
    assert provider.given == [], "nor at the full hour, when everybody begins"
    await gateway.set_time(datetime.fromisoformat("2024-08-21T07:01:00+08:00"))
    await send(gateway, provider)
    assert await state_of(gateway, campaign) == "SENT"
    assert provider.given


async def test_what_the_night_wrote_is_not_spent_on_a_payload_that_no_provider_takes(
    gateway: Gateway,
) -> None:
    await crowd(gateway, PEOPLE, devices=2)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    await gateway.set_time(datetime.fromisoformat("2024-08-20T23:00:00+08:00"))
    await expand(gateway)
    await gateway.set_time(datetime.fromisoformat("2024-08-21T07:02:00+08:00"))
    await all_due(gateway)
    provider = Answering(push.PayloadBad("INVALID"))
    await asyncio.gather(*(pushes.deliver(gateway.database, provider, batches=20) for _ in range(4)))
    assert len(provider.given) == PROBE
    await send(gateway, provider)
    read = await both.first.read(campaign)
    assert (read["state"], read["pauseReason"], len(provider.given)) == ("PAUSED", "PAYLOAD", PROBE)
    provider.outcome = push.Accepted("a")
    await both.first.done("campaign_resume", campaignId=campaign)
    await send(gateway, provider)
    assert await state_of(gateway, campaign) == "SENT"
    found = await delivered(gateway, campaign)
    assert set(found) == {("SENT", "ACCEPTED")}, "those that failed before are tried again"
    assert found["SENT", "ACCEPTED"] > 2 * PEOPLE


async def test_a_paused_campaign_is_neither_walked_nor_claimed_and_goes_on_where_it_stood(
    gateway: Gateway,
) -> None:
    await crowd(gateway, 6_000)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    number = number_of(campaign, "Campaign") or 0
    moment = campaigns.moment(gateway.resources.clock, real())
    walked = await fanning.walk(gateway.database, number, moment)
    assert walked is not None
    assert walked.people == fanning.STRETCH
    await both.first.done("campaign_pause", campaignId=campaign, reason="等等")
    await expand(gateway)
    await all_due(gateway)
    claimed = await delivering.claim(
        gateway.database, uuid4(), real(), 500, message_class=MessageClass.MARKETING
    )
    assert claimed.due == []
    provider = Answering()
    await send(gateway, provider)
    assert (await inbox_rows(gateway, campaign), provider.given) == ((walked.people, walked.people), [])
    await both.second.done("campaign_resume", campaignId=campaign)
    await send(gateway, provider)
    people = await people_at_school(gateway)
    assert await inbox_rows(gateway, campaign) == (people, people)
    assert await state_of(gateway, campaign) == "SENT"


async def test_a_pause_holds_within_two_seconds_while_workers_send(gateway: Gateway) -> None:
    await crowd(gateway, 6_000)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await all_due(gateway)
    provider = Answering()
    sending = asyncio.create_task(pushes.deliver(gateway.database, provider, batches=50))
    await provider.began.wait()
    began = time.monotonic()
    await both.first.done("campaign_pause", campaignId=campaign, reason="停")
    await sending
    assert time.monotonic() - began < 2
    assert 0 < len(provider.given) < 6_000


async def test_another_campaign_goes_on_beside_one_that_is_paused(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    paused = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await both.first.done("campaign_pause", campaignId=paused, reason="等等")
    other = await both.proven(segment=await at_school(gateway))
    await send(gateway, Answering())
    assert await state_of(gateway, other) == "SENT"
    assert await state_of(gateway, paused) == "PAUSED"
    people = await people_at_school(gateway)
    assert await inbox_rows(gateway, other) == (people, people)


async def test_a_cancelled_campaign_drops_what_is_queued(gateway: Gateway) -> None:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    for desk in (both.first, both.second):
        assert (await desk.done("campaign_cancel", campaignId=campaign))["state"] == "CANCELLED"
    provider = Answering()
    await send(gateway, provider)
    assert provider.given == []
    assert {*await delivered(gateway, campaign)} == {("DROPPED", "CANCELLED")}
    assert (await both.first.read(campaign))["finishedAt"]
    impossible = [("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])]
    assert await both.first.refused("campaign_resume", campaignId=campaign) == impossible


async def test_a_campaign_that_reaches_nobody_is_sent(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.sending(segment={"lastSeen": {"days": 1}, "identities": ["STUDENT"]})
    await expand(gateway)
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENT"
