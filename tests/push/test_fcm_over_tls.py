"""PUSH.md's table over TLS and HTTP/2, against the stand-in as a process of its own; and what it shows and counts."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fcm_table import TABLE
from forwarding import forwarding
from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import FixedToken
from mobile_gateway.push.provider import Accepted, Ambiguous, Message, Retry
from mobile_gateway.push.wire import PING_EVERY, PING_PATIENCE, Route
from standing_in import PROJECT, ServedStandIn, served

Make = Callable[..., Message]

GIVEN_UP_SECONDS = 2.5 * (PING_EVERY + PING_PATIENCE).total_seconds()


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStandIn]:
    with served(tmp_path_factory.mktemp("fcm")) as found:
        yield found


def provider_of(
    standin: ServedStandIn, seconds: float = 10.0, connections: int = 2, url: str = ""
) -> FcmProvider:
    route = Route(connections=connections, authority=standin.authority, timeout_seconds=seconds)
    return FcmProvider(PROJECT, FixedToken("invented"), url or standin.url, route)


@pytest.fixture
async def encrypted(standin: ServedStandIn) -> AsyncIterator[FcmProvider]:
    standin.post("/reset")
    made = provider_of(standin)
    yield made
    await made.close()


async def test_the_table_holds_over_http_2(
    encrypted: FcmProvider, standin: ServedStandIn, message: Make
) -> None:
    for token, outcome in TABLE:
        assert await encrypted.send([message(token)]) == [outcome], token
    assert standin.get("/counters")["requests"] == sum(bool(t) and t.isascii() for t, _ in TABLE)


async def test_a_dropped_connection_costs_what_was_in_flight_on_it_and_nothing_after(
    encrypted: FcmProvider, standin: ServedStandIn, message: Make
) -> None:
    standin.post("/script", latency_ms=50)
    outcomes = await encrypted.send([message("drop:1"), *(message(f"ok:{n}") for n in range(40))])
    assert {type(one) for one in outcomes} <= {Accepted, Ambiguous}
    assert outcomes[0] == Ambiguous()
    assert outcomes.count(Ambiguous()) <= 21, "the other connection is untouched"
    standin.post("/script", latency_ms=0)
    again = await encrypted.send([message(f"ok:{n}") for n in range(40)])
    assert {type(one) for one in again} == {Accepted}


async def test_a_connection_that_freezes_is_replaced_by_another(
    standin: ServedStandIn, message: Make
) -> None:
    there = urlsplit(standin.url)
    async with forwarding(0, there.hostname or "", there.port or 0) as way:
        provider = provider_of(standin, connections=1, url=f"https://127.0.0.1:{way.port}")
        assert isinstance((await provider.send([message("ok:before")]))[0], Accepted)
        way.freeze()
        async with asyncio.timeout(GIVEN_UP_SECONDS):
            while (answer := await provider.send([message("ok:after")])) == [Ambiguous()]:
                pass
        assert isinstance(answer[0], Accepted)
        assert way.accepted == 2
        await provider.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(
    standin: ServedStandIn, message: Make
) -> None:
    standin.post("/reset")
    stranger = FcmProvider(PROJECT, FixedToken("invented"), standin.url, Route(connections=1))
    assert await stranger.send([message()]) == [Retry(None)]
    await stranger.close()
    assert standin.get("/counters")["requests"] == 0


async def test_an_answer_that_is_slower_than_the_route_is_ambiguous(
    standin: ServedStandIn, message: Make
) -> None:
    standin.post("/reset")
    hasty = provider_of(standin, seconds=0.5)
    assert await hasty.send([message("slow:1"), message("ok:1")]) != [Ambiguous(), Ambiguous()]
    assert await hasty.send([message("slow:2")]) == [Ambiguous()]
    await hasty.close()
    assert standin.get("/attempts", token="slow:2") == {"attempts": 1}


async def test_a_lost_answer_sent_again_is_shown_once_and_counted_as_a_duplicate(
    encrypted: FcmProvider, standin: ServedStandIn, message: Make
) -> None:
    one = message("drop_after*1:phone")
    assert await encrypted.send([one]) == [Ambiguous()]
    assert isinstance((await encrypted.send([one]))[0], Accepted)
    (shown,) = standin.get("/shown", token="drop_after*1:phone")
    assert (shown["title"], shown["times"], shown["tag"]) == (one.title, 2, one.notification_id)
    assert standin.get("/counters")["duplicates"] == 1
    assert isinstance((await encrypted.send([message("ok:other")]))[0], Accepted)
    assert standin.get("/shown", times="2") == [shown], "what came once is left out"


def test_how_often_is_not_asked_for_in_words(standin: ServedStandIn) -> None:
    with standin.client() as client:
        assert client.get("/shown", params={"times": "twice"}).status_code == 400


async def test_it_keeps_as_many_to_be_shown_as_it_is_told(tmp_path: Path, message: Make) -> None:
    with served(tmp_path, "--shown", "2") as forgetful:
        provider = provider_of(forgetful)
        for name in ("ok:1", "ok:2", "ok:3"):
            await provider.send([message(name)])
        await provider.close()
        assert [one["token"] for one in forgetful.get("/shown")] == ["ok:2", "ok:3"]
        assert forgetful.get("/counters")["accepted"] == 3


async def test_the_page_shows_each_device_and_runs_no_script_of_a_message(
    encrypted: FcmProvider, standin: ServedStandIn, message: Make
) -> None:
    await encrypted.send([message("ok:one", title="<script>alert(1)</script>"), message("ok:two")])
    with standin.client() as client:
        answer, icon = client.get("/"), client.get("/icon.svg")
        one = client.get("/", params={"device": "ok:two"}).text
        assert client.get("/nowhere").status_code == 404
        assert client.post("/script", json={"latency": 1}).status_code == 400
    assert answer.http_version == "HTTP/2"
    assert "ok:one" in answer.text
    assert message().body in answer.text
    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert icon.text.startswith("<svg")
    assert "ok:two" in one
    assert "ok:one" not in one


def test_its_key_is_made_at_the_first_run_and_read_by_its_owner_alone(standin: ServedStandIn) -> None:
    key = standin.authority.with_name("key.pem")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in key.read_bytes()
