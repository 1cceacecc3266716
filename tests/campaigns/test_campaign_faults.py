"""A campaign whose first deliveries fail by a fault of ours stops itself before the others are written."""

from __future__ import annotations

import pytest

from campaigning import (
    Answering,
    Desk,
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
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import PushProviderName
from mobile_gateway.workers import campaigns, pushes
from player import run

PEOPLE = 700


async def _probed(gateway: Gateway, provider: Answering) -> tuple[Desk, str]:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    await send(gateway, provider)
    return both.first, campaign


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (push.PayloadBad("INVALID"), "PAYLOAD"),
        (push.AuthBroken(push.Scope.PROJECT), "CREDENTIALS"),
        (push.ProjectWrong(), "CREDENTIALS"),
    ],
)
async def test_a_campaign_whose_first_hundred_fail_by_our_fault_pauses_itself(
    gateway: Gateway, outcome: push.Outcome, reason: str
) -> None:
    provider = Answering(outcome)
    desk, campaign = await _probed(gateway, provider)
    read = await desk.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", reason)
    assert 100 <= len(provider.given) <= 250, "the others were never written"
    assert (await inbox_rows(gateway, campaign))[0] < PEOPLE
    provider.outcome = push.Accepted("a")
    await run(gateway, "DELETE FROM push_lane")
    await desk.done("campaign_resume", campaignId=campaign)
    await send(gateway, provider)
    assert await state_of(gateway, campaign) == "SENT"
    assert (await inbox_rows(gateway, campaign))[0] == await people_at_school(gateway)
    found = await delivered(gateway, campaign)
    assert set(found) == {("SENT", "ACCEPTED")}, "those that failed by our fault have it, too"


async def test_after_a_pause_by_hand_what_failed_before_is_tried_again_too(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    await expand(gateway)
    await all_due(gateway)
    provider = Answering(push.PayloadBad("INVALID"))
    await pushes.deliver(gateway.database, provider)
    await both.first.done("campaign_pause", campaignId=campaign, reason="很多都失败了")
    provider.outcome = push.Accepted("a")
    await both.first.done("campaign_resume", campaignId=campaign)
    await send(gateway, provider)
    assert set(await delivered(gateway, campaign)) == {("SENT", "ACCEPTED")}


async def test_devices_that_no_provider_of_ours_reaches_hold_no_campaign_up(gateway: Gateway) -> None:
    both = await desks(gateway)
    await _crowd_alone(gateway, 3)
    await run(
        gateway,
        "UPDATE device SET provider = 'HUAWEI' WHERE person_id = (SELECT min(id) FROM person WHERE name = '众')",
    )
    campaign = await both.sending(segment=SEEN)
    fcm = (PushProviderName.FCM,)
    while await campaigns.go_on(gateway.resources, fcm):
        pass
    assert await delivered(gateway, campaign) == {("DUE", None): 2}
    await all_due(gateway)
    await pushes.deliver(gateway.database, Answering())
    await campaigns.go_on(gateway.resources, fcm)
    progress = (await both.first.read(campaign))["progress"]
    assert await state_of(gateway, campaign) == "SENT"
    assert (progress["people"], progress["withoutDevice"], progress["sent"]) == (3, 1, 2)


async def test_dead_tokens_are_no_fault_of_ours(gateway: Gateway) -> None:
    desk, campaign = await _probed(gateway, Answering(push.TokenDead()))
    assert (await desk.read(campaign))["state"] == "SENT"


async def test_of_fewer_than_a_hundred_all_must_fail_for_it_to_pause_itself(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.sending(segment={**await at_school(gateway), "identities": ["TEACHER"]})
    await send(gateway, Answering(push.PayloadBad("INVALID")))
    read = await both.first.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", "PAYLOAD")
    assert 0 < read["progress"]["failed"] < 100


SEEN = {"lastSeen": {"days": 30}, "identities": ["TEACHER"]}


async def _rounds(gateway: Gateway, provider: Answering, rounds: int) -> None:
    """So many times: lanes move again, all that waits is due, workers send and judge."""
    for _ in range(rounds):
        await run(gateway, "DELETE FROM push_lane")
        await expand(gateway)
        await all_due(gateway)
        await pushes.deliver(gateway.database, provider, batches=20)
    await expand(gateway)


async def _crowd_alone(gateway: Gateway, people: int, devices: int = 1) -> None:
    """People who are all that `SEEN` means."""
    await crowd(gateway, people, devices=devices)
    await run(gateway, "UPDATE person SET last_seen_at = CASE WHEN name = '众' THEN now() END")


@pytest.mark.parametrize("first", [push.Retry(None), push.Throttled(1.0), push.Ambiguous()])
async def test_a_provider_that_is_busy_or_cut_off_once_proves_nothing(
    gateway: Gateway, first: push.Outcome
) -> None:
    both = await desks(gateway)
    await _crowd_alone(gateway, PEOPLE)
    campaign = await both.sending(segment=SEEN)
    await expand(gateway)
    await run(
        gateway,
        "UPDATE delivery SET due_at = now() WHERE id = (SELECT min(id) FROM delivery WHERE campaign_id IS NOT NULL)",
    )
    provider = Answering(first)
    await pushes.deliver(gateway.database, provider, batches=20)
    assert len(provider.given) == 1
    provider.outcome = push.PayloadBad("INVALID")
    await _rounds(gateway, provider, 4)
    read = await both.first.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", "PAYLOAD")
    assert len(provider.given) <= 202
    assert (await inbox_rows(gateway, campaign))[0] < PEOPLE


async def test_a_probe_of_which_some_were_dropped_is_judged_all_the_same(gateway: Gateway) -> None:
    both = await desks(gateway)
    await _crowd_alone(gateway, PEOPLE)
    campaign = await both.sending(segment=SEEN)
    await expand(gateway)
    await run(gateway, "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery ORDER BY id OFFSET 100)")
    await run(gateway, "UPDATE campaign SET deliveries = (SELECT count(*) FROM delivery)")
    await run(
        gateway,
        "INSERT INTO notification_preference (person_id, kind, push)"
        " SELECT person_id, 'CAMPAIGN', false FROM delivery WHERE campaign_id IS NOT NULL LIMIT 3",
    )
    await _rounds(gateway, Answering(push.AuthBroken(push.Scope.PROJECT)), 3)
    read = await both.first.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", "CREDENTIALS")
    found = await delivered(gateway, campaign)
    assert (found["DROPPED", "OPTED_OUT"], sum(found.values())) == (3, 100)


async def test_a_probe_that_was_dropped_whole_is_followed_by_another(gateway: Gateway) -> None:
    both = await desks(gateway)
    await _crowd_alone(gateway, PEOPLE)
    campaign = await both.sending(segment=SEEN)
    await expand(gateway)
    await run(gateway, "UPDATE device SET state = 'RETIRED' WHERE id IN (SELECT device_id FROM delivery)")
    await send(gateway, Answering())
    assert await state_of(gateway, campaign) == "SENT"
    assert (await inbox_rows(gateway, campaign))[0] == PEOPLE
