"""A campaign followed by an app: from one access token to the next, and where no socket stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from campaigning import desks
from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.journeys.client import Client, Tokens
from mobile_gateway.journeys.following import Following
from mobile_gateway.journeys.telling import NotHeld, Silent
from served import Served, issued_at, served
from servers import Servers
from staffing import PLATFORM

pytestmark = pytest.mark.anyio


async def test_a_campaign_is_followed_from_one_token_to_the_next(server: Served) -> None:
    both = await desks(server.gateway)
    campaign = await both.first.draft()
    client = Client(server.url.removesuffix("/graphql"), Silent())
    old = await issued_at(server, PLATFORM, real() - timedelta(minutes=9, seconds=54))
    client.tokens = Tokens(old, "no refresh token")
    fresh = Tokens(await server.gateway.token(PLATFORM), "")

    def sign_in_again() -> None:
        client.tokens = fresh

    client.sign_in_again = sign_in_again
    following = await asyncio.to_thread(Following, client, campaign)
    assert following.states == ["DRAFT"]
    while client.tokens is not fresh:
        await asyncio.to_thread(following.look)
    heard = following.heard
    assert heard > 0
    await asyncio.to_thread(following.look)
    await both.second.done("campaign_approve", campaignId=campaign, version=1)
    told = await asyncio.to_thread(following.until, "it", lambda seen: seen["state"] == "APPROVED")
    assert (told["state"], following.states) == ("APPROVED", ["DRAFT", "APPROVED"])
    assert following.heard > heard, "by another socket"
    await both.first.done("campaign_cancel", campaignId=campaign)
    with pytest.raises(NotHeld):
        await asyncio.to_thread(following.until, "it", lambda seen: seen["state"] == "SENT", 0.5)
    following.close()
    client.close()


async def test_where_no_socket_stands_the_campaign_is_asked_for(
    gateway: Gateway, servers: Servers, tmp_path: Path
) -> None:
    both, token = await desks(gateway), await gateway.token(PLATFORM)
    campaign = await both.first.draft()
    settings, more = gateway.resources.settings, {"MOBILE_GATEWAY_MOST_STREAMS": "1"}
    async with (
        served(gateway, settings.database_url, servers.redis_url, tmp_path / "serve.log", **more) as server,
        server.socket(token),
    ):
        client = Client(server.url.removesuffix("/graphql"), Silent())
        client.tokens = Tokens(token, "")
        following = await asyncio.to_thread(Following, client, campaign)
        await both.second.done("campaign_approve", campaignId=campaign, version=1)
        await asyncio.to_thread(following.until, "it", lambda seen: seen["state"] == "APPROVED")
        assert following.heard == 0
        following.close()
        client.close()
