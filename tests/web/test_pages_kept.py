"""A page that is the same for every anonymous reader is made once a second, and never told to the wrong one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway import START, Gateway
from mobile_gateway.schema import operations as trusted


async def home(gateway: Gateway, token: str | None = None, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = await gateway.execute(
        trusted.by_file()["resource_home"], {"tab": "HOME"}, token, **headers
    )
    return found


async def test_the_same_page_is_the_same_bytes(gateway: Gateway) -> None:
    body = {"query": trusted.by_file()["resource_home"], "variables": {"tab": "HOME"}}
    assert (await gateway.post(body)).content == (await gateway.post(body)).content


async def test_a_moved_clock_shows_at_once(gateway: Gateway) -> None:
    before = await home(gateway)
    await gateway.set_time(START + timedelta(days=60))
    assert (await home(gateway))["data"]["resourceHome"]["banners"] != before["data"]["resourceHome"][
        "banners"
    ]


async def test_a_changed_catalogue_shows_at_once(gateway: Gateway) -> None:
    assert (await home(gateway))["data"]["resourceHome"]["shelves"]
    async with gateway.database.transaction() as connection:
        await connection.execute("DELETE FROM shelf_item")
        await connection.execute("UPDATE revision SET value = value + 1 WHERE name = 'catalogue'")
    await gateway.resources.follow_once()
    shelves = (await home(gateway))["data"]["resourceHome"]["shelves"]
    assert not any(shelf["items"] for shelf in shelves)


async def test_languages_and_readers_are_kept_apart(gateway: Gateway) -> None:
    anonymous = await home(gateway)
    assert await home(gateway, accept_language="en") != anonymous
    refused = await gateway.post(
        {"query": trusted.by_file()["resource_home"], "variables": {"tab": "HOME"}}, "no"
    )
    assert refused.status_code == 401


async def test_errors_are_not_kept(gateway: Gateway) -> None:
    query = trusted.by_file()["resource_home"]
    for _ in range(2):
        assert "errors" in await gateway.execute(query, {"tab": "NOWHERE"})
