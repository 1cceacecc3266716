"""Whatever changes the next step or the certificate of a topic is told to who follows the progress in it."""

from __future__ import annotations

import pytest

import hearing
from certifying import approve, claim, graduate
from gateway import Gateway
from mobile_gateway.rules import changes
from mobile_gateway.schema.nodes import number_of
from served import Served
from staffing import PLATFORM, SCHOOL_ADMIN, act, strong
from teachers import READY, ZHONGGUANCUN

pytestmark = pytest.mark.anyio


async def test_what_a_certificate_goes_through_is_told_of_its_topic_and_its_holders_standing(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway)
    topic = changes.progress(who.id, number_of(await gateway.topic_id(), "Topic") or 0)
    standing = changes.standing(who.id)
    with hearing.told(gateway) as heard:

        def names() -> set[str]:
            """The topic and the standing, where they were told since the last look."""
            found = set().union(*heard) & {topic, standing}
            heard.clear()
            return found

        serial = (await claim(who))["serial"]
        assert names() == {topic}, "claimed"
        record = next(one["id"] for one in await who.records() if one["isPrimary"])
        assert (await who.leave(record))["userErrors"] == []
        assert names() == {topic, standing}, "left"
        await who.edit(name="温若禾")
        assert names() == {topic, standing}, "edited: it waits to be made anew"
        record = (await who.added(ZHONGGUANCUN))["id"]
        assert standing in names(), "in a school again"
        await approve(gateway, record, by=SCHOOL_ADMIN)
        assert names() == {topic, standing}, "approved"
        await gateway.advance(hours=1)
        await gateway.sweep()
        assert topic in names(), "made anew"
        payload = await act(
            gateway, "certificate_void", await strong(gateway, PLATFORM), serial=serial, reason="代学"
        )
        assert payload["userErrors"] == []
        assert names() == {topic}, "void for fraud"
        await who.edit(email="wen@example.com")
        assert names() == set(), "concerns no topic"
        session = (await who.send("identity_switch_to_parent"))["identitySwitchToParent"]["session"]
        assert names() == {standing}, "a parent now"
        await act(gateway, "identity_switch_to_teacher", session["accessToken"])
        assert names() == {standing}, "a teacher again"


async def test_a_claimed_certificate_and_another_identity_arrive_at_who_follows_the_topic(
    server: Served,
) -> None:
    gateway = server.gateway
    who = await graduate(gateway, READY)
    async with server.socket(who.token) as socket:
        name = await socket.subscribe("progress_changed", topicId=await gateway.topic_id())
        assert (await socket.next(name))["progressChanged"]["certificateState"] is None
        await claim(who)
        seen = (await socket.next(name))["progressChanged"]
        assert (seen["certificateState"], seen["nextStep"]) == ("ISSUED", "VIEW_CERTIFICATE")
        await who.send("identity_switch_to_parent")
        seen = (await socket.next(name))["progressChanged"]
        assert (seen["certificateState"], seen["nextStep"]) == (None, "SWITCH_IDENTITY")
