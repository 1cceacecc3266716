"""`graphql-transport-ws` over the real server: what is told, and when a socket ends."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from mobile_gateway import seals
from mobile_gateway.actions import sessions
from mobile_gateway.clock import real
from player import GUIDE, GUIDE_MS, player, run
from pushing import OTHER, READY, tell
from served import Served, issued_at
from staffing import act

pytestmark = pytest.mark.anyio


async def test_the_inbox_is_told_at_once_and_whenever_it_changes(server: Served) -> None:
    gateway, token = server.gateway, await server.gateway.token(READY)
    async with server.socket(token) as socket:
        name = await socket.subscribe("inbox_changed")
        before = await socket.unread(name)
        await tell(gateway, READY, "topic:live-1")
        event = (await socket.next(name))["inboxChanged"]
        assert event["inboxUnread"] == before + 1
        newest = event["inbox"]["edges"][0]["node"]
        assert newest["kind"] == "TOPIC_COMPLETED"
        await act(gateway, "inbox_item_mark_read", token, itemId=newest["id"])
        assert await socket.unread(name) == before


async def test_nobody_is_told_of_somebody_elses_inbox(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        await socket.unread(await socket.subscribe("inbox_changed"))
        await tell(server.gateway, OTHER, "topic:live-1")
        await socket.silent()


async def test_progress_is_told_when_a_person_enrols(server: Served) -> None:
    gateway, token = server.gateway, await server.gateway.token(READY)
    topic = await gateway.topic_id()
    async with server.socket(token) as socket:
        name = await socket.subscribe("progress_changed", topicId=topic)
        assert (await socket.next(name))["progressChanged"]["enrolment"] is None
        payload = await act(gateway, "topic_enrol", token, topicId=topic)
        assert payload["userErrors"] == []
        told = (await socket.next(name))["progressChanged"]
        assert told["enrolment"]["enrolledAt"]
        assert told["progress"]["recognised"] == "0.00"


async def test_progress_is_told_when_a_verdict_is_given(server: Served) -> None:
    gateway = server.gateway
    who = await player(gateway)
    async with server.socket(await gateway.token(READY)) as socket:
        name = await socket.subscribe("progress_changed", topicId=await gateway.topic_id())
        assert (await socket.next(name))["progressChanged"]["progress"]["learnedMs"] == 0
        await who.watch(GUIDE)
        await gateway.sweep()
        while (await socket.next(name))["progressChanged"]["progress"]["learnedMs"] != GUIDE_MS:
            pass  # an event of the enrolment, which was under way


async def test_a_subscription_that_was_completed_is_told_nothing_more(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        name = await socket.subscribe("inbox_changed")
        await socket.unread(name)
        await socket.send({"id": name, "type": "complete"})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await tell(server.gateway, READY, "topic:live-1")
        await socket.silent()
        await socket.send(
            {"id": name, "type": "subscribe", "payload": {"query": "subscription { inboxChanged { id } }"}}
        )
        assert (await socket.next(name))["inboxChanged"]["id"]  # its id is free again


async def test_the_language_is_that_of_the_payload(server: Served) -> None:
    await tell(server.gateway, READY, "topic:live-1")
    async with server.socket() as socket:
        await socket.enter(await server.gateway.token(READY), **{"Accept-Language": "en"})
        event = (await socket.next(await socket.subscribe("inbox_changed")))["inboxChanged"]
        assert event["inbox"]["edges"][0]["node"]["title"] == "Training completed"


async def test_a_socket_ends_with_its_tokens_time(server: Served) -> None:
    token = await issued_at(server, READY, real() - timedelta(minutes=9, seconds=54))
    async with server.socket(token) as socket:
        await socket.unread(await socket.subscribe("inbox_changed"))
        assert await socket.closed() == (4403, "UNAUTHENTICATED")


async def test_a_sign_in_that_ended_ends_its_sockets_and_no_others(server: Served) -> None:
    gateway = server.gateway
    dead, alive = await gateway.token(READY), await gateway.token(READY)
    claims = seals.read_access(gateway.resources.keyring, dead, real())
    assert isinstance(claims, seals.AccessClaims)
    refresh = seals.new_refresh()
    await run(
        gateway,
        "INSERT INTO refresh_token (sign_in_id, token_hash, issued_at, expires_at)"
        " VALUES ($1, $2, now(), now() + interval '1 d')",
        claims.session_id,
        seals.hash_refresh(refresh),
    )
    async with server.socket(dead) as first, server.socket(alive) as second:
        await first.unread(await first.subscribe("inbox_changed"))
        name = await second.subscribe("inbox_changed")
        unread = await second.unread(name)
        await sessions.sign_out(gateway.database, token=refresh, now=real())
        assert await first.closed() == (4403, "SESSION_INVALID")
        assert await second.unread(name) == unread
        await tell(gateway, READY, "topic:live-1")
        assert await second.unread(name) == unread + 1


async def test_a_sign_in_that_is_dead_already_is_told_so(server: Served) -> None:
    token = await server.gateway.token(READY)
    await run(server.gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    async with server.socket(token) as socket:
        await socket.subscribe("inbox_changed")
        assert await socket.closed() == (4403, "SESSION_INVALID")


async def test_an_event_that_cannot_be_read_is_that_events_fault_alone(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        name = await socket.ask(
            "subscription { inboxChanged { inboxUnread inbox(first: 0) { edges { cursor } } } }"
        )
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await tell(server.gateway, READY, "topic:live-1")
        assert (await socket.receive())["id"] == name


async def test_sigterm_closes_sockets_at_once(server: Served) -> None:
    token = await server.gateway.token(READY)
    async with server.socket(token) as socket, server.socket() as unknown:
        await socket.unread(await socket.subscribe("inbox_changed"))
        started = time.monotonic()
        server.terminate()
        assert await socket.closed() == (1001, "Going away")
        assert await unknown.closed() == (1001, "Going away")
        await asyncio.wait_for(server.process.wait(), 15)
        assert time.monotonic() - started < 10


async def test_a_client_that_reads_nothing_holds_up_nobody_and_finds_the_newest_state(server: Served) -> None:
    gateway, token = server.gateway, await server.gateway.token(READY)
    async with server.socket(token) as slow, server.socket(token) as quick:
        name = await slow.subscribe("inbox_changed")
        before = await slow.unread(name)
        other = await quick.subscribe("inbox_changed")
        assert await quick.unread(other) == before
        for number in range(30):
            await tell(gateway, READY, f"topic:live-{number}")
        while await quick.unread(other) != before + 30:
            pass
        events = 0
        while (seen := await slow.unread(name)) != before + 30:
            events += 1
            assert seen < before + 30
        assert events < 30
