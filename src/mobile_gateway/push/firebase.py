"""firebase-admin behind one door: it writes messages, reads errors and knows credentials; it sends nothing.

The sole importer of firebase_admin and of google.auth. What is private of the SDK stands at the end. Only workers
import this: it is heavy.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import firebase_admin
import google.auth
import httpx
import msgspec
from firebase_admin import exceptions, messaging
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from mobile_gateway.push import answers
from mobile_gateway.push.bearer import Refused
from mobile_gateway.push.provider import (
    AuthBroken,
    Message,
    Outcome,
    PayloadBad,
    Scope,
    TokenDead,
    TokenForeign,
    data_of,
)
from mobile_gateway.push.wire import Reply
from mobile_gateway.rules.words import MessageClass

GOOGLE = "https://fcm.googleapis.com"

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

    Raises OSError or ValueError when there is none that can be used.
    """
    kind: Any = service_account.Credentials  # its methods have no types
    found: Credentials
    if path is None:
        try:
            found, _ = google.auth.default(scopes=_SCOPES)
        except DefaultCredentialsError:
            raise ValueError("this machine has no credential of Google's: name a key file") from None
    else:
        found = kind.from_service_account_file(str(path), scopes=_SCOPES)
    return found


def renew(credential: Any, timeout_seconds: float) -> None:
    """Fetch another access token (blocking). Raises `Refused` when asking again would not help."""
    try:
        credential.refresh(partial(Request(), timeout=timeout_seconds))
    except GoogleAuthError as error:
        if error.retryable or isinstance(error, TransportError):
            raise
        raise Refused from error


def outcome_of(error: Any, reply: Reply, message: Message) -> Outcome:
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
            return PayloadBad(reason(error, message))
        case _:
            return answers.by_status(reply)


def reason(error: Exception, message: Message) -> str:
    """What an error says, for staff: short, without the token."""
    return str(error).replace(message.token, "…")[:_REASON_CHARACTERS]


def encoded(message: Message) -> Any:
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


# All that is private of the SDK stands below; tests/push/test_fcm_sdk.py watches it.


class Sdk:
    """One App, which writes messages and reads errors. Raises `SdkMoved` when it does not do so as we know it."""

    def __init__(self, project_id: str, credential: Any) -> None:
        self.path = f"/v1/projects/{project_id}/messages:send"
        options = {"projectId": project_id}
        self._app: Any = firebase_admin.initialize_app(credential, options, name=f"push-{next(_names)}")
        self._service = service_of(self._app)
        self.headers = headers_of(self._service, GOOGLE + self.path)
        proves_itself(self._service)

    def body(self, message: Message) -> bytes:
        """The request's body. Raises ValueError for a message that the SDK refuses."""
        return msgspec.json.encode({"message": self._service.encode_message(encoded(message))})

    def outcome(self, reply: Reply, message: Message) -> Outcome:
        """What a refusal means; one that the SDK cannot read (not UTF-8, another shape) still has its status."""
        try:
            error = error_of(self._service, reply)
        except Exception as unreadable:  # noqa: BLE001 - an error page may hold anything
            _log.info("push_answer_unreadable", extra={"error": type(unreadable).__name__})
            return answers.by_status(reply)
        return outcome_of(error, reply, message)

    async def close(self) -> None:
        """Delete the App; twice does no harm."""
        app, self._app = self._app, None
        if app is not None:
            # Deleting an App calls asyncio.run, which only a thread without a loop allows.
            await asyncio.to_thread(firebase_admin.delete_app, app)


def service_of(app: Any) -> Any:
    """The object behind an App that writes its messages and reads its errors."""
    try:
        return messaging._get_messaging_service(app)  # noqa: SLF001 - there is no public way to it
    except AttributeError:
        raise SdkMoved("messaging._get_messaging_service") from None


def headers_of(service: Any, url: str) -> dict[str, str]:
    """The headers of a request to the address that the SDK sends to. Raises `SdkMoved`."""
    if getattr(service, "_fcm_url", None) != url:
        raise SdkMoved("_MessagingService._fcm_url")
    theirs = getattr(service, "_fcm_headers", None)
    if not isinstance(theirs, dict):
        raise SdkMoved("_MessagingService._fcm_headers")
    return {"content-type": "application/json", **theirs}


def error_of(service: Any, reply: Reply) -> Any:
    """The SDK's exception for a refusal."""
    response = httpx.Response(
        reply.status, headers=dict(reply.headers), content=reply.body, request=httpx.Request("POST", GOOGLE)
    )
    error = httpx.HTTPStatusError("refused", request=response.request, response=response)
    return service._handle_fcm_httpx_error(error)  # noqa: SLF001 - there is no public way to it


def proves_itself(service: Any) -> None:
    """Have a message written and an error read. Raises `SdkMoved` when either comes out otherwise."""
    try:
        written = service.encode_message(messaging.Message(topic="t", data={"k": "v"}))
    except Exception:  # noqa: BLE001 - whatever it raises, it moved
        raise SdkMoved("_MessagingService.encode_message") from None
    if written != {"topic": "t", "data": {"k": "v"}}:
        raise SdkMoved("_MessagingService.encode_message")
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}
    page = json.dumps({"error": {"status": "NOT_FOUND", "message": "gone", "details": [detail]}}).encode()
    try:
        error = error_of(service, Reply(HTTPStatus.NOT_FOUND, {}, page))
    except Exception:  # noqa: BLE001 - as above
        raise SdkMoved("_MessagingService._handle_fcm_httpx_error") from None
    if not isinstance(error, messaging.UnregisteredError):
        raise SdkMoved("_MessagingService._handle_fcm_httpx_error")
