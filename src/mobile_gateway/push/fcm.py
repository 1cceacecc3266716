"""Firebase Cloud Messaging over firebase-admin; the sole importer of firebase_admin and of google.auth.

The SDK writes messages and reads errors. Connections and access tokens are ours (`Wire`, `Bearer`): the
SDK's own client sends 500 and 503 again by itself without heeding Retry-After, sends three times on 401,
renews tokens inside the event loop and ignores proxies. Only workers import this: it is heavy.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import firebase_admin
import google.auth
import httpx
from firebase_admin import exceptions, messaging
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

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
    TokenForeign,
    data_of,
    payload_fault,
)
from mobile_gateway.push.wire import Wire
from mobile_gateway.rules.words import MessageClass

GOOGLE = "https://fcm.googleapis.com"
STREAMS = 100  # of the one HTTP/2 connection of an App

_SCOPES = ("https://www.googleapis.com/auth/firebase.messaging",)
_REASON_CHARACTERS = 200
_BAD_TOKEN = re.compile(r"(the )?registration token is not (a )?valid", re.IGNORECASE)

_log = logging.getLogger(__name__)
_names = itertools.count()


class SdkMoved(RuntimeError):
    """A new firebase-admin keeps its private parts elsewhere; the text names its version and the part."""

    def __init__(self, part: str) -> None:
        super().__init__(
            f"firebase-admin {firebase_admin.__version__} moved {part}: read its messaging.py anew"
        )


class FixedToken(Credentials):  # type: ignore[misc,unused-ignore] # google.auth is typed in some versions only
    """A credential for a stand-in of FCM: one access token that never ends and is never renewed."""

    def __init__(self, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore] # as above
        self.token = token

    def refresh(self, request: Any) -> None:
        """Nothing to fetch, so Google's token endpoint is never asked."""


def credential_of(path: Path | None) -> Credentials:
    """The service account in a key file, else what the machine has; allowed to send messages, nothing else.

    Raises OSError or ValueError for the file, `google.auth.exceptions.DefaultCredentialsError` without one.
    """
    kind: Any = service_account.Credentials  # its methods have no types
    found: Credentials
    if path is None:
        found, _ = google.auth.default(scopes=_SCOPES)
    else:
        found = kind.from_service_account_file(str(path), scopes=_SCOPES)
    return found


def _renew(credential: Any, timeout_seconds: float) -> None:
    """Fetch another access token (blocking). Raises `Refused` when asking again would not help."""
    try:
        credential.refresh(partial(Request(), timeout=timeout_seconds))
    except GoogleAuthError as error:
        if error.retryable or isinstance(error, TransportError):
            raise
        raise Refused from error


