"""The private parts of firebase-admin that push.fcm replaces. When one fails, read its messaging.py anew."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import firebase_admin
import httpx
import pytest
from firebase_admin import messaging

from mobile_gateway.push.fcm import FcmProvider, FixedToken, SdkMoved, rewire, service_of
from mobile_gateway.push.provider import Accepted, Message, Retry
from mobile_gateway.push.wire import Wire
from mobile_gateway.standins.fcm import FcmStandIn

Make = Callable[..., Message]
VERSION = firebase_admin.__version__
PATH = "/v1/projects/training-demo/messages:send"
MOVED = f"firebase-admin {VERSION} moved a private part that push/fcm.py replaces: "


def test_the_private_parts_are_where_they_were() -> None:
    assert hasattr(messaging, "_get_messaging_service"), MOVED + "messaging._get_messaging_service"
    app = firebase_admin.initialize_app(FixedToken("t"), {"projectId": "training-demo"}, name="parts")
    service = service_of(app)
    parts = vars(service)
    assert parts.get("_fcm_url") == f"https://fcm.googleapis.com{PATH}", MOVED + "_fcm_url"
    assert callable(getattr(parts.get("_async_client"), "request", None)), MOVED + "_async_client.request"
    assert callable(getattr(parts.get("_async_client"), "aclose", None)), MOVED + "_async_client.aclose"
    firebase_admin.delete_app(app)


class Client:
    async def request(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("service", "part"),
    [
        (SimpleNamespace(_async_client=Client()), "_fcm_url"),
        (SimpleNamespace(_fcm_url="https://elsewhere.example", _async_client=Client()), "_fcm_url"),
        (SimpleNamespace(_fcm_url="https://fcm.googleapis.com" + PATH), "_async_client"),
        (
            SimpleNamespace(_fcm_url="https://fcm.googleapis.com" + PATH, _async_client=object()),
            "_async_client",
        ),
    ],
)
async def test_an_sdk_that_moved_its_parts_stops_the_start_and_names_its_version(
    service: SimpleNamespace, part: str
) -> None:
    wire = Wire(httpx.Auth(), 1.0, 1)
    with pytest.raises(SdkMoved, match=VERSION.replace(".", r"\.")) as caught:
        rewire(service, PATH, "http://127.0.0.1:1", wire)
    assert part in str(caught.value)
    await wire.aclose()


@pytest.mark.parametrize("name", ["unavailable", "internal", "unauthenticated", "third_party_auth", "drop"])
async def test_the_sdk_sends_each_message_once(
    provider: FcmProvider, fcm: FcmStandIn, message: Make, name: str
) -> None:
    await provider.send([message(f"{name}:t")])
    assert fcm.requests == 1, f"firebase-admin {VERSION} sends again by itself"


async def test_messages_go_through_all_apps(fcm: FcmStandIn, message: Make) -> None:
    before = len(firebase_admin._apps)
    provider = FcmProvider("training-demo", FixedToken("invented"), fcm.endpoint, apps=3)
    assert len(firebase_admin._apps) == before + 3
    outcomes = await provider.send([message(f"ok:{n}") for n in range(30)])
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    await provider.close()
    assert len(firebase_admin._apps) == before


async def test_a_closed_provider_sends_nothing(fcm: FcmStandIn, message: Make) -> None:
    provider = FcmProvider("training-demo", FixedToken("invented"), fcm.endpoint, apps=1)
    await provider.close()
    await provider.close()
    assert await provider.send([message()]) == [Retry(None)]
    assert fcm.requests == 0


@pytest.mark.parametrize(
    ("project", "apps", "endpoint"),
    [("", 1, "http://127.0.0.1:1"), ("training-demo", 0, "http://127.0.0.1:1")],
)
def test_arguments_that_cannot_work_are_refused(project: str, apps: int, endpoint: str) -> None:
    with pytest.raises(ValueError, match="project"):
        FcmProvider(project, FixedToken("t"), endpoint, apps)
