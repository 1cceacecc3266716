"""PUSH.md's table, line by line, through the real SDK over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

import pytest

from fcm_table import TABLE
from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import FixedToken
from mobile_gateway.push.provider import (
    Accepted,
    Ambiguous,
    Message,
    Outcome,
    PayloadBad,
    ProjectWrong,
    Retry,
    payload_fault,
)
from mobile_gateway.push.wire import Route
from mobile_gateway.rules.words import MessageClass
from mobile_gateway.standins.fcm import FcmStandIn
from mobile_gateway.standins.fcm_answers import ANSWERS, refusal

Make = Callable[..., Message]
ONE = Route(connections=1)


@pytest.mark.parametrize(("token", "outcome"), TABLE, ids=[token or "empty" for token, _ in TABLE])
async def test_an_answer_of_fcm_becomes_its_outcome(
    provider: FcmProvider, fcm: FcmStandIn, message: Make, token: str, outcome: Outcome
) -> None:
    assert await provider.send([message(token)]) == [outcome]
    assert fcm.requests == (1 if token.isascii() and token else 0)


async def test_an_accepted_message_carries_fcms_name(provider: FcmProvider, message: Make) -> None:
    assert await provider.send([message("ok:t")]) == [Accepted("projects/training-demo/messages/1")]


async def test_an_answer_that_does_not_come_in_time_is_ambiguous(fcm: FcmStandIn, message: Make) -> None:
    provider = FcmProvider(
        "training-demo", FixedToken("invented"), fcm.endpoint, Route(connections=1, timeout_seconds=0.3)
    )
    began = time.monotonic()
    assert await provider.send([message("slow:t")]) == [Ambiguous()]
    assert time.monotonic() - began < 3.0
    assert fcm.per_token["slow:t"] == 1
    await provider.close()


async def test_a_message_that_found_no_stream_in_time_was_not_sent(fcm: FcmStandIn, message: Make) -> None:
    provider = FcmProvider(
        "training-demo",
        FixedToken("invented"),
        fcm.endpoint,
        Route(connections=1, streams=2, timeout_seconds=2.0),
    )
    outcomes = await provider.send([message("slow:1"), message("slow:2"), message("ok:late")])
    assert outcomes == [Ambiguous(), Ambiguous(), Retry(None)]
    assert fcm.per_token["ok:late"] == 0
    assert isinstance((await provider.send([message("ok:later")]))[0], Accepted)
    await provider.close()


async def test_a_cancelled_send_stops_and_leaves_the_provider_usable(
    provider: FcmProvider, fcm: FcmStandIn, message: Make
) -> None:
    sending = asyncio.create_task(provider.send([message("slow:t")]))
    while not fcm.requests:  # noqa: ASYNC110 - the stand-in counts, and tells nobody
        await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert isinstance((await provider.send([message("ok:t")]))[0], Accepted)


async def test_a_refused_connection_is_safe_to_retry(message: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        provider = FcmProvider("training-demo", FixedToken("invented"), address, ONE)
        assert await provider.send([message(), message()]) == [Retry(None), Retry(None)]
        await provider.close()


async def test_another_project_halts_the_lane_and_touches_no_token(fcm: FcmStandIn, message: Make) -> None:
    provider = FcmProvider("another", FixedToken("invented"), fcm.endpoint, ONE)
    assert await provider.send([message("ok:t")]) == [ProjectWrong()]
    await provider.close()


async def test_a_mixed_batch_keeps_its_order_and_its_count(
    provider: FcmProvider, fcm: FcmStandIn, message: Make
) -> None:
    names = [token.partition(":")[0] for token, _ in TABLE if token.isascii() and token]
    expected = {token.partition(":")[0]: outcome for token, outcome in TABLE}
    tokens = [f"{names[n % len(names)]}:{n}" if n % 3 else f"ok:{n}" for n in range(200)]
    outcomes = await provider.send([message(token) for token in tokens])
    assert len(outcomes) == 200
    for token, outcome in zip(tokens, outcomes, strict=True):
        name = token.partition(":")[0]
        if name == "ok":
            assert isinstance(outcome, Accepted)
        else:
            assert outcome == expected[name], token
    assert fcm.requests == 200
    assert set(fcm.per_token.values()) == {1}


async def test_an_empty_batch_has_no_outcomes(provider: FcmProvider) -> None:
    assert await provider.send([]) == []


async def test_the_same_message_is_accepted_once_fcm_is_well_again(
    provider: FcmProvider, message: Make
) -> None:
    again = [message("unavailable*1:t")]
    assert await provider.send(again) == [Retry(7.0)]
    assert isinstance((await provider.send(again))[0], Accepted)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "学" * 1_400},
        {"title": "\ud800"},
        {"ttl_seconds": -1},
        {"ttl_seconds": 2_419_201},
        {"notification_id": ""},
        {"notification_id": "n" * 65},
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused_here(
    provider: FcmProvider, fcm: FcmStandIn, message: Make, changes: dict[str, object]
) -> None:
    (outcome,) = await provider.send([message(**changes)])
    assert isinstance(outcome, PayloadBad)
    assert fcm.requests == 0


async def test_the_largest_payload_that_we_allow_is_not_too_big_for_fcm(
    provider: FcmProvider, fcm: FcmStandIn, message: Make
) -> None:
    fitting = max(n for n in range(1, 4096) if not payload_fault(message(body="x" * n)))
    outcomes = await provider.send([message(body="x" * fitting), message(body="x" * (fitting + 1))])
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], PayloadBad)


async def test_two_sends_of_a_notification_show_as_one(
    provider: FcmProvider, fcm: FcmStandIn, message: Make
) -> None:
    sent = message("ok:t", ttl_seconds=3600)
    await provider.send([sent])
    (seen,) = fcm.received
    identifier = sent.notification_id
    assert seen["android"]["collapse_key"] == identifier
    assert seen["android"]["notification"]["tag"] == identifier
    assert seen["apns"]["headers"]["apns-collapse-id"] == identifier
    assert seen["android"]["ttl"] == "3600s"
    assert abs(int(seen["apns"]["headers"]["apns-expiration"]) - time.time() - 3600) < 60
    assert seen["notification"] == {"title": sent.title, "body": sent.body}
    assert seen["token"] == "ok:t"
    assert seen["data"] == {
        "notificationId": identifier,
        "kind": "COURSE_CREDIT_REACHED",
        "class": "SERVICE",
        "deepLink": "training://topics/2024-summer/courses/3",
    }


async def test_marketing_does_not_wake_a_device(
    provider: FcmProvider, fcm: FcmStandIn, message: Make
) -> None:
    await provider.send([message(message_class=MessageClass.MARKETING), message()])
    priorities = {
        seen["data"]["class"]: (seen["android"]["priority"], seen["apns"]["headers"]["apns-priority"])
        for seen in fcm.received
    }
    assert priorities == {"MARKETING": ("normal", "5"), "SERVICE": ("high", "10")}


async def test_a_reason_never_holds_the_token(
    provider: FcmProvider, message: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "invalid_payload", refusal(400, "INVALID_ARGUMENT", "no: invalid_payload:t"))
    assert await provider.send([message("invalid_payload:t")]) == [PayloadBad("no: …")]
