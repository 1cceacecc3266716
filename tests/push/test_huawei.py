"""Huawei's result codes, one by one, over real sockets: the protocol holds for a provider that is not FCM."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from mobile_gateway.push.huawei import AppCredential, HuaweiProvider
from mobile_gateway.push.provider import (
    Accepted,
    Ambiguous,
    AuthBroken,
    Message,
    Outcome,
    PayloadBad,
    ProjectWrong,
    Retry,
    Scope,
    Throttled,
    TokenDead,
)
from mobile_gateway.push.wire import Route
from mobile_gateway.rules.words import MessageClass
from mobile_gateway.standins.huawei import HuaweiStandIn

Make = Callable[..., Message]
ROUTE = Route(connections=2, timeout_seconds=10.0)

TABLE: list[tuple[str, Outcome]] = [
    ("dead:t", TokenDead()),
    ("partly:t", TokenDead()),
    ("bad_params:t", PayloadBad("80100001 Some request parameters are incorrect")),
    ("bad_structure:t", PayloadBad("80100003 Illegal payload")),
    ("too_big:t", PayloadBad("80300008 The size of the message body exceeds the default value")),
    ("no_permission:t", AuthBroken(Scope.PROJECT)),
    ("bad_auth:t", AuthBroken(Scope.PROJECT)),
    ("oauth_down:t", AuthBroken(Scope.PROJECT)),
    ("internal:t", Retry(None)),
    ("flow:t", Throttled(3.0)),
    ("flow_silent:t", Throttled(60.0)),
    ("bad_gateway:t", Ambiguous()),
    ("no_code:t", Ambiguous()),
    ("no_json:t", Ambiguous()),
    ("drop:t", Ambiguous()),
    ("", TokenDead()),
    ("令牌", TokenDead()),
]


@pytest.fixture
async def huawei() -> AsyncIterator[HuaweiStandIn]:
    async with HuaweiStandIn() as standin:
        yield standin


def provider_of(huawei: HuaweiStandIn, app_id: str = "100001", secret: str = "invented") -> HuaweiProvider:
    credential = AppCredential("100001", secret, f"{huawei.endpoint}/oauth2/v3/token", ROUTE)
    return HuaweiProvider(app_id, credential, huawei.endpoint, ROUTE)


@pytest.fixture
async def provider(huawei: HuaweiStandIn) -> AsyncIterator[HuaweiProvider]:
    made = provider_of(huawei)
    yield made
    await made.close()


@pytest.mark.parametrize(("token", "outcome"), TABLE, ids=[token or "empty" for token, _ in TABLE])
async def test_a_result_code_becomes_its_outcome(
    provider: HuaweiProvider, huawei: HuaweiStandIn, message: Make, token: str, outcome: Outcome
) -> None:
    assert await provider.send([message(token)]) == [outcome]
    assert huawei.requests == (1 if token.isascii() and token else 0)


async def test_a_mixed_batch_keeps_its_order(provider: HuaweiProvider, message: Make) -> None:
    outcomes = await provider.send([message("ok:1"), message("dead:2"), message("ok:3")])
    assert [type(outcome) for outcome in outcomes] == [Accepted, TokenDead, Accepted]


async def test_a_message_says_its_class_and_its_tag_in_huaweis_words(
    provider: HuaweiProvider, huawei: HuaweiStandIn, message: Make
) -> None:
    await provider.send([message("ok:1", ttl_seconds=2_000_000)])
    await provider.send([message("ok:2", message_class=MessageClass.MARKETING)])
    service, marketing = huawei.received
    shown: dict[str, Any] = service["android"]["notification"]
    assert shown["tag"] == message().notification_id
    assert (shown["title"], shown["body"]) == (message().title, message().body)
    assert shown["click_action"] == {"type": 1, "intent": message().deep_link}
    assert service["android"]["ttl"] == "1296000s", "fifteen days are the most"
    assert json.loads(service["data"])["deepLink"] == message().deep_link
    kinds = [
        (one["android"]["category"], one["android"]["urgency"], one["android"]["notification"]["importance"])
        for one in (service, marketing)
    ]
    assert kinds == [("WORK", "HIGH", "NORMAL"), ("MARKETING", "NORMAL", "LOW")]


async def test_a_token_that_is_over_is_bought_anew_and_the_message_retried(
    provider: HuaweiProvider, huawei: HuaweiStandIn, message: Make
) -> None:
    assert isinstance((await provider.send([message("ok:1")]))[0], Accepted)
    huawei.sold += 1  # what was sold before is over
    provider._bearer._renewed_at = float("-inf")  # as if it had been bought long ago
    assert await provider.send([message("ok:2")]) == [Retry(None)]
    assert isinstance((await provider.send([message("ok:2")]))[0], Accepted)


async def test_a_secret_that_is_wrong_halts_the_lane_and_sends_nothing(
    huawei: HuaweiStandIn, message: Make
) -> None:
    provider = provider_of(huawei, secret="another")
    assert await provider.send([message("ok:1")]) == [AuthBroken(Scope.PROJECT)]
    assert huawei.requests == 0
    await provider.close()


async def test_another_app_halts_the_lane(huawei: HuaweiStandIn, message: Make) -> None:
    provider = provider_of(huawei, app_id="another")
    assert await provider.send([message("ok:1")]) == [ProjectWrong()]
    await provider.close()


async def test_an_issuer_that_is_away_is_tried_again_later(huawei: HuaweiStandIn, message: Make) -> None:
    provider = provider_of(huawei)
    await huawei.stop()
    assert await provider.send([message("ok:1")]) == [Retry(None)]
    await provider.close()


def test_an_access_token_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        HuaweiProvider("1", AppCredential("1", "s"), "http://push.example")
    with pytest.raises(ValueError, match="app id"):
        HuaweiProvider("", AppCredential("", "s"))
