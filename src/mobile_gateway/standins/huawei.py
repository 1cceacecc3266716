"""A stand-in for Huawei's OAuth and Push Kit, whose answers are written in the token, as FCM's are.

`POST /oauth2/v3/token` sells access tokens `t1`, `t2`, … for the one app; a push with another token than the last is
answered "expired". Plain HTTP/1.1 on the loopback, in the event loop that starts it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from mobile_gateway.standins.fcm_answers import Answer
from mobile_gateway.standins.loopback import Loopback


def result(code: str, text: str, *, status: int = 200, request_id: str = "r1", **headers: str) -> Answer:
    """An answer as Push Kit writes it."""
    body = json.dumps({"code": code, "msg": text, "requestId": request_id}).encode()
    return Answer(status, body, headers)


ANSWERS: dict[str, Answer] = {
    "dead": result("80300007", "All the tokens are invalid"),
    "bad_params": result("80100001", "Some request parameters are incorrect", status=400),
    "bad_structure": result("80100003", "Illegal payload", status=400),
    "too_big": result("80300008", "The size of the message body exceeds the default value", status=400),
    "no_permission": result("80300002", "The current app does not have the permission", status=403),
    "bad_auth": result("80200001", "OAuth authentication error", status=401),
    "oauth_down": result("80600003", "Failed to request the OAuth service", status=500),
    "internal": result("81000001", "System inner error", status=500),
    "flow": result("", "flow control", status=503, **{"Retry-After": "3"}),
    "flow_silent": result("", "flow control", status=503),
    "bad_gateway": Answer(502, b"<title>502</title>"),
    "no_code": Answer(200, b"{}"),
    "no_json": Answer(200, b"accepted"),
}
"""Answers by the name that a token begins with; `partly` names the token as illegal, `drop` cuts the connection."""


class HuaweiStandIn(Loopback):
    """One app: its secret, the tokens that it bought, the messages that came."""

    def __init__(self, app_id: str = "100001", app_secret: str = "invented") -> None:  # noqa: S107 - a stand-in's
        self.app_id, self.app_secret = app_id, app_secret
        self.sold = 0
        self.requests = 0
        self.per_token: Counter[str] = Counter()
        self.received: list[dict[str, Any]] = []

    def waits(self, name: str) -> float:
        """Nothing is slow here."""
        del name
        return 0.0

    def judge(self, path: str, authorization: str, body: bytes) -> tuple[str, Answer | None]:
        """The answer to a POST and its name; None when the connection is to be cut instead."""
        if path == "/oauth2/v3/token":
            return "token", self._sell(body)
        self.requests += 1
        if path != f"/v1/{self.app_id}/messages:send":
            return "wrong_address", Answer(404, b"{}")
        if authorization != f"Bearer t{self.sold}":
            return "expired", result("80200003", "OAuth token expired", status=401)
        message = json.loads(body)["message"]
        (token,) = message["token"]
        self.received.append(message)
        self.per_token[token] += 1
        name = token.partition(":")[0]
        if name == "drop":
            return name, None
        if name == "partly":
            said = json.dumps({"success": 0, "failure": 1, "illegal_tokens": [token]})
            return name, result("80100000", said)
        return name, ANSWERS.get(name) or result("80000000", "Success", request_id=f"r{self.requests}")

    def _sell(self, body: bytes) -> Answer:
        form = parse_qs(body.decode())
        given = [form.get(name) for name in ("grant_type", "client_id", "client_secret")]
        if given != [["client_credentials"], [self.app_id], [self.app_secret]]:
            return Answer(401, b'{"error": 1101}')
        self.sold += 1
        return Answer(200, json.dumps({"access_token": f"t{self.sold}", "expires_in": 3600}).encode())
