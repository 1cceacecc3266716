"""What happens at once, and what is killed in the middle: one person, one campaign, once (PRODUCT.md §11)."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

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
    send,
    soon,
)
from gateway import Gateway
from mobile_gateway.actions import campaign_steps, delivering, fanning, settling_deliveries, wiping
from mobile_gateway.actions.campaigns import By
from mobile_gateway.actions.locks import Actor
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.push.recorder import Recorder, read
from mobile_gateway.rules.words import MessageClass
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.workers import pushes, settling
from platforming import audited
from player import run, value
from servers import Servers
from staffing import PLATFORM, READY, errors, grant, strong
from tests_local import Program

DEVICES = 20_000
KILLS = 4


async def _by(gateway: Gateway) -> By:
    token_owner = await gateway.person(PLATFORM)
    await strong(gateway, PLATFORM)
    sign_in = await value(
        gateway, "SELECT id FROM sign_in WHERE person_id = $1 ORDER BY created_at DESC LIMIT 1", token_owner
    )
    return By(Actor(token_owner, 0, sign_in), real(), gateway.resources.clock.now(), real())


async def test_of_two_approvals_at_once_one_is_written(gateway: Gateway) -> None:
    both = await desks(gateway)
    await grant(gateway, READY, "PLATFORM_ADMIN")
    third = Desk(gateway, await strong(gateway, READY))
    for _ in range(5):
        campaign = await both.first.draft()
        given = {"campaignId": campaign, "version": 1}
        payloads = await asyncio.gather(
            *(desk.act("campaign_approve", **given) for desk in (both.second, third))
        )
        assert sorted(len(errors(payload)) for payload in payloads) == [0, 1]
        acts = [act for act, _, _ in await audited(gateway, "Campaign", campaign)]
        assert acts.count("CAMPAIGN_APPROVED") == 1


async def test_an_edit_and_an_approval_at_once_never_leave_what_nobody_read_approved(
    gateway: Gateway,
) -> None:
    both = await desks(gateway)
    for n in range(5):
        campaign = await both.first.draft()
        given = {"campaignId": campaign, "version": 1}
        await asyncio.gather(
            both.first.act("campaign_update", **given, title=f"改{n}"),
            both.second.act("campaign_approve", **given),
        )
        read = await both.first.read(campaign)
        assert (read["state"], read["version"], read["title"]) == ("DRAFT", 2, f"改{n}")


async def test_scheduling_and_cancelling_at_once_end_cancelled_and_scheduled_only_before(
    gateway: Gateway,
) -> None:
    both = await desks(gateway)
    scheduled: list[bool] = []
    for wait in (0.0, 0.005, 0.01, 0.5):
        campaign = await both.approved()

        async def cancel(campaign: str = campaign, wait: float = wait) -> None:
            await asyncio.sleep(wait)
            await both.second.done("campaign_cancel", campaignId=campaign)

        payload, _ = await asyncio.gather(
            both.first.act("campaign_schedule", campaignId=campaign, startsAt=soon(gateway, hours=1)),
            cancel(),
        )
        assert errors(payload) in ([], [("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])])
        assert (await both.first.read(campaign))["state"] == "CANCELLED"
        acts = [act for act, _, _ in await audited(gateway, "Campaign", campaign)]
        scheduled.append(not errors(payload))
        assert acts[2:] == ["CAMPAIGN_SCHEDULED"] * scheduled[-1] + ["CAMPAIGN_CANCELLED"]
    assert scheduled[-1], "half a second later it had been scheduled"


async def test_a_pause_comes_before_or_after_a_stretch(gateway: Gateway) -> None:
    await crowd(gateway, 12_000)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    walking = asyncio.create_task(expand(gateway))
    while (await inbox_rows(gateway, campaign))[0] == 0:  # noqa: ASYNC110 - rows set no event
        await asyncio.sleep(0.005)
    began = time.monotonic()
    await both.first.done("campaign_pause", campaignId=campaign, reason="停")
    paused_after = time.monotonic() - began
    seen = await inbox_rows(gateway, campaign)
    await walking
    assert await inbox_rows(gateway, campaign) == seen
    assert seen[0] % fanning.STRETCH == 0 or seen[0] > 12_000
    assert paused_after < 2
    await both.first.done("campaign_resume", campaignId=campaign)
    await expand(gateway)
    rows, people = await inbox_rows(gateway, campaign)
    assert rows == people > 12_000


async def test_cancelling_while_workers_claim_leaves_each_delivery_sent_or_dropped(gateway: Gateway) -> None:
    await crowd(gateway, 4_000)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await all_due(gateway)
    provider = Answering()
    workers = [asyncio.create_task(pushes.deliver(gateway.database, provider, batches=20)) for _ in range(3)]
    await provider.began.wait()
    await both.first.done("campaign_cancel", campaignId=campaign)
    given_by_then = len(provider.given)
    await asyncio.gather(*workers)
    await expand(gateway)
    found = await delivered(gateway, campaign)
    assert {state for state, _ in found} <= {"SENT", "DROPPED"}
    assert sum(found.values()) >= 4_000
    assert found["DROPPED", "CANCELLED"] > 0
    assert len(provider.given) <= given_by_then + 3 * pushes.BATCH
    assert (await both.first.read(campaign))["finishedAt"]


async def test_a_claim_before_the_pause_is_settled_after_it(gateway: Gateway) -> None:
    await crowd(gateway, 10)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await all_due(gateway)
    claimed = await delivering.claim(
        gateway.database, attempt := uuid4(), real(), 5, message_class=MessageClass.MARKETING
    )
    assert len(claimed.due) == 5
    await campaign_steps.pause(
        gateway.database, await _by(gateway), campaign_id=number_of(campaign, "Campaign") or 0, reason="停"
    )
    now = real()
    settled = [settling.settlement(one, push.Accepted("a"), now) for one in claimed.due]
    await settling_deliveries.settle(gateway.database, attempt, settled, now)
    assert (await delivered(gateway, campaign))["SENT", "ACCEPTED"] == 5


async def test_wipes_beside_the_fan_out_break_neither(gateway: Gateway) -> None:
    """Of people behind the walk, whose rows go, and before it, who are told as whom they are then."""
    await crowd(gateway, 12_000)
    both = await desks(gateway)
    campaign = await both.proven()
    wiped: list[int] = await value(
        gateway, "SELECT array_agg(id ORDER BY id) FROM person WHERE name = '众' AND id % 400 = 0"
    )

    async def wipe() -> None:
        while (await inbox_rows(gateway, campaign))[0] == 0:  # noqa: ASYNC110 - rows set no event
            await asyncio.sleep(0.005)
        for one in wiped[::2] + wiped[1::2]:
            async with gateway.database.transaction() as connection:
                await wiping.wipe(connection, one, real())

    await asyncio.gather(expand(gateway), wipe())
    await expand(gateway)
    rows, people = await inbox_rows(gateway, campaign)
    everybody = await value(gateway, "SELECT count(*) FROM person")
    of_wiped = await value(gateway, "SELECT count(*) FROM inbox_item WHERE person_id = ANY($1)", wiped)
    assert rows == people == everybody - len(wiped) + of_wiped
    assert of_wiped < len(wiped), "none was behind the walk"
    assert await value(gateway, "SELECT count(*) FROM delivery WHERE person_id = ANY($1)", wiped) == 0
    await send(gateway, Answering())
    assert (await both.first.read(campaign))["state"] == "SENT"


_WALKER = """
import asyncio, sys
from mobile_gateway.actions import fanning
from mobile_gateway.clock import real
from mobile_gateway.actions.fanning import Moment
from mobile_gateway.models import database as databases

