"""What every provider of text messages promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Reason(StrEnum):
    """Why a provider refused a message."""

    BAD_PHONE = "BAD_PHONE"
    THROTTLED = "THROTTLED"
    TEMPLATE = "TEMPLATE"
    PARAMS = "PARAMS"
    BALANCE = "BALANCE"
    CREDENTIALS = "CREDENTIALS"
    UNKNOWN = "UNKNOWN"

    @property
    def is_ours(self) -> bool:
        """Whether an operator must act: the cause is neither the phone nor how much was sent to it."""
        return self not in {Reason.BAD_PHONE, Reason.THROTTLED}


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message. `message_id` is the provider's; that it arrived is not known."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused the message; sending the same again now would be refused again."""

    reason: Reason
    provider_code: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer, or one that says nothing. `maybe_sent` is False only where no whole request went out.

    `detail` names the fault in a word for the log and holds nothing of the message.
    """

    detail: str
    maybe_sent: bool


Outcome = Sent | Rejected | Unreachable


class SmsProvider(Protocol):
    """Sends one text message to one phone."""

    async def send(self, phone: str, text_kind: str, params: Mapping[str, str], locale: str) -> Outcome:
        """Send the text of this kind, filled with `params`, in the locale's language, to a number in E.164.

        Never raises but for cancellation, and tries once.
        """

    async def close(self) -> None:
        """Let go of connections. May be called twice."""
