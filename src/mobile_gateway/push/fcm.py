"""Firebase Cloud Messaging: messages and errors by firebase-admin, connections and access tokens by us.

The SDK's own client sends 500 and 503 again by itself without heeding Retry-After, sends three times on 401, renews
tokens inside the event loop, ignores proxies, and takes ten times as long (docs/decisions/0015-sending-pushes.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from mobile_gateway.push import firebase
from mobile_gateway.push.bearer import Bearer, Credential
from mobile_gateway.push.firebase import GOOGLE, FixedToken, Sdk
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
    payload_fault,
)
from mobile_gateway.push.wire import NeverSent, Reply, Route, Unanswered, Wire
from mobile_gateway.rules.words import PushProviderName

_log = logging.getLogger(__name__)


class FcmProvider:
    """A `PushProvider` over FCM's HTTP v1 API.

    Make it inside the event loop that sends, and close it there. `endpoint` is another address than Google's;
    over plain HTTP it takes a `FixedToken` only, so that no real access token crosses a network in the clear.

    `send` answers within 1.5 of the route's seconds, and one more for each renewal of the access token: a message
    that found no free stream in half of that is `Retry`, one that was not answered is `Ambiguous`.
    Raises ValueError for arguments that cannot work and `SdkMoved` for an SDK that it does not know.
    """

    carries = (PushProviderName.FCM,)

    def __init__(
        self,
        project_id: str,
        credential: Credential,
        endpoint: str | None = None,
        route: Route | None = None,
    ) -> None:
        route = route or Route()
        if not project_id or route.connections < 1:
            raise ValueError("FCM needs a project and at least one connection")
        address = (endpoint or GOOGLE).rstrip("/")
        if urlsplit(address).scheme != "https" and not isinstance(credential, FixedToken):
            raise ValueError(f"{address} is not HTTPS: a real access token is not sent there")
        seconds = route.timeout_seconds
        self._bearer = Bearer(credential, partial(firebase.renew, credential, seconds), seconds)
        self._wire = Wire(route)
        self._sdk = Sdk(project_id, credential)
        self._url = address + self._sdk.path

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in order; see `PushProvider.send`."""
        if (refused := await self._bearer.ready()) is not None:
            return [refused] * len(batch)
        return list(await asyncio.gather(*(self._send_one(message) for message in batch)))

    async def close(self) -> None:
        """Close the connections and delete the App. Twice does no harm."""
        await self._wire.close()
        await self._sdk.close()

    async def _send_one(self, message: Message) -> Outcome:
        if (unfit := _unfit(message)) is not None:
            return unfit
        used = self._bearer.token
        try:
            reply = await self._wire.post(
                self._url, self._bearer.applied(self._sdk.headers), self._sdk.body(message)
            )
            outcome = _accepted(reply) if reply.is_success else self._sdk.outcome(reply, message)
        except NeverSent:
            return Retry(None)
        except ValueError as error:
            return PayloadBad(firebase.reason(error, message))
        except Exception as error:  # noqa: BLE001 - a provider never raises
            if not isinstance(error, Unanswered):
                _log.warning("push_unexpected", extra={"error": type(error).__name__})
            return Ambiguous()
        stale = reply.status == HTTPStatus.UNAUTHORIZED and outcome == AuthBroken(Scope.PROJECT)
        return Retry(None) if stale and await self._bearer.renewed(used) else outcome


def _unfit(message: Message) -> Outcome | None:
    """The outcome of a message that need not be sent to know it."""
    if fault := payload_fault(message):
        return PayloadBad(fault)
    return None if message.token and message.token.isascii() else TokenDead()


def _accepted(reply: Reply) -> Outcome:
    """A message that was taken has a name; without one nobody knows."""
    try:
        name = json.loads(reply.body)["name"]
    except (ValueError, KeyError, TypeError):
        return Ambiguous()
    return Accepted(name) if isinstance(name, str) and name else Ambiguous()
