"""Changing the account's phone with the old one at hand: the old one is proven, then the new (PRODUCT.md §7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mobile_gateway.rules.refusal import Refusal, RefusalCode

PROOF_LIFE: Final = timedelta(minutes=15)
"""How long the proof of the old phone holds, on the real clock; as long a finish that was done is done again."""

FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""When a change that was not finished is deleted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands: its phone of now, and the proof of the old phone that is not used up yet."""

    phone: str | None
    proven_phone: str | None
    proven_at: datetime | None


def may_change(standing: Standing, new_phone: str, now: datetime) -> Refusal | None:
    """None when the phone may be changed to another one that is proven next.

    Whether the new number is taken is no matter here: that is told only to who proves it.
    Refusals: PHONE_REQUIRED, OLD_PHONE_NOT_PROVEN, PHONE_UNCHANGED.
    """
    if standing.phone is None:
        return Refusal(RefusalCode.PHONE_REQUIRED)
    proven = standing.proven_phone == standing.phone and standing.proven_at is not None
    if not proven or standing.proven_at is None or now >= standing.proven_at + PROOF_LIFE:
        return Refusal(RefusalCode.OLD_PHONE_NOT_PROVEN)
    if new_phone == standing.phone:
        return Refusal(RefusalCode.PHONE_UNCHANGED, ("newPhone",))
    return None
