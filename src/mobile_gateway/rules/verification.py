"""The verification of a teaching record: its states, who decides, and what a decision comes to (PRODUCT.md §6, §12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.staff_words import VerificationOutcome
from mobile_gateway.rules.words import RecordState, StaffRole

LONGEST_REASON = 200
"""In characters; a teacher reads it."""

MOST_DECISIONS = 50
"""How many records one call decides."""


class RecordEvent(StrEnum):
    """What happens to a teaching record."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RESUBMITTED = "resubmitted"
    SCHOOL_CHANGED = "school changed"
    LEFT = "left by the teacher"
    REMOVED = "removed by the school admin"


TRANSITIONS: Mapping[tuple[RecordState, RecordEvent], RecordState] = MappingProxyType(
    {
        (RecordState.PENDING, RecordEvent.APPROVED): RecordState.APPROVED,
        (RecordState.PENDING, RecordEvent.REJECTED): RecordState.REJECTED,
        (RecordState.PENDING, RecordEvent.SCHOOL_CHANGED): RecordState.PENDING,
        (RecordState.PENDING, RecordEvent.LEFT): RecordState.WITHDRAWN,
        (RecordState.REJECTED, RecordEvent.RESUBMITTED): RecordState.PENDING,
        (RecordState.REJECTED, RecordEvent.SCHOOL_CHANGED): RecordState.PENDING,
        (RecordState.REJECTED, RecordEvent.LEFT): RecordState.WITHDRAWN,
        (RecordState.APPROVED, RecordEvent.LEFT): RecordState.REMOVED,
        (RecordState.APPROVED, RecordEvent.REMOVED): RecordState.REMOVED,
    }
)
"""Every way from a state to a state; what is not here does not happen. docs/lifecycles.md has the same table."""

_EVENTS: Mapping[VerificationOutcome, RecordEvent] = MappingProxyType(
    {
        VerificationOutcome.APPROVED: RecordEvent.APPROVED,
        VerificationOutcome.REJECTED: RecordEvent.REJECTED,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands. `of_admin`: its person is SCHOOL_ADMIN of its very school."""

    person_id: int
    school_id: int
    county_id: int
    of_admin: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What a record's row says now: `version` and, where somebody decided it, who and why."""

    state: RecordState
    version: int
    decided_by: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator says about the version of a record that they saw. An approval has no reason."""

    version: int
    outcome: VerificationOutcome
    reason: str | None


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """The same decision by the same person stands already: a second click."""


def may_decide(grants: Grants, actor_id: int, standing: Standing) -> StaffRole | None:
    """The role in which this person decides the record; None when it is not theirs to decide.

    Only the admin of that very school decides; a school admin's record at the own school is the county admin's.
    Nobody decides about themselves.
    """
    if actor_id == standing.person_id:
        return None
    if standing.of_admin:
        return StaffRole.COUNTY_ADMIN if standing.county_id in grants.counties else None
    return StaffRole.SCHOOL_ADMIN if standing.school_id in grants.schools else None


def may_see(grants: Grants, viewer_id: int, standing: Standing) -> bool:
    """Whether it is in this person's queue: theirs to decide, or of a school of their county; never their own."""
    if viewer_id == standing.person_id:
        return False
    return standing.county_id in grants.counties or may_decide(grants, viewer_id, standing) is not None


def may_remove(grants: Grants, actor_id: int, standing: Standing) -> StaffRole | None:
    """The role in which this person removes the teacher: SCHOOL_ADMIN of that very school, never of the own record."""
    own = actor_id == standing.person_id
    return StaffRole.SCHOOL_ADMIN if standing.school_id in grants.schools and not own else None


def decide(record: Decided, decision: Decision, actor_id: int) -> RecordState | AlreadyDone | Refusal:
    """The record's next state. Only what is PENDING, in the version that was seen, is decided.

    AlreadyDone when the same person has decided this very version alike; CONFLICT when it waits still, but was
    edited since; else ALREADY_DECIDED.
    """
    event = _EVENTS[decision.outcome]
    state = TRANSITIONS.get((record.state, event))
    if state is not None and record.version == decision.version:
        return state
    if state is not None:
        return Refusal(RefusalCode.CONFLICT, ("version",))
    same = (decision.outcome.value, decision.version + 1, actor_id, decision.reason)
    if (record.state.value, record.version, record.decided_by, record.reason) == same:
        return AlreadyDone()
    return Refusal(RefusalCode.ALREADY_DECIDED, ("recordId",))


def remove(state: RecordState) -> RecordState | AlreadyDone | Refusal:
    """The next state of a record whose teacher is removed: of an APPROVED one only; twice is once."""
    if state is RecordState.REMOVED:
        return AlreadyDone()
    found = TRANSITIONS.get((state, RecordEvent.REMOVED))
    return found or Refusal(RefusalCode.RECORD_NOT_APPROVED, ("recordId",))


def reason(text: str | None) -> str | Refusal:
    """A reason that a person will read, 1 to 200 characters.

    REASON_REQUIRED when it is missing, empty or longer; BAD_USER_INPUT for characters that no text may have.
    """
    found = texts.clean(text or "", longest=LONGEST_REASON)
    if isinstance(found, str):
        return found
    if found.reason is texts.TextFault.FORBIDDEN_CHARACTER:
        return Refusal(RefusalCode.BAD_USER_INPUT, ("reason",), {"why": "reason"})
    return Refusal(RefusalCode.REASON_REQUIRED, ("reason",))
