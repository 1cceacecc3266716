"""Kinds of notifications: their class, and who has a say in whether they are pushed (PRODUCT.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.words import MessageClass, NotificationKind

REVIEWERS: Final = frozenset({NotificationKind.TEACHER_TO_REVIEW, NotificationKind.TEACHER_LEFT})
"""What administrators of schools and counties are told."""

AGENTS: Final = frozenset({NotificationKind.TICKET_TO_HANDLE})
"""What support agents are told."""


def message_class(kind: NotificationKind) -> MessageClass:
    """SERVICE for all but campaigns."""
    return MessageClass.MARKETING if kind is NotificationKind.CAMPAIGN else MessageClass.SERVICE


def kinds_of(grants: Grants) -> tuple[NotificationKind, ...]:
    """The kinds that a person with these roles can be told of, in their order; those of staff to staff alone."""
    hidden = set() if grants.schools or grants.counties else set(REVIEWERS)
    if not grants.is_support:
        hidden |= AGENTS
    return tuple(kind for kind in NotificationKind if kind not in hidden)


def pushed(wishes: Mapping[NotificationKind, bool], kind: NotificationKind) -> bool:
    """Whether a kind is pushed: unless the person said no."""
    return wishes.get(kind, True)
