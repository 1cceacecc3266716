"""Who is told of what a campaign does: the person of each new inbox row, and who looks at the campaign."""

from __future__ import annotations

from uuid import uuid4

from campaigning import Answering, all_due, at_school, crowd, desks, expand, people_at_school, soon
from gateway import Gateway
from hearing import inboxes, told
from mobile_gateway.actions import delivering, fanning
from mobile_gateway.clock import real
from mobile_gateway.rules import changes
from mobile_gateway.rules.words import MessageClass
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.workers import campaigns, pushes
from player import run
from pushing import register
from staffing import PLATFORM


async def everybody(gateway: Gateway) -> set[str]:
    """The inboxes that hold a campaign."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT person_id FROM inbox_item WHERE kind = 'CAMPAIGN'")
    return {changes.inbox(row["person_id"]) for row in rows}


async def test_a_stretch_tells_its_people_and_no_list_grows_beyond_it(gateway: Gateway) -> None:
    await crowd(gateway, 12_000)
    both = await desks(gateway)
    campaign = number_of(await both.proven(segment=await at_school(gateway)), "Campaign") or 0
    with told(gateway) as heard:
        await expand(gateway)
    stretches = [names for names in inboxes(heard) if names]
    assert len(stretches) > 2
    assert max(map(len, stretches)) == fanning.STRETCH
    assert set().union(*stretches) == await everybody(gateway)
    assert sum(map(len, stretches)) == await people_at_school(gateway), "each of them once"
    assert all(changes.deliveries(campaign) in names for names in heard)
    await run(gateway, "UPDATE campaign SET cursor = 0, expanded_at = NULL")
    with told(gateway) as heard:
        await expand(gateway)
    assert not set().union(*inboxes(heard)), "they had it"


async def test_every_act_tells_its_campaign(gateway: Gateway) -> None:
    both = await desks(gateway)
    await register(gateway, "own", PLATFORM)
    campaign = await both.first.draft()
    own = {changes.campaign(number_of(campaign, "Campaign") or 0)}
    given = {"campaignId": campaign}
    mine = changes.inbox(await gateway.person(PLATFORM))
    for desk, document, more, wanted in (
        (both.first, "campaign_update", {"version": 1, "title": "改"}, own),
        (both.first, "campaign_update", {"version": 2, "title": "改"}, None),
        (both.first, "campaign_test_send", {}, own | {mine}),
        (both.second, "campaign_approve", {"version": 2}, own),
        (both.second, "campaign_approve", {"version": 2}, None),
        (both.first, "campaign_schedule", {"startsAt": soon(gateway, hours=1)}, own),
        (both.first, "campaign_cancel", {}, own),
        (both.first, "campaign_cancel", {}, None),
    ):
        with told(gateway) as heard:
            await desk.done(document, **given, **more)
        assert heard == ([wanted] if wanted else []), document
    with told(gateway) as heard:
        await campaigns.go_on(gateway.resources)
    assert heard == [own], "it is over"


async def test_a_worker_tells_that_it_began_paused_itself_or_finished(gateway: Gateway) -> None:
    await crowd(gateway, 20)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    number = number_of(campaign, "Campaign") or 0
    own, slow = changes.campaign(number), changes.deliveries(number)
    now = gateway.resources.clock.now()
    with told(gateway) as heard:
        await fanning.begin(gateway.database, now=now, real_now=real())
        assert heard == [{own}]
        await fanning.begin(gateway.database, now=now, real_now=real())
        assert heard == [{own}], "twice is once"
    await expand(gateway)
    await run(
        gateway,
        "UPDATE delivery SET state = 'FAILED', outcome = 'PAYLOAD_BAD:x', settled_at = now()"
        " WHERE campaign_id IS NOT NULL",
    )
    with told(gateway) as heard:
        await campaigns.go_on(gateway.resources)
    assert heard == [{own}]
    await both.first.done("campaign_resume", campaignId=campaign)
    await run(
        gateway,
        "UPDATE delivery SET state = 'FAILED', outcome = 'TOKEN_DEAD', settled_at = now()"
        " WHERE campaign_id IS NOT NULL",
    )
    with told(gateway) as heard:
        await campaigns.go_on(gateway.resources)
    assert heard == [{own}], "it is sent"
    other = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await both.first.done("campaign_cancel", campaignId=other)
    own, slow = changes.campaign(number + 1), changes.deliveries(number + 1)
    with told(gateway) as heard:
        await expand(gateway)
    assert heard == [{slow}, {own}], "dropped, then over"


async def test_deliveries_that_are_claimed_settled_or_given_up_tell_their_campaign(gateway: Gateway) -> None:
    await crowd(gateway, 20)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    slow = changes.deliveries(number_of(campaign, "Campaign") or 0)
    await expand(gateway)
    await all_due(gateway)
    with told(gateway) as heard:
        claimed = await delivering.claim(
            gateway.database, uuid4(), real(), 5, message_class=MessageClass.MARKETING
        )
        assert len(claimed.due) == 5
        assert heard == [{slow}]
        await run(gateway, "UPDATE delivery SET lease_until = now() - interval '1 s' WHERE state = 'LEASED'")
        heard.clear()
        await delivering.free_expired(gateway.database, real())
        assert heard == [{slow}]
        heard.clear()
        await pushes.deliver(gateway.database, Answering(), batches=1)
        assert heard == [{slow}, {slow}], "claimed, settled"
        heard.clear()
        await pushes.deliver(gateway.database, Answering(), batches=1)
        assert heard == []
