"""What a push provider promises, what it is given, and every answer it may give.

A provider never raises: one message is one outcome, in the order given, so one bad message is one bad
message. Callers match outcomes to the end with `assert_never`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from mobile_gateway.rules.words import MessageClass, Platform, PushProviderName

PAYLOAD_BYTES = 4096
"""Largest payload to one device, in bytes of UTF-8 (Firebase, "About FCM messages")."""

LONGEST_TTL_SECONDS = 2_419_200
"""Four weeks: the longest that FCM keeps a message for a device that is away."""

COLLAPSE_ID_BYTES = 64
"""Longest apns-collapse-id (Apple, "Sending notification requests to APNs")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One notification for one device, already in the device's language.

    `notification_id` is the same on every attempt, so that a device shows a message sent twice once.
    Title, body and deep link travel through other people's servers: nothing personal may stand in them.
    """

    notification_id: str
    token: str
    platform: Platform
    title: str
    body: str
    deep_link: str
    kind: str
    message_class: MessageClass
    ttl_seconds: int
    provider: PushProviderName = PushProviderName.FCM


class Scope(StrEnum):
    """How much stands still when a credential is refused."""

    IOS = "IOS"
    PROJECT = "PROJECT"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message over; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class TokenDead:
    """No device answers to this token any more: retire it, if it is unchanged since the send began."""


@dataclass(frozen=True, slots=True)
class TokenForeign:
    """The token was given out for another sender: quarantine it, and alert on the rate."""


@dataclass(frozen=True, slots=True)
class PayloadBad:
    """The message is at fault and will always be refused. Touch no token.

    `reason` is for staff: at most 200 characters, without the token.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not sent, by no fault of the message: try again after so many seconds; None leaves it to the caller."""

    after_seconds: float | None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Over the quota: pause the lane for so many seconds. The attempt does not count."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class AuthBroken:
    """A credential was refused: halt the scope until people have mended it. Touch no token."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class ProjectWrong:
    """The address leads to no project of ours: halt the lane. Touch no token."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have been sent. SERVICE is sent once more under the same id, MARKETING never."""


Outcome = (
    Accepted
    | TokenDead
    | TokenForeign
    | PayloadBad
    | Retry
    | Throttled
    | AuthBroken
    | ProjectWrong
    | Ambiguous
)


class PushProvider(Protocol):
    """Carries messages to devices."""

    @property
    def carries(self) -> Collection[PushProviderName]:
        """Whose devices it reaches: deliveries to others are not claimed."""

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in the same order.

        Raises nothing but the caller's own cancellation; what was in flight then is ambiguous.
        """

    async def close(self) -> None:
        """Let go of connections and files. Nothing is sent afterwards."""


def data_of(message: Message) -> dict[str, str]:
    """What the app reads when the notification is opened; keys that FCM reserves are not among them."""
    return {
        "notificationId": message.notification_id,
        "kind": message.kind,
        "class": message.message_class.value,
        "deepLink": message.deep_link,
    }


def payload_fault(message: Message) -> str | None:
    """Why every provider would refuse this message, or None.

    Counts the notification and the data as compact JSON in UTF-8, a little more than FCM counts.
    """
    payload = {"notification": {"title": message.title, "body": message.body}, "data": data_of(message)}
    try:
        size = len(msgspec.json.encode(payload))
    except UnicodeEncodeError:
        return "the text holds half a character (a lone surrogate)"
    if size > PAYLOAD_BYTES:
        return f"the payload has {size} bytes, more than {PAYLOAD_BYTES}"
    if not 0 <= message.ttl_seconds <= LONGEST_TTL_SECONDS:
        return f"the time to live is {message.ttl_seconds} s, outside 0 to {LONGEST_TTL_SECONDS}"
    identifier = message.notification_id
    if not identifier.isascii() or not 0 < len(identifier) <= COLLAPSE_ID_BYTES:
        return f"the notification id is not 1 to {COLLAPSE_ID_BYTES} ASCII characters"
    return None
