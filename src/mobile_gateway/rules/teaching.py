"""当前任教信息: what may become of a teaching record, and which of several is the primary one (PRODUCT.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypedDict, assert_never

from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import RecordState, TeachingStage

MOST_RECORDS: Final = 10
"""How many active records a person may have."""

LONGEST_DETAIL: Final = 40
"""The longest subject and grade, in characters."""

LEFT: Final = frozenset({RecordState.WITHDRAWN, RecordState.REMOVED})
"""States of a record that is no more; every other one is active."""


@dataclass(frozen=True, slots=True)
class Record:
    """An active teaching record, as far as it decides anything."""

    id: int
    school_id: int
    state: RecordState
    is_primary: bool
    version: int
    submitted_at: datetime


def left_as(state: RecordState) -> RecordState:
    """What an active record becomes when it is left: who was verified is REMOVED, else it is WITHDRAWN.

    Raises:
        ValueError: it was left before.
    """
    match state:
        case RecordState.APPROVED:
            return RecordState.REMOVED
        case RecordState.PENDING | RecordState.REJECTED:
            return RecordState.WITHDRAWN
        case RecordState.WITHDRAWN | RecordState.REMOVED:
            raise ValueError(f"a {state} record has been left before")
    assert_never(state)


def next_primary(records: Sequence[Record]) -> Record | None:
    """The record that becomes primary when none is: the oldest APPROVED, else the oldest PENDING, else none [D].

    The oldest is the one handed in first. Records that are there already as primary are not replaced: None.
    """
    if any(one.is_primary for one in records):
        return None
    for state in (RecordState.APPROVED, RecordState.PENDING):
        found = [one for one in records if one.state is state]
        if found:
            return min(found, key=lambda one: (one.submitted_at, one.id))
    return None


def may_add(records: Sequence[Record], school_id: int) -> Refusal | None:
    """None when a person with these active records may add one at a school."""
    if any(one.school_id == school_id for one in records):
        return Refusal(RefusalCode.TEACHING_RECORD_EXISTS, ("schoolId",))
    if len(records) >= MOST_RECORDS:
        return Refusal(RefusalCode.TEACHING_RECORDS_EXCEEDED, data={"most": str(MOST_RECORDS)})
    return None


def may_move(record: Record, others: Sequence[Record], school_id: int) -> Refusal | None:
    """None when a record may go to another school: not while it is APPROVED, nor where the person teaches already."""
    if record.state is RecordState.APPROVED:
        return Refusal(RefusalCode.FIELD_LOCKED_VERIFIED, ("schoolId",))
    if any(one.school_id == school_id for one in others if one.id != record.id):
        return Refusal(RefusalCode.TEACHING_RECORD_EXISTS, ("schoolId",))
    return None


def may_resubmit(state: RecordState) -> Refusal | None:
    """None when a record may be handed in again. One that waits already is as good as handed in."""
    if state in {RecordState.REJECTED, RecordState.PENDING}:
        return None
    return Refusal(RefusalCode.ALREADY_DECIDED, ("recordId",))


class Details(TypedDict, total=False):
    """What is taught: free to edit. An absent key leaves the field as it is, None clears it."""

    teaching_stage: TeachingStage | None
    subject: str | None
    grade: str | None


def details(given: Details) -> Details | Refusal:
    """What was given, its texts cleaned; a text of nothing but spaces clears the field.

    Refusal: BAD_USER_INPUT for a text over 40 characters, or with characters that no text may have.
    """
    found = given.copy()
    names: tuple[Literal["subject", "grade"], ...] = ("subject", "grade")
    for name in names:
        text = given.get(name)
        clean = texts.clean(text, longest=LONGEST_DETAIL, shortest=0) if text is not None else None
        if isinstance(clean, texts.Unclean):
            why = {"why": clean.reason, "most": str(LONGEST_DETAIL)}
            return Refusal(RefusalCode.BAD_USER_INPUT, (name,), why)
        if name in given:
            found[name] = clean or None
    return found
