"""The private parts of firebase-admin that push.firebase leans on. When one fails, read its messaging.py anew."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import firebase_admin
import pytest
from firebase_admin import messaging

from mobile_gateway.push import firebase
from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import GOOGLE, FixedToken, SdkMoved
from mobile_gateway.push.provider import Message, Retry
from mobile_gateway.push.wire import Route
from mobile_gateway.standins.fcm import FcmStandIn

Make = Callable[..., Message]
ONE = Route(connections=1)
VERSION = firebase_admin.__version__
PATH = "/v1/projects/training-demo/messages:send"
MOVED = f"firebase-admin {VERSION} moved a private part that push/firebase.py leans on: "


def test_the_private_parts_are_where_they_were() -> None:
    assert hasattr(messaging, "_get_messaging_service"), MOVED + "messaging._get_messaging_service"
    app = firebase_admin.initialize_app(FixedToken("t"), {"projectId": "training-demo"}, name="parts")
    service = firebase.service_of(app)
    assert getattr(service, "_fcm_url", None) == GOOGLE + PATH, MOVED + "_fcm_url"
    headers = getattr(service, "_fcm_headers", {})
    assert headers == {
        "X-GOOG-API-FORMAT-VERSION": "2",
        "X-FIREBASE-CLIENT": f"fire-admin-python/{VERSION}",
    }, MOVED + "_fcm_headers"
    assert callable(getattr(service, "encode_message", None)), MOVED + "encode_message"
    assert callable(getattr(service, "_handle_fcm_httpx_error", None)), MOVED + "_handle_fcm_httpx_error"
    firebase.proves_itself(service)
    firebase_admin.delete_app(app)


@pytest.mark.parametrize(
    ("service", "part"),
    [
        (SimpleNamespace(_fcm_headers={}), "_fcm_url"),
        (SimpleNamespace(_fcm_url="https://elsewhere.example", _fcm_headers={}), "_fcm_url"),
        (SimpleNamespace(_fcm_url=GOOGLE + PATH), "_fcm_headers"),
    ],
)
def test_an_sdk_that_moved_its_address_stops_the_start_and_names_its_version(
    service: SimpleNamespace, part: str
) -> None:
    with pytest.raises(SdkMoved, match=VERSION.replace(".", r"\.")) as caught:
        firebase.headers_of(service, GOOGLE + PATH)
    assert part in str(caught.value)


def written(_: Any) -> dict[str, Any]:
    return {"topic": "t", "data": {"k": "v"}}


@pytest.mark.parametrize(
    ("service", "part"),
    [
        (SimpleNamespace(), "encode_message"),
        (SimpleNamespace(encode_message=lambda _: {"to": "t"}), "encode_message"),
        (SimpleNamespace(encode_message=written), "_handle_fcm_httpx_error"),
        (SimpleNamespace(encode_message=written, _handle_fcm_httpx_error=str), "_handle_fcm_httpx_error"),
    ],
)
def test_an_sdk_that_writes_or_reads_otherwise_stops_the_start(service: SimpleNamespace, part: str) -> None:
    with pytest.raises(SdkMoved, match=part):
        firebase.proves_itself(service)


@pytest.mark.parametrize("name", ["unavailable", "internal", "unauthenticated", "third_party_auth", "drop"])
async def test_each_message_is_sent_once(
    provider: FcmProvider, fcm: FcmStandIn, message: Make, name: str
) -> None:
    await provider.send([message(f"{name}:t")])
    assert fcm.requests == 1


async def test_a_closed_provider_sends_nothing_and_leaves_no_app(fcm: FcmStandIn, message: Make) -> None:
    before = len(firebase_admin._apps)
    provider = FcmProvider("training-demo", FixedToken("invented"), fcm.endpoint, ONE)
    assert len(firebase_admin._apps) == before + 1
    await provider.close()
    await provider.close()
    assert await provider.send([message()]) == [Retry(None)]
    assert fcm.requests == 0
    assert len(firebase_admin._apps) == before


@pytest.mark.parametrize(("project", "connections"), [("", 1), ("training-demo", 0)])
def test_arguments_that_cannot_work_are_refused(project: str, connections: int) -> None:
    with pytest.raises(ValueError, match="project"):
        FcmProvider(project, FixedToken("t"), "http://127.0.0.1:1", Route(connections=connections))
