"""The bench of the opening night sees what went wrong: a night that was right, and one thing done to it."""

from __future__ import annotations

import pytest

from certifying import OPENING, topic_number
from gateway import Gateway
from mobile_gateway.benches import opening_check, opening_crowd, opening_night, opening_peers
from mobile_gateway.benches.measuring import BenchWrong
from mobile_gateway.benches.opening_night import Night
from mobile_gateway.workers import certificates
from player import run, value

PEOPLE = 2_000
ONE_ITEM = "SELECT id FROM inbox_item WHERE kind = 'CERTIFICATE_READY' ORDER BY id LIMIT 1"
ONE_DELIVERY = "SELECT id FROM delivery WHERE state = 'DUE' ORDER BY id LIMIT 1"
DAMAGE = {
    "1 left out": f"DELETE FROM inbox_item WHERE id = ({ONE_ITEM})",
    "1 told without cause": "UPDATE person SET identity = 'PARENT' WHERE id ="
    f" (SELECT person_id FROM inbox_item WHERE id = ({ONE_ITEM}))",
    "1 deliveries missing": f"DELETE FROM delivery WHERE id = ({ONE_DELIVERY})",
    "1 deliveries unwanted": "UPDATE device SET state = 'RETIRED' WHERE id ="
    f" (SELECT device_id FROM delivery WHERE id = ({ONE_DELIVERY}))",
    "1 due outside the morning": "UPDATE delivery SET due_at = due_at - interval '2 hours'"
    f" WHERE id = ({ONE_DELIVERY})",
    "1 sent at night": "UPDATE delivery SET state = 'SENT', settled_at = now(), attempts = 1"
    f" WHERE id = ({ONE_DELIVERY})",
}


async def night(gateway: Gateway) -> None:
    """Both rounds, with people who complete behind the walk."""
    await opening_crowd.make(gateway.database, topic_number(gateway), PEOPLE)
    await gateway.set_time(OPENING)
    while await certificates.open_claims(gateway.resources):
        pass
    assert await opening_crowd.complete_late(gateway.database, topic_number(gateway)) == 2
    await run(gateway, "UPDATE certificate_opening SET due_at = now()")
    while await certificates.open_claims(gateway.resources):
        pass


async def check(gateway: Gateway, people: int = PEOPLE, *, late: bool = True) -> int:
    return await opening_check.check(gateway.database, topic_number(gateway), OPENING, people, late=late)


async def test_a_night_that_was_right_is_found_right(gateway: Gateway) -> None:
    await night(gateway)
    told = await value(gateway, "SELECT count(*) FROM inbox_item WHERE kind = 'CERTIFICATE_READY'")
    assert told == opening_crowd.qualify(PEOPLE, late=True) == 1_402
    assert await check(gateway) == await value(gateway, "SELECT count(*) FROM delivery WHERE state = 'DUE'")
    assert await check(gateway) > 1_000


@pytest.mark.parametrize("wrong", DAMAGE)
async def test_a_night_that_went_wrong_is_no_figure(gateway: Gateway, wrong: str) -> None:
    await night(gateway)
    await run(gateway, DAMAGE[wrong])
    with pytest.raises(BenchWrong, match=wrong):
        await check(gateway)


async def test_a_crowd_that_is_not_the_one_that_was_made_is_seen(gateway: Gateway) -> None:
    await night(gateway)
    with pytest.raises(BenchWrong, match="1402 of the crowd qualify, not 1400"):
        await check(gateway, late=False)


async def test_a_push_that_is_due_in_the_night_is_seen(gateway: Gateway) -> None:
    await night(gateway)
    assert await opening_night.look(gateway.database) > 0
    await run(gateway, f"UPDATE delivery SET due_at = now() WHERE id = ({ONE_DELIVERY})")
    with pytest.raises(BenchWrong, match="a push is due"):
        await opening_night.look(gateway.database)


async def test_each_way_tells_the_same_people_of_a_share(gateway: Gateway) -> None:
    await opening_crowd.make(gateway.database, topic_number(gateway), 200)
    told = []
    for number, way in enumerate((opening_peers.walk, opening_peers.write, opening_peers.one_by_one)):
        share = await opening_peers.share(gateway.database, topic_number(gateway), f"share-{number}", 1, 200)
        assert await way(gateway.database, share) > 0
        told.append(await told_of(gateway, share.topic_id))
        await opening_peers.forget(gateway.database, share)
        assert await told_of(gateway, share.topic_id) == (0, 0)
    assert told[0] == told[1] == told[2]
    assert told[0][0] != told[0][1]
    assert told[0][0] == opening_crowd.qualify(200, late=False)


async def told_of(gateway: Gateway, topic_id: int) -> tuple[int, int]:
    """Inbox rows and deliveries of a topic's opening."""
    subject = f"topic:{topic_id}"
    items = await value(gateway, "SELECT count(*) FROM inbox_item WHERE subject = $1", subject)
    sent = await value(
        gateway,
        "SELECT count(*) FROM delivery y JOIN inbox_item i ON i.person_id = y.person_id AND i.id = y.inbox_item_id"
        " WHERE i.subject = $1",
        subject,
    )
    return items, sent


def test_rates_are_told_part_by_part() -> None:
    assert opening_night.rates(Night(chunks=[100.0, 100.0, 200.0, 200.0]), 2) == [20_000.0, 10_000.0]
