"""Inboxes that many are told of at once: who listens hears it at once, by a campaign and in the opening night."""

from __future__ import annotations

import pytest

from campaigning import at_school, crowd, desks, expand
from certifying import OPENING, graduate
from devicing import do
from mobile_gateway.workers import certificates
from player import value
from served import Served
from staffing import READY

pytestmark = pytest.mark.anyio


async def test_a_campaign_is_heard_by_who_listens_to_the_inbox(server: Served) -> None:
    gateway = server.gateway
    await crowd(gateway, 300)
    both = await desks(gateway)
    await both.proven(segment=await at_school(gateway))
    phone = await value(gateway, "SELECT phone FROM person WHERE name = '众' ORDER BY id DESC LIMIT 1")
    async with server.socket(await gateway.token(phone)) as socket:
        name = await socket.subscribe("inbox_changed")
        assert await socket.unread(name) == 0
        await expand(gateway)
        viewer = (await socket.next(name))["inboxChanged"]
        assert (viewer["inboxUnread"], viewer["inbox"]["edges"][0]["node"]["kind"]) == (1, "CAMPAIGN")
        await socket.silent()


async def test_the_opening_night_is_heard_by_who_listens_to_the_inbox(server: Served) -> None:
    gateway = server.gateway
    await graduate(gateway, READY, at=None)
    async with server.socket(await gateway.token(READY)) as socket:
        name = await socket.subscribe("inbox_changed")
        before = await socket.unread(name)
        await gateway.set_time(OPENING)
        while await certificates.open_claims(gateway.resources):
            pass
        viewer = (await socket.next(name))["inboxChanged"]
        newest = viewer["inbox"]["edges"][0]["node"]["kind"]
        assert (viewer["inboxUnread"], newest) == (before + 1, "CERTIFICATE_READY")


async def test_a_preference_set_elsewhere_is_heard_by_who_listens_to_the_inbox(server: Served) -> None:
    gateway = server.gateway
    token = await gateway.token(READY)
    wanted = "subscription { inboxChanged { notificationPreferences { kind push } } }"
    async with server.socket(token) as socket:
        name = await socket.ask(wanted)
        before = (await socket.next(name))["inboxChanged"]["notificationPreferences"]
        assert {"kind": "CAMPAIGN", "push": True} in before
        payload = await do(gateway, "notification_preference_set", token, kind="CAMPAIGN", push=False)
        assert payload["userErrors"] == []
        after = (await socket.next(name))["inboxChanged"]["notificationPreferences"]
        assert {"kind": "CAMPAIGN", "push": False} in after
