"""Huawei Push Kit by its public HTTP API, for Android devices that Google's services do not reach.

Sources: Huawei, "Push Kit REST API: sending messages" (`/v1/{appId}/messages:send`, its result codes) and "OAuth 2.0
client credentials". Each message goes to one token, for each has a text and an id of its own. The key field is the
class: SERVICE has no daily limit once the category is approved, MARKETING has two to five a day and device.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import MutableMapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from mobile_gateway.push import answers
from mobile_gateway.push.bearer import Bearer, Refused
from mobile_gateway.push.provider import (
    Accepted,
    Ambiguous,
    AuthBroken,
    Message,
    Outcome,
    PayloadBad,
    Retry,
    Scope,
    TokenDead,
    data_of,
    payload_fault,
)
from mobile_gateway.push.wire import NeverSent, Reply, Route, Unanswered, Wire
from mobile_gateway.rules.words import MessageClass, PushProviderName

HUAWEI = "https://push-api.cloud.huawei.com"
TOKENS = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"

LONGEST_TTL_SECONDS = 1_296_000
"""Fifteen days: the longest that Push Kit keeps a message."""
EARLY_SECONDS = 300.0
"""A token is renewed so long before it ends."""

_REASON_CHARACTERS = 200
_TOKEN_OVER = "80200003"  # noqa: S105 - a result code

_log = logging.getLogger(__name__)


class AppCredential:
    """An app's id and secret, and the access token that they buy. `renew` blocks: it belongs into a thread.

    `route` gives the proxy and the authority; without a proxy the environment's holds.
    """

    def __init__(
        self, app_id: str, app_secret: str, address: str = TOKENS, route: Route | None = None
    ) -> None:
        self.token: str | None = None
        self._form = {
            "grant_type": "client_credentials",
            "client_id": app_id,
            "client_secret": app_secret,
        }
        self._address, self._route = address, route or Route()
        self._until = 0.0

    @property
    def valid(self) -> bool:
        """Whether the token can be used now and for minutes to come."""
        return self.token is not None and time.monotonic() < self._until - EARLY_SECONDS

    def apply(self, headers: MutableMapping[str, str]) -> None:
        """Write the token into the headers of a request."""
        headers["authorization"] = f"Bearer {self.token}"

    def renew(self) -> None:
        """Buy another token. Raises `Refused` for an app or a secret that is not known, httpx.HTTPError otherwise."""
        authority = str(self._route.authority) if self._route.authority else True
        with httpx.Client(
            verify=authority, timeout=self._route.timeout_seconds, proxy=self._route.proxy or None
        ) as client:
            response = client.post(self._address, data=self._form)
        if response.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise Refused
        found = response.raise_for_status().json()
        self.token = str(found["access_token"])
        self._until = time.monotonic() + float(found["expires_in"])


class HuaweiProvider:
    """A `PushProvider` over Push Kit. Make it inside the event loop that sends, and close it there.

    Answers within 1.5 of the route's seconds, and one more for each renewal of the token. Raises ValueError for
    arguments that cannot work: an endpoint must be HTTPS unless it is on the loopback.
    """

    carries = (PushProviderName.HUAWEI,)

    def __init__(
        self, app_id: str, credential: AppCredential, endpoint: str = HUAWEI, route: Route | None = None
    ) -> None:
        route = route or Route()
        parts = urlsplit(endpoint)
        if not app_id or route.connections < 1:
            raise ValueError("Huawei Push Kit needs an app id and at least one connection")
        if parts.scheme != "https" and parts.hostname != "127.0.0.1":
            raise ValueError(f"{endpoint} is not HTTPS: an access token is not sent there")
        self._bearer = Bearer(credential, credential.renew, route.timeout_seconds)
        self._wire = Wire(route)
        self._url = f"{endpoint.rstrip('/')}/v1/{app_id}/messages:send"

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in order; see `PushProvider.send`."""
        if (refused := await self._bearer.ready()) is not None:
            return [refused] * len(batch)
        return list(await asyncio.gather(*(self._send_one(message) for message in batch)))

    async def close(self) -> None:
        """Close the connections. Twice does no harm."""
        await self._wire.close()

    async def _send_one(self, message: Message) -> Outcome:
        if fault := payload_fault(message):
            return PayloadBad(fault)
        if not message.token.isascii() or not message.token:
            return TokenDead()
        used = self._bearer.token
        headers = self._bearer.applied({"content-type": "application/json; charset=UTF-8"})
        try:
            reply = await self._wire.post(self._url, headers, msgspec.json.encode(encoded(message)))
            outcome = outcome_of(reply, message)
        except NeverSent:
            return Retry(None)
        except Exception as error:  # noqa: BLE001 - a provider never raises
            if not isinstance(error, Unanswered):
                _log.warning("push_unexpected", extra={"error": type(error).__name__})
            return Ambiguous()
        stale = outcome == AuthBroken(Scope.PROJECT) and _is_over(reply)
        return Retry(None) if stale and await self._bearer.renewed(used) else outcome


def encoded(message: Message) -> dict[str, Any]:
    """The request's body. The tag is the notification's id, so that a device shows two sends as one."""
    service = message.message_class is MessageClass.SERVICE
    opening = {"type": 1, "intent": message.deep_link} if message.deep_link else {"type": 3}
    android = {
        "urgency": "HIGH" if service else "NORMAL",
        "category": "WORK" if service else "MARKETING",
        "ttl": f"{min(message.ttl_seconds, LONGEST_TTL_SECONDS)}s",
        "bi_tag": message.notification_id,
        "notification": {
            "title": message.title,
            "body": message.body,
            "click_action": opening,
            "importance": "NORMAL" if service else "LOW",
            "tag": message.notification_id,
        },
    }
    data = json.dumps(data_of(message), ensure_ascii=False, separators=(",", ":"))
    return {"validate_only": False, "message": {"data": data, "android": android, "token": [message.token]}}


def outcome_of(reply: Reply, message: Message) -> Outcome:  # noqa: PLR0911 - one line for each answer
    """What an answer means for this message."""
    if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return answers.throttled(reply.headers)  # flow control: more than the app may send in a second
    code, said, request_id = _read(reply)
    match code:
        case "80000000":
            return Accepted(request_id) if request_id else Ambiguous()
        case "80100000":  # to some of the tokens only; we send to one
            return TokenDead() if message.token in _illegal(said) else Accepted(request_id)
        case "80300007":
            return TokenDead()
        case "80200001" | "80200003" | "80300002" | "80600003":
            return AuthBroken(Scope.PROJECT)
        case "81000001":
            return Retry(None)
        case _ if code.startswith(("801", "803")):
            return PayloadBad(f"{code} {said.replace(message.token, '…')}"[:_REASON_CHARACTERS])
        case _:
            return answers.by_status(reply)


def _is_over(reply: Reply) -> bool:
    """Whether it is the access token that was refused, as one that is over."""
    return reply.status == HTTPStatus.UNAUTHORIZED or _read(reply)[0] == _TOKEN_OVER


def _read(reply: Reply) -> tuple[str, str, str]:
    try:
        found = json.loads(reply.body)
        return str(found.get("code", "")), str(found.get("msg", "")), str(found.get("requestId", ""))
    except (ValueError, AttributeError):
        return "", "", ""


def _illegal(said: str) -> list[str]:
    """The tokens that a partly successful answer names; its `msg` is JSON within JSON."""
    try:
        return [str(token) for token in json.loads(said)["illegal_tokens"]]
    except (ValueError, KeyError, TypeError):
        return []
