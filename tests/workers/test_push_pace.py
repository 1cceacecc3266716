"""Deliveries under a pace: SERVICE first whatever is left, several batches in flight, a breaker, lanes of providers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from gateway import Gateway
from mobile_gateway.actions import devices, marketing
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database
from mobile_gateway.push import pacer as pacers
from mobile_gateway.push import provider as push
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.push.routes import Routes
from mobile_gateway.reads import due
from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName
from mobile_gateway.workers import pushes
from pushing import OTHER, READY, Scripted, accepts, actor, make_due, only, rows
from servers import Servers

FCM, HUAWEI = PushProviderName.FCM, PushProviderName.HUAWEI


@pytest.fixture
async def pacer(servers: Servers, gateway: Gateway) -> AsyncIterator[Pacer]:
    opened = Pacer(servers.redis_url, {FCM: "training"})
    yield opened
    await opened.close()


async def queued(gateway: Gateway, service: int, marketing: int = 0, phone: str = READY) -> None:
    """So many deliveries, due; the marketing ones are older."""
    person = await gateway.person(phone)
    async with gateway.database.transaction() as connection:
        for kind, message_class, count, age in (
            ("CAMPAIGN", "MARKETING", marketing, 60),
            ("TOPIC_COMPLETED", "SERVICE", service, 1),
        ):
            await connection.execute(
                "WITH item AS (INSERT INTO inbox_item"
                " (person_id, kind, subject, message_class, data, happened_at)"
                " SELECT $1, $2::text, $2::text || n, $3::text, $5, now() FROM generate_series(1, $4::int) AS n"
                " RETURNING id)"
                " INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state,"
                " due_at) SELECT $1, i.id, d.id, d.provider, d.platform, $3::text, 'DUE',"
                " now() - make_interval(secs => $6)"
                " FROM item i, device d WHERE d.person_id = $1 AND d.state = 'ACTIVE'",
                person,
                kind,
                message_class,
                count,
                TEXTS,
                age,
            )


TEXTS = {
    "topic": "专题",
    "topic_en": "Topic",
    "topic_id": "1",
    "credits": "10.00",
    "title": "研修",
    "title_en": "Training",
    "body": "研修",
    "body_en": "Training",
    "deep_link": "smartedu://topic/1",
}


async def states(database: Database) -> dict[str, int]:
    found = await rows(database, "message_class || ' ' || state")
    return {str(one): found.count((one,)) for (one,) in set(found)}


async def test_service_goes_first_though_marketing_waited_longer(gateway: Gateway) -> None:
    await only(gateway)
    await queued(gateway, service=5, marketing=600)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider, batches=1)
    assert [m.message_class for m in provider.sent[:5]] == [MessageClass.SERVICE] * 5
    found = await states(gateway.database)
    assert (found["SERVICE SENT"], found["MARKETING DUE"]) == (5, 600 - (pushes.BATCH - 5))


async def test_of_the_last_permits_service_gets_all_and_marketing_none(
    gateway: Gateway, pacer: Pacer
) -> None:
    await only(gateway)
    await queued(gateway, service=5, marketing=600)
    await pacer.take(FCM, 148, MessageClass.SERVICE)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider, batches=1, pacer=pacer)
    found = await states(gateway.database)
    assert found["SERVICE SENT"] == 5
    assert found.get("MARKETING SENT", 0) < 100, "no more than has come in since"


async def test_no_more_is_claimed_than_there_are_permits(gateway: Gateway, pacer: Pacer) -> None:
    await only(gateway)
    await queued(gateway, service=600)
    provider = Scripted(accepts)
    assert await pushes.deliver(gateway.database, provider, batches=1, pacer=pacer)
    assert 100 < len(provider.sent) < 200
    assert (await states(gateway.database))["SERVICE DUE"] == 600 - len(provider.sent)


@pytest.mark.parametrize("failure", [push.Retry(None), push.Ambiguous()])
async def test_a_provider_that_fails_opens_its_breaker_and_keeps_what_is_due(
    gateway: Gateway, pacer: Pacer, failure: push.Outcome
) -> None:
    await only(gateway)
    await queued(gateway, service=600)
    provider = Scripted(lambda _: failure)
    for _ in range(3):
        assert not await pushes.deliver(gateway.database, provider, pacer=pacer), (
            "nothing to do until it rests"
        )
        await make_due(gateway.database)
    assert len(provider.sent) < 350
    assert set(await states(gateway.database)) == {"SERVICE DUE"}
    assert (await pacer.take(FCM, 1, MessageClass.SERVICE)).is_open


async def test_refused_tokens_and_quotas_are_no_failures_of_the_provider(
    gateway: Gateway, pacer: Pacer
) -> None:
    await only(gateway)
    await queued(gateway, service=120)
    answers: list[push.Outcome] = [push.TokenForeign(), push.PayloadBad("x"), push.Accepted("a")]
    provider = Scripted(lambda message: answers[int(message.notification_id[1:]) % 3])
    await pushes.deliver(gateway.database, provider, pacer=pacer)
    assert not (await pacer.take(FCM, 1, MessageClass.SERVICE)).is_open


class Slow:
    """A provider whose round trip takes a while; keeps how many messages were in flight at the most."""

    carries = tuple(PushProviderName)

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.most, self.sent = seconds, 0, 0, 0

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        if batch:
            self.now += len(batch)
            self.most = max(self.most, self.now)
            await asyncio.sleep(self.seconds)
            self.now -= len(batch)
            self.sent += len(batch)
        return [push.Accepted("a")] * len(batch)

    async def close(self) -> None:
        """Nothing is held."""


async def test_several_batches_are_in_flight_and_no_more_of_them_however_many_call(gateway: Gateway) -> None:
    await only(gateway)
    await queued(gateway, service=6_000)
    provider, pacer = Slow(0.3), Pacer()
    began = time.monotonic()
    while any(
        await asyncio.gather(*(pushes.deliver(gateway.database, provider, pacer=pacer) for _ in range(8)))
    ):
        pass
    assert provider.sent == 6_000
    assert provider.most > 2 * pushes.BATCH, "they do not wait for each other"
    assert provider.most <= pacers.HANDS * pushes.BATCH, "and their memory is bounded"
    assert time.monotonic() - began < 30
    assert await states(gateway.database) == {"SERVICE SENT": 6_000}


async def huawei_device(gateway: Gateway, token: str, phone: str = READY) -> None:
    person = await gateway.person(phone)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)"
            " VALUES ($1, 'HUAWEI', 'ANDROID', $2::text, sha256($2::text::bytea), 'zh-CN', 'ACTIVE')",
            person,
            token,
        )


async def test_each_device_is_reached_through_its_own_provider(gateway: Gateway) -> None:
    await only(gateway, "google")
    await huawei_device(gateway, "huawei")
    await queued(gateway, service=2)
    fcm, huawei = Scripted(accepts), Scripted(accepts)
    await pushes.deliver(gateway.database, Routes({FCM: fcm, HUAWEI: huawei}))
    assert [m.token for m in fcm.sent] == ["google"] * 2
    assert [m.token for m in huawei.sent] == ["huawei"] * 2


async def test_a_claim_of_campaigns_that_fails_holds_no_notification_up(
    gateway: Gateway, pacer: Pacer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only(gateway)
    await queued(gateway, service=3)
    before = (await pacer.take(FCM, 1, MessageClass.SERVICE)).permits

    async def broken(*_: object, **__: object) -> list[object]:
        raise RuntimeError("a segment of a newer release")

    monkeypatch.setattr(marketing, "claim", broken)
    provider = Scripted(accepts)
    with pytest.raises(RuntimeError, match="newer release"):  # where nothing else is to be sent, it is said
        await pushes.deliver(gateway.database, provider, batches=1, pacer=pacer)
    assert len(provider.sent) == 3
    assert await states(gateway.database) == {"SERVICE SENT": 3}
    assert before == 1
    assert (await pacer.take(FCM, 500, MessageClass.SERVICE)).permits > 100, "its permits were given back"


async def test_what_waits_for_a_device_follows_it_to_another_provider(gateway: Gateway) -> None:
    await only(gateway, "phone")
    await queued(gateway, service=2)
    await devices.register(
        gateway.database,
        actor=await actor(gateway, READY),
        platform=Platform.ANDROID,
        token="phone",
        locale="zh-CN",
        app_version=None,
        now=real(),
        provider=HUAWEI,
    )
    assert set(await rows(gateway.database, "provider, platform")) == {("HUAWEI", "ANDROID")}
    fcm, huawei = Scripted(accepts), Scripted(accepts)
    await pushes.deliver(gateway.database, Routes({FCM: fcm, HUAWEI: huawei}))
    assert (len(fcm.sent), len(huawei.sent)) == (0, 2)


async def test_a_provider_that_is_throttled_holds_no_other(gateway: Gateway) -> None:
    await only(gateway, "google")
    await huawei_device(gateway, "huawei")
    await huawei_device(gateway, "another", OTHER)
    await queued(gateway, service=3)
    await queued(gateway, service=3, phone=OTHER)
    huawei = Scripted(lambda _: push.Throttled(600.0))
    fcm = Scripted(accepts)
    routes = Routes({FCM: fcm, HUAWEI: huawei})
    for _ in range(2):
        await pushes.deliver(gateway.database, routes)
        await queued_more_due(gateway.database)
    assert (len(fcm.sent), len(huawei.sent)) == (3, 6)
    assert await states(gateway.database) == {"SERVICE SENT": 3, "SERVICE DUE": 6}


async def queued_more_due(database: Database) -> None:
    """As if the waits of single deliveries were over; that of the lane is not."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE delivery SET due_at = now() - interval '1 s' WHERE state = 'DUE'")


async def test_what_waits_for_a_halted_lane_comes_back_with_it(gateway: Gateway) -> None:
    await only(gateway)
    await queued(gateway, service=3)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO push_lane (provider, platform, halted_until, reason)"
            " VALUES ('FCM', 'ANDROID', now() + interval '1 hour', 'THROTTLED')"
        )
    provider = Scripted(accepts)
    assert not await pushes.deliver(gateway.database, provider)
    async with gateway.database.connection() as connection:
        assert (await due.pushes(connection, real())).service is None, "and no sweep comes for it"
    assert provider.sent == []
    async with gateway.database.transaction() as connection:
        await connection.execute("DELETE FROM push_lane")  # as a hand would that mended it
    await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == 3