class FcmProvider:
    """A `PushProvider` over FCM's HTTP v1 API.

    Make it inside the event loop that sends (its Apps are bound to it), and close it there. `endpoint` is
    another address than Google's; over plain HTTP it takes a `FixedToken` only, so that no real access
    token crosses a network in the clear. `apps` are connections: at most apps × `streams` messages a round
    trip, so a batch should be no more than fits into half of `timeout_seconds`.

    `send` answers within 1.5 `timeout_seconds`, and as much for each renewal of the access token: a message
    that found no free stream in half of one is `Retry`, one that was not answered in one is `Ambiguous`.
    Raises ValueError for arguments that cannot work and `SdkMoved` for an SDK that it does not know.
    """

    def __init__(
        self,
        project_id: str,
        credential: Credentials,
        endpoint: str | None = None,
        apps: int = 4,
        *,
        timeout_seconds: float = 10.0,
        streams: int = STREAMS,
    ) -> None:
        if not project_id or apps < 1:
            raise ValueError("FCM needs a project and at least one App")
        address = (endpoint or GOOGLE).rstrip("/")
        if urlsplit(address).scheme != "https" and not isinstance(credential, FixedToken):
            raise ValueError(f"{address} is not HTTPS: a real access token is not sent there")
        self._timeout = timeout_seconds
        self._bearer = Bearer(credential, partial(_renew, credential, timeout_seconds), timeout_seconds)
        self._lines = [
            _Line(project_id, credential, address, Wire(self._bearer, timeout_seconds, streams), streams)
            for _ in range(apps)
        ]
        self._turns = itertools.cycle(self._lines)

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in order; see `PushProvider.send`."""
        if not self._lines:
            return [Retry(None)] * len(batch)
        if (refused := await self._bearer.ready()) is not None:
            return [refused] * len(batch)
        return list(await asyncio.gather(*(self._send_one(message) for message in batch)))

    async def close(self) -> None:
        """Close the connections and delete the Apps. Twice does no harm."""
        lines, self._lines = self._lines, []
        for line in lines:
            await line.close()

    async def _send_one(self, message: Message) -> Outcome:
        if (unfit := _unfit(message)) is not None:
            return unfit
        line = next(self._turns)
        try:
            async with asyncio.timeout(self._timeout / 2):
                await line.streams.acquire()
        except TimeoutError:
            return Retry(None)
        try:
            return await self._answer(line, message)
        finally:
            line.streams.release()

    async def _answer(self, line: _Line, message: Message) -> Outcome:
        used = self._bearer.token
        try:
            async with asyncio.timeout(self._timeout):
                return await line.send(message)
        except exceptions.FirebaseError as error:
            outcome = outcome_of(error, message)
            stale = isinstance(error, exceptions.UnauthenticatedError) and outcome == AuthBroken(
                Scope.PROJECT
            )
            return Retry(None) if stale and await self._bearer.renewed(used) else outcome
        except TimeoutError:
            return Ambiguous()
        except ValueError as error:
            return PayloadBad(_reason(error, message))
        except Exception as error:  # noqa: BLE001 - a provider never raises
            _log.warning("push_unexpected", extra={"error": type(error).__name__})
            return Ambiguous()


def _unfit(message: Message) -> Outcome | None:
    """The outcome of a message that need not be sent to know it."""
    if fault := payload_fault(message):
        return PayloadBad(fault)
    return None if message.token and message.token.isascii() else TokenDead()


def outcome_of(error: Any, message: Message) -> Outcome:  # noqa: PLR0911 - one line for each answer of FCM
    """What an exception of the SDK means for this message (a FirebaseError; the SDK has no types)."""
    match error:
        case messaging.UnregisteredError():
            return TokenDead()
        case messaging.SenderIdMismatchError():
            return TokenForeign()
        case messaging.ThirdPartyAuthError():
            return AuthBroken(Scope.IOS)
        case exceptions.InvalidArgumentError() if _BAD_TOKEN.match(str(error)):
            return TokenDead()
        case exceptions.InvalidArgumentError():
            return PayloadBad(_reason(error, message))
        case exceptions.FirebaseError(http_response=response) if response is not None:
            return answers.by_status(response)
        case _:
            return _unanswered(error.cause)


def _unanswered(cause: BaseException | None) -> Outcome:
    """An error without a response. A connection that was never made has sent nothing."""
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Retry(None)
    # An error page that the SDK could not read (not UTF-8, another shape) still has its status.
    page = cause.__context__ if cause is not None else None
    if isinstance(page, httpx.HTTPStatusError):
        return answers.by_status(page.response)
    return Ambiguous()


def _reason(error: Exception, message: Message) -> str:
    return str(error).replace(message.token, "…")[:_REASON_CHARACTERS]


def _encoded(message: Message) -> Any:
    """The SDK's message. Android and APNs each collapse by the notification's id, so that two show as one."""
    service = message.message_class is MessageClass.SERVICE
    built = messaging.Message(
        data=data_of(message),
        notification=messaging.Notification(title=message.title, body=message.body),
        android=messaging.AndroidConfig(
            collapse_key=message.notification_id,
            priority="high" if service else "normal",
            ttl=message.ttl_seconds,
            notification=messaging.AndroidNotification(tag=message.notification_id),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": message.notification_id,
                "apns-expiration": str(int(time.time()) + message.ttl_seconds),
                "apns-priority": "10" if service else "5",
            }
        ),
    )
    built.token = message.token  # the constructor warns of `token`, though devices still register with one
    return built


class _Line:
    """One App, its connection and its streams."""

    def __init__(
        self, project_id: str, credential: Credentials, address: str, wire: Wire, streams: int
    ) -> None:
        self.streams = asyncio.Semaphore(streams)
        self._wire = wire
        self._app = firebase_admin.initialize_app(
            credential, {"projectId": project_id}, name=f"push-{next(_names)}"
        )
        rewire(service_of(self._app), f"/v1/projects/{project_id}/messages:send", address, wire)

    async def send(self, message: Message) -> Outcome:
        """The outcome of a message that was taken; raises what the SDK raises for all others."""
        batch = await messaging.send_each_async([_encoded(message)], dry_run=False, app=self._app)
        (answer,) = batch.responses
        if answer.exception is not None:
            raise answer.exception
        return Accepted(answer.message_id) if answer.message_id else Ambiguous()

    async def close(self) -> None:
        await self._wire.aclose()
        # Deleting an App calls asyncio.run, which only a thread without a loop allows.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)


# All that is private of the SDK stands below; tests/push/test_sdk.py watches it.


def service_of(app: Any) -> Any:
    """The object behind an App that sends its messages."""
    try:
        return messaging._get_messaging_service(app)  # noqa: SLF001 - there is no public way to it
    except AttributeError:
        raise SdkMoved("messaging._get_messaging_service") from None


def rewire(service: Any, path: str, address: str, wire: Wire) -> None:
    """Make the SDK send to another address, through a client of ours. Raises `SdkMoved`."""
    if getattr(service, "_fcm_url", None) != GOOGLE + path:
        raise SdkMoved("_MessagingService._fcm_url")
    theirs = getattr(service, "_async_client", None)
    if not all(callable(getattr(theirs, name, None)) for name in ("request", "aclose")):
        raise SdkMoved("_MessagingService._async_client")
    service._fcm_url = address + path  # noqa: SLF001 - there is no setting for it
    service._async_client = wire  # noqa: SLF001 - there is no setting for its retries
