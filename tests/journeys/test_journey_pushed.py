"""The one door to pushes: the recorder's page or a stand-in for FCM, as the run says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from faults.faults_running import free_port
from mobile_gateway.journeys.client import Client
from mobile_gateway.journeys.pushed import Push, Pushes
from mobile_gateway.journeys.telling import JourneyEnds, Silent
from mobile_gateway.push.recorder import device_of
from scripted_servers import Handler, serving
from standing_in import PROJECT, served


class Run(HTTPServer):
    """The two pages of a local run that are asked here."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.carrier: dict[str, Any] = {"carrier": "recorder"}
        self.lines: list[dict[str, Any]] = []

    def record(self, token: str, name: str, title: str = "标题") -> None:
        """Record a push."""
        known = {"notification_id": name, "kind": "TOPIC_COMPLETED", "title": title, "body": "正文"}
        more = {
            "position": len(self.lines) + 1,
            "at": 0.5,
            "platform": "ANDROID",
            "deep_link": "smartedu://x",
        }
        self.lines.append({**known, **more, "device": device_of(token)})


class _Handler(Handler):
    server: Run

    def do_GET(self) -> None:  # noqa: N802 - http.server's own name
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer: Any = self.server.carrier
        if parts.path == "/local/pushes":
            after = int(asked["after"])
            lines = [one for one in self.server.lines if one["device"] == asked.get("device", one["device"])]
            page = [one for one in lines if one["position"] > after][:2]
            answer = {"pushes": page, "next": page[-1]["position"] if page else after}
        self.answer(200, json.dumps(answer).encode())


@pytest.fixture
def run() -> Iterator[Run]:
    server = Run()
    with serving(server):
        yield server


@pytest.fixture
def pushes(run: Run) -> Iterator[Pushes]:
    client = Client(f"http://127.0.0.1:{run.server_port}", Silent())
    found = Pushes(client)
    yield found
    found.close()
    client.close()


def test_recorded_pushes_are_a_devices_own_each_once_with_how_often_it_came(run: Run, pushes: Pushes) -> None:
    for token, name in (("a", "n1"), ("b", "n1"), ("a", "n2"), ("a", "n1"), ("a", "n3")):
        run.record(token, name)
    assert pushes.stand_in is None
    found = pushes.at("a")
    assert [(one.notification_id, one.times) for one in found] == [("n1", 2), ("n2", 1), ("n3", 1)]
    assert found[1] == Push(device_of("a"), "n2", "TOPIC_COMPLETED", "标题", "正文", "smartedu://x")
    assert pushes.at("nobody's") == []
    run.record("c", "n4", "别的")
    assert [one.device for one in pushes.titled("别的")] == [device_of("c")]


def test_pushes_at_a_stand_in_read_alike(run: Run, pushes: Pushes, tmp_path: Path) -> None:
    with served(tmp_path) as fcm, fcm.client() as phone_company:
        run.carrier = {"carrier": "fcm", "url": fcm.url, "authority": str(fcm.authority)}

        def send(token: str, name: str, title: str = "标题") -> None:
            data = {"notificationId": name, "kind": "TOPIC_COMPLETED", "deepLink": "smartedu://x"}
            message = {
                "token": token,
                "notification": {"title": title, "body": "正文"},
                "data": {**data, "class": "SERVICE"},
                "android": {"notification": {"tag": name}},
            }
            answer = phone_company.post(
                f"/v1/projects/{PROJECT}/messages:send",
                headers={"Authorization": "Bearer invented"},
                json={"message": message},
            )
            assert answer.status_code == (404 if token.startswith("unregistered") else 200)

        for token, name in (("a", "n2"), ("b", "n1"), ("a", "n1"), ("a", "n1"), ("unregistered-c", "n1")):
            send(token, name)
        assert pushes.stand_in is not None
        found = pushes.at("a")
        assert [(one.notification_id, one.times) for one in found] == [("n2", 1), ("n1", 2)]
        assert found[0] == Push("a", "n2", "TOPIC_COMPLETED", "标题", "正文", "smartedu://x")
        assert pushes.at("unregistered-c") == [], "what was refused came nowhere"
        assert pushes.stand_in.attempts("unregistered-c") == 1
        send("d", "n4", "别的")
        assert [one.device for one in pushes.titled("别的")] == ["d"]


def test_where_pushes_cannot_be_looked_at_one_line_says_what_to_start(run: Run, pushes: Pushes) -> None:
    run.carrier = {"carrier": "fcm", "url": None, "authority": None}
    with pytest.raises(JourneyEnds, match="leave this machine: start `mobile-gateway run`"):
        pushes.at("a")
    run.carrier = {"carrier": "fcm", "url": "https://127.0.0.1:1", "authority": "/nowhere/own.pem"}
    with pytest.raises(JourneyEnds, match=r"/nowhere/own\.pem .* start the run anew"):
        pushes.at("a")
    run.carrier = {"carrier": "fcm", "url": f"http://127.0.0.1:{free_port()}", "authority": None}
    with pytest.raises(JourneyEnds, match="start `mobile-gateway run --fcm`"):
        pushes.at("a")
