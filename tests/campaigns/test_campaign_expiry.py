"""What a lane at fault holds back for a day is given up, and the campaign ends; a pause does not count."""

from __future__ import annotations

from campaigning import Answering, at_school, crowd, delivered, desks, expand, send, state_of
from gateway import Gateway
from mobile_gateway.push import provider as push
from mobile_gateway.workers import pushes
from player import run

PEOPLE = 50


async def _older(gateway: Gateway, hours: int) -> None:
    """Let hours of the real clock pass over deliveries and campaigns."""
    await run(
        gateway,
        "UPDATE delivery SET due_at = due_at - $1 * interval '1 hour',"
        " created_at = created_at - $1 * interval '1 hour'",
        hours,
    )
    await run(gateway, "UPDATE campaign SET sending_since = sending_since - $1 * interval '1 hour'", hours)


async def _standing_still(gateway: Gateway, *, tried: bool) -> str:
    """A campaign all of which is sent but what goes to iOS, whose lane stands still."""
    await crowd(gateway, PEOPLE, devices=2)
    campaign = await (await desks(gateway)).proven(segment=await at_school(gateway))
    await expand(gateway)
    await run(
        gateway,
        "INSERT INTO push_lane (provider, platform, halted_until, reason)"
        " VALUES ('FCM', 'IOS', now() + interval '9 days', 'AUTH_IOS')",
    )
    await send(gateway, Answering())
    if tried:
        await run(gateway, "DELETE FROM push_lane")
        await pushes.deliver(gateway.database, Answering(push.AuthBroken(push.Scope.IOS)), batches=20)
        assert ("DUE", "AUTH_BROKEN:IOS") in await delivered(gateway, campaign)
    assert await state_of(gateway, campaign) == "SENDING"
    return campaign


async def test_what_waits_for_a_day_in_a_lane_that_stands_still_is_dropped_and_the_campaign_ends(
    gateway: Gateway,
) -> None:
    campaign = await _standing_still(gateway, tried=False)
    await _older(gateway, 23)
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENDING"
    await _older(gateway, 2)
    await expand(gateway)
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENT"
    assert (await delivered(gateway, campaign))["DROPPED", "EXPIRED"] >= PEOPLE


async def test_tries_that_move_its_moment_do_not_keep_a_push_for_ever(gateway: Gateway) -> None:
    campaign = await _standing_still(gateway, tried=True)
    await _older(gateway, 30)
    await run(gateway, "UPDATE delivery SET due_at = now() + interval '1 minute' WHERE state = 'DUE'")
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENDING"
    await _older(gateway, 5)
    await run(gateway, "UPDATE delivery SET due_at = now() + interval '1 minute' WHERE state = 'DUE'")
    await expand(gateway)
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENT"


async def test_what_waited_while_its_campaign_was_paused_is_sent_when_it_goes_on(gateway: Gateway) -> None:
    campaign = await _standing_still(gateway, tried=False)
    both = await desks(gateway)
    await both.first.done("campaign_pause", campaignId=campaign, reason="等等")
    await _older(gateway, 100)
    await expand(gateway)
    await both.first.done("campaign_resume", campaignId=campaign)
    await expand(gateway)
    assert ("DROPPED", "EXPIRED") not in await delivered(gateway, campaign)
    await run(gateway, "DELETE FROM push_lane")
    await send(gateway, Answering())
    assert await state_of(gateway, campaign) == "SENT"
    assert {*await delivered(gateway, campaign)} == {("SENT", "ACCEPTED")}
