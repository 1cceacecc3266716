"""The photo of a ticket, for its agent alone, and each time noted (PRODUCT.md §7, §12)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.clock import real
from phoning import act, audited, run, taken

FORGET = (
    "UPDATE rebind_ticket SET state = 'CANCELLED', closed_at = now(), details_sealed = NULL, photo_key = NULL"
)


async def link_of(gateway: Gateway, token: str, number: str) -> dict[str, Any]:
    payload = await act(gateway, "rebind_photo_view", token, number=number, reason="核对证件")
    found: dict[str, Any] = payload["link"]
    return found


async def test_the_photo_is_shown_by_a_link_of_a_minute_and_each_view_is_noted(gateway: Gateway) -> None:
    found, token = await taken(gateway)
    links = [await link_of(gateway, token, found.number) for _ in range(2)]
    for link in links:
        assert 50 < (datetime.fromisoformat(link["expiresAt"]) - real()).total_seconds() <= 60
    response = await gateway.client.get(links[0]["path"])
    assert response.content.startswith(b"\xff\xd8\xff")
    assert response.status_code == 200
    headers = response.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == "inline"
    assert "sandbox" in headers["content-security-policy"]
    again = await asyncio.gather(*(gateway.client.get(link["path"]) for link in (*links, links[1])))
    assert sorted(one.status_code for one in again) == [200, 404, 404], "each link shows it once"
    asked, looked = ("PHOTO_VIEWED", "核对证件"), ("PHOTO_VIEWED", None)
    assert await audited(gateway) == [("TICKET_TAKEN", None), asked, asked, looked, looked]


async def test_a_photo_is_looked_at_for_a_reason(gateway: Gateway) -> None:
    found, token = await taken(gateway)
    for reason in (" ", "\u0000", "因" * 201):
        payload = await act(gateway, "rebind_photo_view", token, number=found.number, reason=reason)
        assert [(e["code"], e["path"]) for e in payload["userErrors"]] == [("REASON_REQUIRED", ["reason"])]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'",
        "UPDATE staff_grant SET revoked_at = now() WHERE role = 'SUPPORT_AGENT'",
        "UPDATE rebind_ticket SET agent_id = (SELECT id FROM person WHERE phone = '+8619900000016')",
        FORGET,
    ],
)
async def test_a_link_shows_nothing_once_its_agent_is_out_of_scope(gateway: Gateway, statement: str) -> None:
    found, token = await taken(gateway)
    shown, link = [await link_of(gateway, token, found.number) for _ in range(2)]
    assert (await gateway.client.get(shown["path"])).status_code == 200
    await run(gateway, statement)
    assert (await gateway.client.get(link["path"])).status_code == 404


async def test_a_link_that_was_changed_shows_nothing(gateway: Gateway) -> None:
    found, token = await taken(gateway)
    path = (await link_of(gateway, token, found.number))["path"]
    for bad in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/uploads/photo/x", "/uploads/photo/%00"):
        assert (await gateway.client.get(bad)).status_code == 404
    assert (await gateway.client.post(path)).status_code == 405
