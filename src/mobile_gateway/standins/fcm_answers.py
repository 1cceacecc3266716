"""What the stand-in of FCM answers, by the name that a token begins with. The bodies follow "FCM error codes"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status, a body and headers beside the usual ones."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(
    http_status: int, status: str, text: str, *, code: str | None = None, retry_after: str | None = None
) -> Answer:
    """An error as Google writes it; `code` is FCM's own detail, without which it is the platform's error."""
    details = [{"@type": _FCM_ERROR, "errorCode": code}] if code else []
    error = {"code": http_status, "message": text, "status": status, "details": details}
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return Answer(http_status, json.dumps({"error": error}).encode(), headers)


NOT_FOUND = refusal(404, "NOT_FOUND", "Requested entity was not found.")
NO_TOKEN = refusal(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
_BAD_TOKEN_TEXT = "The registration token is not a valid FCM registration token"  # noqa: S105 - FCM's own words

ANSWERS: dict[str, Answer] = {
    "unregistered": refusal(404, "NOT_FOUND", "Requested entity was not found.", code="UNREGISTERED"),
    "notfound": NOT_FOUND,
    "invalid_token": refusal(400, "INVALID_ARGUMENT", _BAD_TOKEN_TEXT, code="INVALID_ARGUMENT"),
    "invalid_payload": refusal(400, "INVALID_ARGUMENT", "Invalid value at 'message.data'"),
    "sender_mismatch": refusal(403, "PERMISSION_DENIED", "SenderId mismatch", code="SENDER_ID_MISMATCH"),
    "forbidden": refusal(403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied"),
    "third_party_auth": refusal(
        401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", code="THIRD_PARTY_AUTH_ERROR"
    ),
    "unauthenticated": NO_TOKEN,
    "quota": refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", code="QUOTA_EXCEEDED", retry_after="30"),
    "quota_silent": refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", code="QUOTA_EXCEEDED"),
    "quota_brief": refusal(
        429, "RESOURCE_EXHAUSTED", "Quota exceeded", code="QUOTA_EXCEEDED", retry_after="2"
    ),
    "unavailable": refusal(
        503, "UNAVAILABLE", "The service is currently unavailable.", code="UNAVAILABLE", retry_after="7"
    ),
    "unavailable_silent": refusal(503, "UNAVAILABLE", "The service is currently unavailable."),
    "internal": refusal(500, "INTERNAL", "Internal error encountered.", code="INTERNAL"),
    "bad_gateway": Answer(502, "<title>网关错误</title>".encode("gb18030"), {"Content-Type": "text/html"}),
    "busy_page": Answer(503, "<title>服务繁忙</title>".encode("gb18030"), {"Content-Type": "text/html"}),
    "moved": Answer(302, b"", {"Location": "/elsewhere"}),
    "no_json": Answer(200, b"accepted"),
    "no_name": Answer(200, b"{}"),
}
"""Answers by the name that a token begins with; a test may add its own."""
