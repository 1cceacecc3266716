"""Switching identity: which ways there are, and what a student confirms before everything is wiped (PRODUCT.md §5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto

from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Identity, Loss

CONFIRMATION_LIFE = timedelta(minutes=10)


class Step(Enum):
    """What a switch does to the account."""

    NOTHING = auto()
    CHANGE = auto()
    WIPE = auto()


def ways(identity: Identity) -> tuple[Identity, ...]:
    """The identities that an account can be switched to; there is no way back to STUDENT."""
    match identity:
        case Identity.STUDENT | Identity.PARENT:
            return (Identity.TEACHER,)
        case Identity.TEACHER:
            return (Identity.PARENT,)


def switch(now: Identity, wanted: Identity, *, has_phone: bool) -> Step | Refusal:
    """What switching to `wanted` does. To what one is already: nothing, and it succeeds.

    Refusals: IDENTITY_SWITCH_IMPOSSIBLE, and PHONE_REQUIRED of a student who would be left without a login name.
    """
    if now is wanted:
        return Step.NOTHING
    if wanted not in ways(now):
        return Refusal(RefusalCode.IDENTITY_SWITCH_IMPOSSIBLE)
    if now is not Identity.STUDENT:
        return Step.CHANGE
    return Step.WIPE if has_phone else Refusal(RefusalCode.PHONE_REQUIRED)


def confirmation(person_id: int, wipe_epoch: int, version: int, losses: Mapping[Loss, int]) -> bytes:
    """What a confirmation stands for: this person, in this epoch, as edited last, losing exactly these things."""
    named = ",".join(f"{loss}={count}" for loss, count in sorted(losses.items()) if count)
    return hashlib.sha256(f"{person_id}:{wipe_epoch}:{version}:{named}".encode()).digest()
