"""Moving an account to a new phone when the old one is gone (PRODUCT.md §7; manual, question 3).

A ticket: SUBMITTED → IN_REVIEW → CALLED_BACK → DONE | REJECTED | CANCELLED. What its sender claims is compared
with the account only when the agent finishes it, and all at once: nobody learns which part was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mobile_gateway.rules import documents_of_identity, texts
from mobile_gateway.rules.documents_of_identity import Document, DocumentType
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import TicketState

LONGEST_REASON: Final = 200
"""The longest reason or note of an agent, in characters."""

NUMBER_PREFIX: Final = "HB"
NUMBER_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, without the letters that look like digits."""

NUMBER_LENGTH: Final = 10
"""Random digits of a ticket's number: 50 bits. What protects a ticket is its secret of 256."""

_NUMBER = re.compile(f"{NUMBER_PREFIX}[{NUMBER_DIGITS}]{{{NUMBER_LENGTH}}}")
_READ_AS = str.maketrans("OIL", "011")


class Step(StrEnum):
    """What can be done with a ticket: CANCEL by its holder, the others by its agent."""

    TAKE = "TAKE"
    CALL_BACK = "CALL_BACK"
    FINISH = "FINISH"
    REJECT = "REJECT"
    CANCEL = "CANCEL"


STEPS: Final[Mapping[tuple[TicketState, Step], TicketState]] = MappingProxyType(
    {
        (TicketState.SUBMITTED, Step.TAKE): TicketState.IN_REVIEW,
        (TicketState.IN_REVIEW, Step.CALL_BACK): TicketState.CALLED_BACK,
        (TicketState.CALLED_BACK, Step.FINISH): TicketState.DONE,
        (TicketState.IN_REVIEW, Step.REJECT): TicketState.REJECTED,
        (TicketState.CALLED_BACK, Step.REJECT): TicketState.REJECTED,
        (TicketState.SUBMITTED, Step.CANCEL): TicketState.CANCELLED,
        (TicketState.IN_REVIEW, Step.CANCEL): TicketState.CANCELLED,
        (TicketState.CALLED_BACK, Step.CANCEL): TicketState.CANCELLED,
    }
)
"""Every step that can be taken, and where it leads."""

CLOSED: Final = frozenset({TicketState.DONE, TicketState.REJECTED, TicketState.CANCELLED})

_LEADS_TO = {step: reached for (_, step), reached in STEPS.items()}


def after(state: TicketState, step: Step) -> TicketState | Refusal:
    """The state that a step leads to; a step that was taken already leaves it where it is: twice is once.

    Refusals: TICKET_CLOSED, TICKET_STEP_IMPOSSIBLE.
    """
    reached = STEPS.get((state, step))
    if reached is not None:
        return reached
    if state is _LEADS_TO[step]:
        return state
    closed = state in CLOSED
    return Refusal(RefusalCode.TICKET_CLOSED if closed else RefusalCode.TICKET_STEP_IMPOSSIBLE, ("number",))


@dataclass(frozen=True, slots=True)
class Claim:
    """Who the sender of a ticket says to be. Nothing of it is in its repr."""

    name: str = field(repr=False)
    document: Document = field(repr=False)
    old_phone: str = field(repr=False)


def claim(
    name: str, kind: DocumentType, number: str, old_phone: str, new_phone: str, today: date
) -> Claim | Refusal:
    """What a sender gives, read and checked without a look at any account. `today` is the domain's date.

    Refusals: NAME_INVALID, ID_NUMBER_INVALID, PHONE_UNCHANGED.
    """
    read = texts.person_name(name)
    if isinstance(read, texts.Unclean):
        return Refusal(RefusalCode.NAME_INVALID, ("name",), {"why": read.reason})
    document = documents_of_identity.parse(kind, number, today)
    if isinstance(document, documents_of_identity.Malformed):
        return Refusal(RefusalCode.ID_NUMBER_INVALID, ("documentNumber",), {"why": document.reason})
    if old_phone == new_phone:
        return Refusal(RefusalCode.PHONE_UNCHANGED, ("newPhone",))
    return Claim(read, document, old_phone)


def number(text: str) -> str | None:
    """A ticket's number as it was given out, from how somebody typed it; None for what is none.

    White space, hyphens and case do not matter; O is read as 0, I and L as 1.
    """
    typed = "".join(text.split()).replace("-", "").upper()
    if not typed.isascii():
        return None
    typed = typed[: len(NUMBER_PREFIX)] + typed[len(NUMBER_PREFIX) :].translate(_READ_AS)
    return typed if _NUMBER.fullmatch(typed) else None


def reason(text: str, *path: str) -> str | Refusal:
    """Why an agent does something, 1 to 200 characters. Refusals: REASON_REQUIRED."""
    read = texts.clean(text, longest=LONGEST_REASON)
    return Refusal(RefusalCode.REASON_REQUIRED, path) if isinstance(read, texts.Unclean) else read