async def main():
    database = await databases.open_database(sys.argv[1], connections=2)
    while True:
        now = real()
        walked = await fanning.walk(database, int(sys.argv[2]), Moment(now, now, now, 1.0))
        print(walked.looked_at if walked else "done", flush=True)
        if walked is None:
            await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_walkers_that_are_killed_leave_nobody_out_and_tell_nobody_twice(
    gateway: Gateway, servers: Servers
) -> None:
    """kill -9 at drawn moments of a fan-out to 20,000 devices, right after a stretch or in the middle of one."""
    await crowd(gateway, DEVICES)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    url = servers.serving(await value(gateway, "SELECT current_database()"))
    number = str(number_of(campaign, "Campaign"))
    for kill in range(KILLS):
        walker = Program(_WALKER, url, number)
        try:
            walker.line()
            await asyncio.sleep(0.05 * kill)
        finally:
            walker.close()
    rows, people = await inbox_rows(gateway, campaign)
    assert rows == people > 0
    await expand(gateway)
    provider = Answering()
    await send(gateway, provider)
    rows, people = await inbox_rows(gateway, campaign)
    assert rows == people > DEVICES
    progress = (await both.first.read(campaign))["progress"]
    assert progress["people"] == people
    assert progress["sent"] == progress["deliveries"] == len({one.token for one in provider.given})
    assert len(provider.given) == progress["sent"] > DEVICES


_SENDER = """
import asyncio, sys
from pathlib import Path
from mobile_gateway.models import database as databases
from mobile_gateway.push import provider as push
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.workers import pushes

async def main():
    database = await databases.open_database(sys.argv[1], connections=2)
    recorder = Recorder(Path(sys.argv[2]))
    while True:
        await pushes.deliver(database, recorder, batches=1)
        print("batch", flush=True)

asyncio.run(main())
"""


async def test_a_sender_that_is_killed_sends_no_marketing_twice(gateway: Gateway, servers: Servers) -> None:
    await crowd(gateway, DEVICES)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await all_due(gateway)
    url = servers.serving(await value(gateway, "SELECT current_database()"))
    pushed = gateway.data / "pushes.jsonl"
    for kill in range(KILLS):
        sender = Program(_SENDER, url, str(pushed))
        try:
            for _ in range(kill + 1):
                assert sender.line() == "batch"
            await asyncio.sleep(0.02 * kill)
        finally:
            sender.close()
    await run(gateway, "UPDATE delivery SET lease_until = now() - interval '1 s' WHERE state = 'LEASED'")
    await delivering.free_expired(gateway.database, real())
    recorder = Recorder(pushed)
    while await pushes.deliver(gateway.database, recorder, batches=20):
        pass
    await recorder.close()
    await expand(gateway)
    devices = [one.device for one in read(pushed, limit=1_000_000)]
    assert len(devices) == len({*devices}), "no device was sent it twice"
    found = await delivered(gateway, campaign)
    unknown = found.get(("UNKNOWN", "MAYBE_SENT"), 0)
    assert unknown <= KILLS * pushes.BATCH
    assert found["SENT", "ACCEPTED"] + unknown == sum(found.values()) > DEVICES
    assert found["SENT", "ACCEPTED"] <= len(devices) <= sum(found.values())
    assert (await both.first.read(campaign))["state"] == "SENT"
