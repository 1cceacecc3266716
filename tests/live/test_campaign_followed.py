"""A campaign followed by an app: from one access token to the next, and where no socket stands."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from campaigning import desks
from mobile_gateway.clock import real
from mobile_gateway.journeys.client import Client, Tokens
from mobile_gateway.journeys.following import Following
from mobile_gateway.journeys.telling import NotHeld, Silent
from served import Served, issued_at
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


async def test_where_no_socket_stands_the_campaign_is_asked_for(server: Served) -> None:
    both = await desks(server.gateway)
    campaign = await both.first.draft()
    token = await server.gateway.token(PLATFORM)
    client = Client(server.url.removesuffix("/graphql"), Silent())
    client.tokens = Tokens(token, "")
    async with contextlib.AsyncExitStack() as held:
        for _ in range(10):  # as many as a person may have
            await held.enter_async_context(server.socket(token))
        following = await asyncio.to_thread(Following, client, campaign)
        await both.second.done("campaign_approve", campaignId=campaign, version=1)
        await asyncio.to_thread(following.until, "it", lambda seen: seen["state"] == "APPROVED")
        assert following.heard == 0
    following.close()
    client.close()
