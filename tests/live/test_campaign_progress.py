"""`campaignProgress` over the real server: told at once or slowly, to administrators alone, until it is over."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from campaigning import Answering, Desks, all_due, at_school, crowd, desks, expand, people_at_school, send
from gateway import Gateway
from mobile_gateway import transactions
from mobile_gateway.actions import fanning
from mobile_gateway.clock import real
from mobile_gateway.live import SLOW_SECONDS
from mobile_gateway.rules import changes
from mobile_gateway.schema.nodes import global_id, number_of
from mobile_gateway.workers import campaigns, pushes
from platforming import OTHER_PLATFORM, absent
from player import run, value
from served import Served, Socket
from staffing import COUNTY_ADMIN, READY, strong

pytestmark = pytest.mark.anyio

PEOPLE = 3_000

Json = dict[str, Any]


async def follow(socket: Socket, campaign: str) -> str:
    return await socket.subscribe("campaign_progress", id=campaign)


async def heard(socket: Socket, name: str) -> Json:
    found: Json = (await socket.next(name))["campaignProgress"]
    return found


async def in_state(socket: Socket, name: str, state: str) -> Json:
    """The event that tells a state; ticks before it are passed over."""
    while True:
        event = await heard(socket, name)
        if event["state"] == state:
            return event


async def proven(gateway: Gateway, people: int = PEOPLE) -> tuple[Desks, str]:
    await crowd(gateway, people)
    both = await desks(gateway)
    return both, await both.proven(segment=await at_school(gateway))


async def tick(gateway: Gateway, campaign: str) -> None:
    async with gateway.database.transaction():
        transactions.tell(changes.deliveries(number_of(campaign, "Campaign") or 0))


async def test_acts_are_told_at_once(server: Served) -> None:
    both = await desks(server.gateway)
    campaign = await both.first.draft()
    async with server.socket(both.second.token) as socket:
        name = await follow(socket, campaign)
        first = await heard(socket, name)
        assert (first["state"], first["steps"]) == ("DRAFT", ["EDIT", "APPROVE", "CANCEL"])
        began = time.monotonic()
        await both.first.done("campaign_update", campaignId=campaign, version=1, title="改过的题目")
        edited = await in_state(socket, name, "DRAFT")
        assert (edited["version"], edited["title"]) == (2, "改过的题目")
        await both.second.done("campaign_approve", campaignId=campaign, version=2)
        await in_state(socket, name, "APPROVED")
        starts = server.gateway.resources.clock.now().isoformat()
        scheduled = await both.first.done("campaign_schedule", campaignId=campaign, startsAt=starts)
        assert (await in_state(socket, name, "SCHEDULED"))["startsAt"] == scheduled["startsAt"]
        await server.gateway.advance(minutes=6)
        await fanning.begin(
            server.gateway.database, now=server.gateway.resources.clock.now(), real_now=real()
        )
        assert (await in_state(socket, name, "SENDING"))["begunAt"]
        await both.first.done("campaign_pause", campaignId=campaign, reason="等等")
        assert (await in_state(socket, name, "PAUSED"))["pauseReason"] == "等等"
        await both.first.done("campaign_resume", campaignId=campaign)
        await in_state(socket, name, "SENDING")
        assert time.monotonic() - began < 6 * SLOW_SECONDS, "six events: none waited for a slow turn"
        await both.first.done("campaign_cancel", campaignId=campaign)
        assert (await in_state(socket, name, "CANCELLED"))["finishedAt"] is None
        await expand(server.gateway)
        assert (await in_state(socket, name, "CANCELLED"))["finishedAt"]
        assert await socket.receive() == {"id": name, "type": "complete"}


async def test_a_campaign_is_followed_from_its_first_stretch_to_its_last_delivery(server: Served) -> None:
    gateway = server.gateway
    both, campaign = await proven(gateway)
    people = await people_at_school(gateway)
    async with server.socket(both.first.token) as socket:
        name = await follow(socket, campaign)
        assert (await heard(socket, name))["progress"]["people"] == 0
        sending = asyncio.create_task(send(gateway, Answering()))
        seen = [await heard(socket, name)]
        while seen[-1]["state"] != "SENT":
            seen.append(await heard(socket, name))
        assert await socket.receive() == {"id": name, "type": "complete"}
        await sending
    for figure in ("people", "sent"):
        told = [one["progress"][figure] for one in seen]
        assert told == sorted(told)
    last = seen[-1]["progress"]
    assert (last["people"], last["isExpanded"]) == (people, True)
    assert last["sent"] == last["deliveries"] >= PEOPLE
    assert (last["queued"], last["onTheirWay"]) == (0, 0)
    assert seen[-1] | {"progress": None} == await the_query(both, campaign, seen[-1])
    async with server.socket(both.first.token) as socket:  # what is over is told once
        name = await follow(socket, campaign)
        assert (await heard(socket, name))["progress"] == last
        assert await socket.receive() == {"id": name, "type": "complete"}


async def the_query(both: Desks, campaign: str, event: Json) -> Json:
    """What the query says of the event's fields, the progress left out."""
    found = await both.first.read(campaign)
    return {field: found[field] for field in event} | {"progress": None}


