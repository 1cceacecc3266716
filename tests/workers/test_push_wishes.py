"""What somebody does not want pushed any more is not, though it was queued before (PRODUCT.md §10)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from gateway import Gateway
from mobile_gateway.actions import delivering
from mobile_gateway.clock import real
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.workers import pushes
from player import run, value
from pushing import OTHER, READY, Scripted, accepts, crowd, only, rows, tell
from staffing import act


async def wish(gateway: Gateway, kind: str, *, push: bool) -> None:
    token = await gateway.token(READY)
    payload = await act(gateway, "notification_preference_set", token, kind=kind, push=push)
    assert payload["userErrors"] == []


async def test_a_push_that_waits_is_dropped_when_its_kind_is_turned_off_meanwhile(gateway: Gateway) -> None:
    await only(gateway, "mine")
    await only(gateway, "another", OTHER)
    await tell(gateway, READY)
    await tell(gateway, OTHER)
    await wish(gateway, "TOPIC_COMPLETED", push=False)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.token for message in provider.sent] == ["another"]
    assert await rows(gateway.database, "state, outcome, settled_at IS NOT NULL") == [
        ("DROPPED", "OPTED_OUT", True),
        ("SENT", "ACCEPTED", True),
    ]
    kept = "SELECT count(*) FROM inbox_item WHERE person_id = $1 AND subject = 'topic:1'"
    assert await value(gateway, kept, await gateway.person(READY)) == 1, "the inbox always gets it"


async def test_wishes_are_looked_up_by_key_however_many_people_have_some(gateway: Gateway) -> None:
    await crowd(gateway, 500)
    await run(
        gateway,
        "INSERT INTO notification_preference (person_id, kind, push)"
        " SELECT p.id, k.kind, false FROM person p CROSS JOIN unnest($1::text[]) AS k(kind)"
        " ON CONFLICT DO NOTHING",
        [kind for kind in NotificationKind if kind is not NotificationKind.TOPIC_COMPLETED],
    )
    await run(gateway, "ANALYZE")
    given = (real(), 500, uuid4(), "SERVICE", real(), "FCM", "ANDROID")
    async with gateway.database.transaction() as connection:
        await connection.execute(delivering._PLANNED)
        (top,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {delivering._CLAIM}", *given))
    read = [one for one in _nodes(top["Plan"]) if one.get("Relation Name") == "notification_preference"]
    assert [one["Node Type"] for one in read] == ["Index Scan"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


@pytest.mark.parametrize(("kind", "push"), [("TOPIC_COMPLETED", True), ("CERTIFICATE_READY", False)])
async def test_a_wish_about_another_kind_or_to_have_it_holds_nothing_back(
    gateway: Gateway, kind: str, *, push: bool
) -> None:
    await only(gateway)
    await tell(gateway)
    await wish(gateway, kind, push=push)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == 1
