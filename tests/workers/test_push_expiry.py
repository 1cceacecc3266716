"""Devices of a provider that no settings name: nobody is asked to send to them, and what waits is given up in a day."""

from __future__ import annotations

import pytest

from gateway import Gateway
from mobile_gateway import metrics
from mobile_gateway.actions import delivering, delivery_expiry, devices
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.push.routes import Routes
from mobile_gateway.rules.words import Platform, PushProviderName
from mobile_gateway.sms import LocalSms
from mobile_gateway.workers import pushes, sweep
from player import run, value
from pushing import READY, Scripted, accepts, actor, make_due, only, rows, tell

FCM, HUAWEI = PushProviderName.FCM, PushProviderName.HUAWEI


async def on_huawei(gateway: Gateway, token: str) -> None:
    device_id = await devices.register(
        gateway.database,
        actor=await actor(gateway, READY),
        platform=Platform.ANDROID,
        token=token,
        locale="zh-CN",
        app_version=None,
        now=real(),
        provider=HUAWEI,
    )
    assert isinstance(device_id, int), "it is registered all the same: settings may come"


async def swept(gateway: Gateway, provider: push.PushProvider) -> None:
    sms = LocalSms(gateway.data / "texts.jsonl", clock=real)
    await sweep.sweep_once(gateway.resources, provider, sms)
    await sms.close()


async def older(gateway: Gateway, hours: int) -> None:
    await run(gateway, "UPDATE delivery SET due_at = due_at - $1 * interval '1 hour'", hours)


async def test_a_provider_that_no_settings_name_is_asked_for_nothing_and_halts_no_lane(
    gateway: Gateway,
) -> None:
    await only(gateway, "google")
    await on_huawei(gateway, "huawei")
    await tell(gateway)
    await older(gateway, 2)
    fcm = Scripted(accepts)
    await swept(gateway, Routes({FCM: fcm}))
    assert [message.token for message in fcm.sent] == ["google"]
    assert sorted(await rows(gateway.database)) == [("DUE", None, 0), ("SENT", "ACCEPTED", 1)]
    assert await value(gateway, "SELECT count(*) FROM push_lane") == 0
    await swept(gateway, Routes({FCM: fcm}))
    assert metrics.backlog.labels("service_push")._value.get() == 0, "it is no backlog of the workers'"
    huawei = Scripted(accepts)
    await swept(gateway, Routes({FCM: fcm, HUAWEI: huawei}))
    assert [message.token for message in huawei.sent] == ["huawei"], "its settings have come"


@pytest.mark.parametrize("message_class", ["SERVICE", "MARKETING"])
async def test_what_nobody_could_send_for_a_day_is_given_up(gateway: Gateway, message_class: str) -> None:
    await only(gateway, "google")
    await run(gateway, "UPDATE device SET state = 'RETIRED'")
    await on_huawei(gateway, "huawei")
    await tell(gateway)
    await run(gateway, "UPDATE delivery SET message_class = $1", message_class)
    provider = Routes({FCM: Scripted(accepts)})
    await older(gateway, 23)
    await swept(gateway, provider)
    assert await rows(gateway.database) == [("DUE", None, 0)]
    await older(gateway, 2)
    await swept(gateway, provider)
    assert await rows(gateway.database) == [("DROPPED", "EXPIRED", 0)]
    assert await value(gateway, "SELECT count(*) FROM inbox_item") == 1


@pytest.mark.parametrize(
    "answer", [push.AuthBroken(push.Scope.PROJECT), push.ProjectWrong(), push.Throttled(60.0)]
)
async def test_what_is_tried_again_and_again_without_counting_is_no_news_for_ever(
    gateway: Gateway, answer: push.Outcome
) -> None:
    await only(gateway)
    await tell(gateway)
    provider = Scripted(lambda _: answer)
    for hours, state in ((0, "DUE"), (33, "DUE"), (2, "DROPPED")):
        await run(gateway, "UPDATE delivery SET created_at = created_at - $1 * interval '1 hour'", hours)
        await make_due(gateway.database)
        await pushes.deliver(gateway.database, provider)
        assert await value(gateway, "SELECT state FROM delivery") == state
    assert await rows(gateway.database) == [("DROPPED", "EXPIRED", 1)]
    assert len(provider.sent) == 3


async def test_it_is_given_up_some_at_a_time(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_expiry, "AT_ONCE", 2)
    await only(gateway)
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
    await older(gateway, 25)
    assert [await delivery_expiry.expire(gateway.database, real()) for _ in range(3)] == [2, 1, 0]


async def test_what_comes_back_for_a_device_that_changed_its_provider_meanwhile_goes_that_way(
    gateway: Gateway,
) -> None:
    await only(gateway, "phone")
    await tell(gateway)

    class Meanwhile(Scripted):
        async def send(self, batch: object) -> list[push.Outcome]:
            await on_huawei(gateway, "phone")
            return [push.Retry(None)]

    await pushes.deliver(gateway.database, Routes({FCM: Meanwhile(accepts)}), batches=1)
    await make_due(gateway.database)
    fcm, huawei = Scripted(accepts), Scripted(accepts)
    await pushes.deliver(gateway.database, Routes({FCM: fcm}))
    assert await rows(gateway.database, "state, provider, attempts") == [("DUE", "HUAWEI", 1)]
    assert await value(gateway, "SELECT count(*) FROM push_lane") == 0
    assert fcm.sent == []
    await pushes.deliver(gateway.database, Routes({FCM: fcm, HUAWEI: huawei}))
    assert [message.token for message in huawei.sent] == ["phone"]
    assert await delivering.free_expired(gateway.database, real()) == delivering.Freed(0, 0)