async def test_what_moves_all_the_time_is_told_every_two_seconds_and_a_pause_at_once(server: Served) -> None:
    both, campaign = await proven(server.gateway, 10)
    async with server.socket(both.first.token) as socket:
        name = await follow(socket, campaign)
        await heard(socket, name)
        over, began, ticks = asyncio.Event(), time.monotonic(), 0

        async def move() -> None:
            nonlocal ticks
            while not over.is_set():
                await tick(server.gateway, campaign)
                ticks += 1
                await asyncio.sleep(0.02)

        moving = asyncio.create_task(move())
        events = 0
        while time.monotonic() - began < 5:
            await heard(socket, name)
            events += 1
        assert 1 < events <= (time.monotonic() - began) / SLOW_SECONDS + 1
        assert ticks > 10 * events
        await both.first.done("campaign_pause", campaignId=campaign, reason="停")
        await in_state(socket, name, "PAUSED")
        over.set()
        await moving


async def test_the_last_of_what_moved_is_told_too(server: Served) -> None:
    """Also after the pause, when what was claimed before it settles."""
    gateway = server.gateway
    both, campaign = await proven(gateway, 400)
    await expand(gateway)
    await all_due(gateway)
    async with server.socket(both.first.token) as socket:
        name = await follow(socket, campaign)
        assert (await heard(socket, name))["progress"]["sent"] == 0
        await pushes.deliver(gateway.database, Answering(), batches=1)
        sent = await value(gateway, "SELECT count(*) FROM delivery WHERE state = 'SENT'")
        assert sent > 0
        while (await heard(socket, name))["progress"]["sent"] != sent:
            pass
        await socket.silent()


async def test_a_campaign_that_pauses_itself_is_told(server: Served) -> None:
    gateway = server.gateway
    await crowd(gateway, 120)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    async with server.socket(both.first.token) as socket:
        name = await follow(socket, campaign)
        await heard(socket, name)
        await expand(gateway)
        await run(
            gateway,
            "UPDATE delivery SET state = 'FAILED', outcome = 'PAYLOAD_BAD:x', settled_at = now()"
            " WHERE campaign_id IS NOT NULL",
        )
        await campaigns.go_on(gateway.resources)
        while (event := await heard(socket, name))["state"] != "PAUSED":
            pass
        assert event["pauseReason"] == "PAYLOAD"
        (cause,) = event["progress"]["causes"]
        assert (cause["state"], cause["cause"]) == ("FAILED", "PAYLOAD_BAD:x")


async def test_nobody_else_follows_a_campaign_and_what_is_none_is_not_found(server: Served) -> None:
    gateway, own = server.gateway, (await desks(server.gateway)).first
    campaign = await own.draft()
    for phone in (READY, COUNTY_ADMIN):
        async with server.socket(await strong(gateway, phone)) as socket:
            assert await refused(socket, await follow(socket, campaign)) == "NOT_FOUND"
            await tick(gateway, campaign)
            await socket.silent()
    async with server.socket(own.token) as socket:
        for wrong in (absent("Campaign"), global_id("Topic", 1), "nonsense", ""):
            assert await refused(socket, await follow(socket, wrong)) == "NOT_FOUND"


async def refused(socket: Socket, name: str) -> str:
    """The code that a subscription ends with."""
    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", name), message
    (error,) = message["payload"]
    assert error["message"]
    return str(error["extensions"]["code"])


async def test_an_administrator_who_is_none_any_longer_is_told_nothing_more(server: Served) -> None:
    gateway = server.gateway
    both = await desks(gateway)
    campaign = await both.first.draft()
    async with server.socket(both.second.token) as socket:
        name = await follow(socket, campaign)
        await heard(socket, name)
        await run(
            gateway,
            "UPDATE staff_grant SET revoked_at = now() WHERE person_id = $1",
            await gateway.person(OTHER_PLATFORM),
        )
        await both.first.done("campaign_update", campaignId=campaign, version=1, title="不给你看")
        message = await socket.receive()
        assert message["payload"]["data"] == {"campaignProgress": None}
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert await socket.receive() == {"id": name, "type": "complete"}
        await both.first.done("campaign_cancel", campaignId=campaign)
        await socket.silent()


async def test_a_sign_in_that_ended_closes_the_socket_of_who_follows(server: Served) -> None:
    gateway = server.gateway
    both = await desks(gateway)
    campaign = await both.first.draft()
    async with server.socket(both.second.token) as socket:
        await heard(socket, await follow(socket, campaign))
        await run(
            gateway,
            "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT' WHERE person_id = $1",
            await gateway.person(OTHER_PLATFORM),
        )
        await tick(gateway, campaign)
        assert await socket.closed() == (4403, "SESSION_INVALID")
