"""How often one network or person may look things up (TRUST.md; docs/decisions/0010-limits.md).

These bound scraping and floods of reads alone. What an attacker gains by exceeding (codes, passwords, tickets,
uploads) is bounded by rows, in the room of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `amount` in any `seconds`, for each key. `name` is a label of metrics and part of Redis keys."""

    name: str
    amount: int
    seconds: int


LOOKUPS: Final = Quota("lookups", 1_200, 60)
"""Searches of schools by an anonymous network: a school of 2,000 teachers stands behind one address."""

LOOKUPS_OF_A_PERSON: Final = Quota("lookups_of_a_person", 120, 60)
"""The same by one who is signed in, whatever their network: two a second is fast typing."""

TICKET_STATUS: Final = Quota("ticket_status", 120, 60)
"""Looks at rebind tickets by number and secret, by a network."""

CERTIFICATE_CHECKS: Final = Quota("certificate_checks", 120, 60)
"""Checks of certificates by their serials, by a network: a desk that checks a pile of them types no faster."""

TICKET_CANCEL: Final = Quota("ticket_cancel", 120, 60)
"""Tries to cancel a rebind ticket by number and secret, by a network."""

DOCUMENT_CHANGES: Final = Quota("document_changes", 20, 86_400)
"""Edits of a document's number by a person: whether a number is in use is told, and must not be tried at large."""

ANONYMOUS_SECONDS: Final = 60


def anonymous(a_minute: int) -> Quota:
    """Whole requests of an anonymous network, as many a minute as the setting says."""
    return Quota("anonymous", a_minute, ANONYMOUS_SECONDS)
