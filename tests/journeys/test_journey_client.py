from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import HTTPServer

import pytest

from mobile_gateway.journeys import client as clients
from mobile_gateway.journeys import teacher
from mobile_gateway.journeys.client import Client, Tokens
from mobile_gateway.journeys.telling import JourneyEnds, NotHeld, Silent
from scripted_servers import Handler, serving

OK = b'{"data": {"viewer": {"inboxUnread": 3}}}'
AWAY = b'{"data": null, "errors": [{"message": "", "extensions": {"code": "SERVICE_UNAVAILABLE"}}]}'
FRESH = b'{"data": {"signInRefresh": {"userErrors": [], "session": {"accessToken": "new", "refreshToken": "r2"}}}}'


class Script(HTTPServer):
    """Answers what it is told to, in order; keeps the bearer tokens it saw."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, bytes]] = []
        self.bearers: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(Handler):
    server: Script

    def do_POST(self) -> None:  # noqa: N802 - http.server's own name
        self.rfile.read(int(self.headers["content-length"]))
        self.server.bearers.append(self.headers.get("authorization") or "")
        self.answer(*self.server.answers.pop(0))


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    with serving(server):
        yield server


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    opened = Client(script.url, Silent())
    yield opened
    opened.close()


def test_what_an_outage_interrupts_is_sent_again(script: Script, client: Client) -> None:
    script.answers = [(503, b""), (200, AWAY), (200, OK)]
    assert client.ask("inbox", first=1)["viewer"]["inboxUnread"] == 3
    assert client.outages == 1
    assert client.was_away


def test_an_expired_token_is_refreshed_and_the_call_is_made_again(script: Script, client: Client) -> None:
    client.tokens = Tokens("old", "r1")
    script.answers = [(401, b'{"errors": []}'), (200, FRESH), (200, OK)]
    assert client.ask("inbox", first=1)["viewer"]["inboxUnread"] == 3
    assert client.tokens == Tokens("new", "r2")
    assert script.bearers == ["Bearer old", "", "Bearer new"]


def test_errors_in_an_answer_do_not_hold(script: Script, client: Client) -> None:
    script.answers = [
        (200, b'{"data": null, "errors": [{"message": "no", "extensions": {"code": "FAULT"}}]}')
    ]
    with pytest.raises(NotHeld, match="FAULT"):
        client.ask("inbox", first=1)


def test_an_outage_has_an_end(script: Script, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "OUTAGE_SECONDS", 0.1)
    script.answers = [(503, b"")] * 3
    with pytest.raises(JourneyEnds, match="was away"):
        client.ask("inbox", first=1)


def test_where_nobody_answers_one_line_says_what_to_start() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        outcome = teacher.walk(url, ["19900000001"], Silent())
    assert outcome["ok"] is False
    assert "start `mobile-gateway run`" in outcome["why"]
    assert [step["ok"] for step in outcome["steps"]] == [False]
