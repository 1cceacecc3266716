"""When a certificate may be claimed (PRODUCT.md §8)."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.rules.words import Identity, RecordState


def ready(
    *,
    now: datetime,
    opens_at: datetime,
    complete: bool,
    identity: Identity,
    primary_state: RecordState | None,
) -> bool:
    """Whether all conditions of claiming hold: the opening date, completion, TEACHER, an APPROVED primary record."""
    return (
        now >= opens_at
        and complete
        and identity is Identity.TEACHER
        and primary_state is RecordState.APPROVED
    )
