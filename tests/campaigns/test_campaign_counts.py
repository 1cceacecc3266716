"""Counts of a campaign: one at a time, good for nine times as long as it took, and anew for who asks for that."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from campaigning import Answering, all_due, at_school, crowd, desks, expand
from counting import Counting, noting
from gateway import Gateway
from mobile_gateway.reads import campaigns as reads
from mobile_gateway.reads.campaign_counts import MOST, Counts, Glance
from mobile_gateway.rules.words import DeliveryState
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.workers import pushes
from player import run

HELD_SECONDS = 0.6


@contextlib.asynccontextmanager
async def held_up(gateway: Gateway) -> AsyncIterator[None]:
    """Whoever counts meanwhile takes so long, as if there were millions."""
    async with gateway.database.transaction() as connection:
        await connection.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
        yield
        await asyncio.sleep(HELD_SECONDS)


async def expanded(gateway: Gateway) -> int:
    await crowd(gateway, 50)
    campaign = await (await desks(gateway)).proven(segment=await at_school(gateway))
    await expand(gateway)
    return number_of(campaign, "Campaign") or 0


async def test_many_who_ask_at_once_are_given_one_count(gateway: Gateway) -> None:
    number, counts = await expanded(gateway), Counts()
    database = Counting(gateway.database._pool)
    with noting() as statements:
        async with held_up(gateway):
            now = time.monotonic()
            asking = [asyncio.create_task(counts.of(database, number, since=now)) for _ in range(20)]
        found = await asyncio.gather(*asking)
        assert len(statements) == 1
        assert len({tuple(one) for one, _ in found}) == 1
        assert {is_old for _, is_old in found} == {False}
        later = [await counts.of(database, number, since=time.monotonic()) for _ in range(20)]
        assert later == [(found[0][0], True)] * 20, "it is good for a while"
        assert len(statements) == 1


async def test_who_asks_for_a_new_count_is_given_one_that_began_later(gateway: Gateway) -> None:
    number, counts = await expanded(gateway), Counts()
    database = Counting(gateway.database._pool)
    async with held_up(gateway):
        first = asyncio.create_task(counts.of(database, number, since=time.monotonic()))
    before, _ = await first
    await all_due(gateway)
    await pushes.deliver(gateway.database, Answering(), batches=1)
    now = time.monotonic()
    assert await counts.of(database, number, since=now) == (before, True)
    with noting() as statements:
        found = await asyncio.gather(*(counts.of(database, number, since=now, anew=True) for _ in range(20)))
        assert len(statements) == 1
    assert {is_old for _, is_old in found} == {False}
    assert DeliveryState.SENT in {one.state for one in found[0][0]}


async def test_a_count_that_is_quick_is_made_again_and_one_that_fails_is_in_nobodys_way(
    gateway: Gateway,
) -> None:
    number, counts = await expanded(gateway), Counts()
    await counts.of(gateway.database, number, since=time.monotonic())
    await run(gateway, "UPDATE delivery SET state = 'SENT', settled_at = now() WHERE campaign_id IS NOT NULL")
    while True:  # a quick count is good for some milliseconds
        found, is_old = await counts.of(gateway.database, number, since=time.monotonic())
        if not is_old:
            break
        await asyncio.sleep(0.01)
    assert {one.state for one in found} == {DeliveryState.SENT}
    async with held_up(gateway):
        now = time.monotonic()
        given_up = asyncio.create_task(counts.of(gateway.database, number, since=now, anew=True))
        waiting = asyncio.create_task(counts.of(gateway.database, number, since=now, anew=True))
        await asyncio.sleep(0.05)
        given_up.cancel()
    assert (await waiting)[0] == found


async def test_a_campaign_that_is_over_is_seen_as_it_will_stay(gateway: Gateway) -> None:
    number, glance = await expanded(gateway), Glance(Counts())
    async with gateway.database.connection() as connection:
        row = await reads.by_id(connection, number)
    assert row is not None
    glance.look_up()
    async with held_up(gateway):
        looking = asyncio.create_task(glance.of(gateway.database, row))
    await looking
    await run(
        gateway,
        "UPDATE delivery SET state = 'DROPPED', outcome = 'CANCELLED', settled_at = now()"
        " WHERE campaign_id IS NOT NULL",
    )
    glance.look_up()
    assert {one.state for one in await glance.of(gateway.database, row)} == {DeliveryState.DUE}
    assert glance.is_old
    await run(gateway, "UPDATE campaign SET state = 'CANCELLED', finished_at = now() WHERE id = $1", number)
    async with gateway.database.connection() as connection:
        row = await reads.by_id(connection, number)
    assert row is not None
    assert {one.state for one in await glance.of(gateway.database, row)} == {DeliveryState.DROPPED}
    assert not glance.is_old


async def test_no_more_campaigns_are_remembered_than_a_hundred(gateway: Gateway) -> None:
    counts = Counts()
    for number in range(1, 3 * MOST):
        assert await counts.of(gateway.database, number, since=0) == ([], False)
    assert len(counts._counts) == MOST
