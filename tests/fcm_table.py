"""PUSH.md's table: the beginning of a token that the stand-in of FCM knows, and the outcome that it must have."""

from __future__ import annotations

from mobile_gateway.push.provider import (
    Ambiguous,
    AuthBroken,
    Outcome,
    PayloadBad,
    ProjectWrong,
    Retry,
    Scope,
    Throttled,
    TokenDead,
    TokenForeign,
)

TABLE: list[tuple[str, Outcome]] = [
    ("unregistered:t", TokenDead()),
    ("notfound:t", ProjectWrong()),
    ("invalid_token:t", TokenDead()),
    ("invalid_payload:t", PayloadBad("Invalid value at 'message.data'")),
    ("sender_mismatch:t", TokenForeign()),
    ("third_party_auth:t", AuthBroken(Scope.IOS)),
    ("quota:t", Throttled(30.0)),
    ("quota_silent:t", Throttled(60.0)),
    ("unavailable:t", Retry(7.0)),
    ("unavailable_silent:t", Retry(None)),
    ("internal:t", Retry(None)),
    ("drop:t", Ambiguous()),
    # What the table leaves open.
    ("forbidden:t", AuthBroken(Scope.PROJECT)),
    ("unauthenticated:t", AuthBroken(Scope.PROJECT)),
    ("bad_gateway:t", Ambiguous()),
    ("busy_page:t", Retry(None)),
    ("moved:t", ProjectWrong()),
    ("no_json:t", Ambiguous()),
    ("no_name:t", Ambiguous()),
    ("", TokenDead()),
    ("令牌", TokenDead()),
]
