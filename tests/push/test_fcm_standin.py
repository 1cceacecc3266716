"""The stand-in itself, by hand-written requests: tests elsewhere lean on these promises."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from mobile_gateway.standins.fcm import FcmStandIn

SEND = "/v1/projects/training-demo/messages:send"


async def ask(
    fcm: FcmStandIn, token: str, *, path: str = SEND, access_token: str = "invented", **message: Any
) -> httpx.Response:
    async with httpx.AsyncClient(base_url=fcm.endpoint) as client:
        headers = {"Authorization": f"Bearer {access_token}"}
        return await client.post(path, headers=headers, json={"message": {"token": token, **message}})


async def test_the_token_names_the_answer_and_the_counters_keep_it(fcm: FcmStandIn) -> None:
    statuses = [(await ask(fcm, f"{name}:1")).status_code for name in ("ok", "unregistered", "quota", "dXy")]
    assert statuses == [200, 404, 429, 200]
    assert fcm.answers == {"ok": 2, "unregistered": 1, "quota": 1}
    assert fcm.requests == 4
    assert [message["token"] for message in fcm.received] == ["ok:1", "unregistered:1", "quota:1", "dXy:1"]


async def test_an_answer_can_hold_for_the_first_times_only(fcm: FcmStandIn) -> None:
    assert [(await ask(fcm, "unavailable*2:a")).status_code for _ in range(4)] == [503, 503, 200, 200]
    assert (await ask(fcm, "unavailable*2:b")).status_code == 503


async def test_a_wrong_project_token_or_message_is_refused_as_google_does(fcm: FcmStandIn) -> None:
    assert (await ask(fcm, "ok:1", path=SEND.replace("demo", "other"))).status_code == 404
    assert (await ask(fcm, "ok:1", access_token="another")).status_code == 401
    assert (await ask(fcm, "ok:1", data={"text": "学" * 1_400})).status_code == 400
    async with httpx.AsyncClient(
        base_url=fcm.endpoint, headers={"Authorization": "Bearer invented"}
    ) as client:
        for body in (b"", b"[]", b"{", json.dumps({"message": {}}).encode()):
            assert (await client.post(SEND, content=body)).status_code == 400
    assert fcm.answers == {"wrong_address": 1, "no_access_token": 1, "too_big": 1, "no_message": 4}


async def test_a_dropped_connection_gives_no_answer(fcm: FcmStandIn) -> None:
    with pytest.raises(httpx.TransportError):
        await ask(fcm, "drop:1")
    assert fcm.per_token["drop:1"] == 1


async def test_stopping_cuts_who_is_waiting_and_frees_the_port() -> None:
    standin = FcmStandIn("training-demo", latency_seconds=60.0)
    await standin.start()
    port = int(standin.endpoint.rpartition(":")[2])
    waiting = asyncio.create_task(ask(standin, "ok:1"))
    while not standin.requests:  # noqa: ASYNC110 - the stand-in counts, and tells nobody
        await asyncio.sleep(0.01)
    await standin.stop()
    await standin.stop()
    with pytest.raises(httpx.TransportError):
        await waiting
    with pytest.raises(RuntimeError, match="not started"):
        _ = standin.endpoint
    await standin.start(port)
    assert standin.endpoint.endswith(f":{port}")
    await standin.stop()
