"""Moving a local run's clock over HTTP: forward only, from this machine, as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway import Gateway


async def move(gateway: Gateway, given: Any, **headers: str) -> int:
    sent = {"host": "127.0.0.1:8000", **headers}
    return (await gateway.client.post("/local/clock", json=given, headers=sent)).status_code


async def test_it_goes_forward_and_not_back(gateway: Gateway) -> None:
    now = gateway.resources.clock.now()
    later = now + timedelta(days=3)
    assert await move(gateway, {"forwardTo": later.isoformat()}) == 200
    assert later <= gateway.resources.clock.now() < later + timedelta(minutes=1)
    assert await move(gateway, {"forwardTo": now.isoformat()}) == 400
    assert gateway.resources.clock.now() >= later


@pytest.mark.parametrize(
    "given",
    [
        {"forwardTo": "9999-12-31T23:59:59Z"},
        {"forwardTo": "2024-09-01T00:00:00"},
        {"forwardTo": "soon"},
        {"forwardTo": 7},
        {"backTo": "2024-09-01T00:00:00+08:00"},
        {},
        [],
        "x",
        {"forwardTo": "2024-09-01T00:00:00+08:00", "more": "x" * 500},
    ],
)
async def test_what_is_no_moment_ahead_moves_nothing(gateway: Gateway, given: Any) -> None:
    before = gateway.resources.clock
    assert await move(gateway, given) in {400, 413}
    assert gateway.resources.clock == before


async def test_a_form_of_another_site_moves_nothing(gateway: Gateway) -> None:
    body = '{"forwardTo": "2024-09-01T00:00:00+08:00"}'
    headers = {"host": "127.0.0.1:8000", "content-type": "text/plain"}
    answer = await gateway.client.post("/local/clock", content=body, headers=headers)
    assert answer.status_code == 415


async def test_another_host_or_a_proxy_is_refused(gateway: Gateway) -> None:
    given = {"forwardTo": "2024-09-01T00:00:00+08:00"}
    assert await move(gateway, given, host="rebound.example.org") in {403, 404}
    forwarded = {"x-forwarded-for": "203.0.113.7"}
    assert await move(gateway, given, **forwarded) in {403, 404}
