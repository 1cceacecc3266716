"""`graphql-transport-ws` over the real server: what is told, and how a socket is refused and closed."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from mobile_gateway import seals
from mobile_gateway.actions import sessions
from mobile_gateway.clock import real
from mobile_gateway.rules.words import ClientKind, Identity
from player import GUIDE, GUIDE_MS, player, run
from pushing import OTHER, READY, tell
from served import PROTOCOL, Served
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
        assert (await socket.next(name))["progressChanged"]["progress"]["learnedMs"] == GUIDE_MS


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


WRONG: list[tuple[Any, int]] = [
    ("", 4400),
    ("null", 4400),
    ("[]", 4400),
    ('{"type":3}', 4400),
    ('{"type":"start","id":"1","payload":{}}', 4400),
    ('{"type":"subscribe","payload":{"query":"subscription { inboxChanged { id } }"}}', 4400),
    ('{"type":"subscribe","id":"","payload":{"query":"x"}}', 4400),
    (json.dumps({"type": "subscribe", "id": "x" * 200, "payload": {"query": "x"}}), 4400),
    ('{"type":"subscribe","id":"1"}', 4400),
    ('{"type":"subscribe","id":"1","payload":[]}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":3}}', 4400),
    ('{"type":"next","id":"1","payload":{}}', 4400),
    ('{"type":"\\ud800"}', 4400),
    ("[" * 50_000, 4400),
    (json.dumps({"type": "ping", "payload": {"x": "y" * 70_000}}), 4400),
    (b'{"type":"ping"}', 4400),
    ('{"type":"connection_init"}', 4429),
]


async def test_what_no_client_of_the_subprotocol_sends_ends_the_socket(server: Served) -> None:
    token = await server.gateway.token(READY)
    for message, code in WRONG:
        async with server.socket(token) as socket:
            await socket.send(message)
            assert (await socket.closed())[0] == code, message


async def test_an_id_in_use_ends_the_socket_with_4409(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        payload = {"query": "subscription { inboxChanged { id } }"}
        for _ in range(2):
            await socket.send({"id": "教师", "type": "subscribe", "payload": payload})
        assert await socket.closed() == (4409, "Subscriber for 教师 already exists")


async def test_who_does_not_say_who_they_are_is_refused(server: Served) -> None:
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { inboxChanged { id } }"}}
    async with server.socket() as socket:
        await socket.send(subscribe)
        assert (await socket.closed())[0] == 4401
    expired = await _token(server, real() - timedelta(minutes=11))
    for payload, reason in (
        ({}, "UNAUTHENTICATED"),
        (None, "UNAUTHENTICATED"),
        ({"authorization": "Basic x"}, "UNAUTHENTICATED"),
        ({"authorization": "Bearer x.y.z"}, "SESSION_INVALID"),
        ({"authorization": 3}, "UNAUTHENTICATED"),
        ({"authorization": f"Bearer {expired}"}, "UNAUTHENTICATED"),
    ):
        async with server.socket() as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.closed() == (4403, reason)


async def test_a_socket_without_a_word_is_closed_after_three_seconds(server: Served) -> None:
    async with server.socket() as socket:
        started = time.monotonic()
        await socket.send({"type": "ping"})  # answered, and no word about who asks
        assert await socket.receive() == {"type": "pong"}
        assert (await socket.closed())[0] == 4408
        assert 2.5 < time.monotonic() - started < 6


async def test_a_socket_ends_with_its_tokens_time(server: Served) -> None:
    token = await _token(server, real() - timedelta(minutes=9, seconds=54))
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


async def test_only_subscriptions_go_over_a_socket_and_an_error_ends_that_one_alone(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        for query, code in (
            ("{ __typename }", "NOT_A_SUBSCRIPTION"),
            ('mutation { deviceForget(input: {token: "x"}) { userErrors { code } } }', "NOT_A_SUBSCRIPTION"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { a: inboxChanged { id } b: inboxChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { inboxChanged { inbox(first: 500) { edges { cursor } } } }", "PAGE_TOO_LARGE"),
            ('subscription { progressChanged(topicId: "x") { id } }', "NOT_FOUND"),
            (
                "subscription ($x: Int!) { inboxChanged { inbox(first: $x) { edges { cursor } } } }",
                "BAD_USER_INPUT",
            ),
        ):
            name = await socket.ask(query)
            message = await socket.receive()
            assert (message["type"], message["id"]) == ("error", name), message
            assert message["payload"][0]["extensions"]["code"] == code, message
        await socket.unread(await socket.subscribe("inbox_changed"))


async def test_an_event_that_cannot_be_read_is_that_events_fault_alone(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        name = await socket.ask(
            "subscription { inboxChanged { inboxUnread inbox(first: 0) { edges { cursor } } } }"
        )
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await tell(server.gateway, READY, "topic:live-1")
        assert (await socket.receive())["id"] == name


async def test_a_socket_has_ten_subscriptions_at_most(server: Served) -> None:
    async with server.socket(await server.gateway.token(READY)) as socket:
        for _ in range(10):
            await socket.unread(await socket.subscribe("inbox_changed"))
        name = await socket.subscribe("inbox_changed")
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", name)
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await socket.send({"id": "1", "type": "complete"})
        await socket.unread(await socket.subscribe("inbox_changed"))


async def test_a_person_has_ten_sockets_at_most(server: Served) -> None:
    token = await server.gateway.token(READY)
    opened = [
        await connect(server.url.replace("http", "ws", 1), subprotocols=[PROTOCOL], proxy=None)
        for _ in range(11)
    ]
    init = json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    for one in opened:
        await one.send(init)
    answers = []
    for one in opened:
        try:
            answers.append(json.loads(await asyncio.wait_for(one.recv(), 10))["type"])
        except ConnectionClosed as why:
            answers.append(why.rcvd.code if why.rcvd else None)
    assert sorted(answers, key=str) == [4429, *["connection_ack"] * 10]
    await asyncio.gather(*(one.close() for one in opened))
    async with server.socket(token) as socket:  # who has left makes room
        await socket.unread(await socket.subscribe("inbox_changed"))


@pytest.mark.parametrize("spoken", [None, ["graphql-ws"], ["json"]])
async def test_the_legacy_subprotocol_and_none_at_all_are_refused(
    server: Served, spoken: list[str] | None
) -> None:
    offered = [Subprotocol(one) for one in spoken] if spoken else None
    async with connect(server.url.replace("http", "ws", 1), subprotocols=offered, proxy=None) as socket:
        assert socket.subprotocol is None
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4406


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


async def _token(server: Served, issued: Any) -> str:
    good = await server.gateway.token(READY)
    claims = seals.read_access(server.gateway.resources.keyring, good, real())
    assert isinstance(claims, seals.AccessClaims)
    return seals.issue_access(
        server.gateway.resources.keyring,
        session_id=claims.session_id,
        person_id=claims.person_id,
        identity=Identity.TEACHER,
        wipe_epoch=claims.wipe_epoch,
        client_kind=ClientKind.APP,
        now=issued,
    )
