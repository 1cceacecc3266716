"""From where on a process looks for what a campaign has due: nothing is passed over for good."""

from __future__ import annotations

from uuid import uuid4

from campaigning import at_school, crowd, desks, expand
from gateway import Gateway
from mobile_gateway.actions import delivering
from mobile_gateway.clock import real
from mobile_gateway.reads.push_lanes import Marks
from mobile_gateway.rules.words import MessageClass
from player import run, value


async def test_what_comes_back_to_an_earlier_moment_is_found_behind_the_marks(gateway: Gateway) -> None:
    await crowd(gateway, 20)
    both = await desks(gateway)
    await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    await run(gateway, "UPDATE delivery SET due_at = now() - interval '1 hour' WHERE campaign_id IS NOT NULL")
    await run(gateway, "UPDATE delivery SET due_at = due_at - interval '1 hour' WHERE id % 2 = 0")
    marks, now = Marks(), real()
    claims = [
        await delivering.claim(
            gateway.database, uuid4(), now, 4, message_class=MessageClass.MARKETING, marks=marks
        )
        for _ in range(3)
    ]
    taken = [one.delivery_id for claim in claims for one in claim.due]
    assert len({*taken}) == len(taken) == 12, "in order, and none twice"
    await run(
        gateway,
        "UPDATE delivery SET state = 'DUE', lease_until = NULL WHERE id = ANY($1::bigint[])",
        taken[:4],
    )
    found: set[int] = set()
    while claimed := (
        await delivering.claim(
            gateway.database, uuid4(), now, 50, message_class=MessageClass.MARKETING, marks=marks
        )
    ).due:
        found |= {one.delivery_id for one in claimed}
    assert found >= {*taken[:4]}, "as soon as nothing else is found"
    assert not await value(
        gateway, "SELECT count(*) FROM delivery WHERE campaign_id IS NOT NULL AND state = 'DUE'"
    )
