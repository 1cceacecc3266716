"""A certificate's life: when it may be claimed, what is printed, when it is made anew (PRODUCT.md §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from mobile_gateway.rules import documents_of_identity, texts
from mobile_gateway.rules.credits import Cap
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CertificateState, Identity, RecordState

PROMISE_DAYS: Final = 5
"""Working days within which an edited certificate is made anew (manual, question 11)."""

_ZONE = ZoneInfo("Asia/Shanghai")
_END_OF_DAY = time(23, 59, 59)
_LONGEST_REST = 31
IsWorkday = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """What decides about claiming. `lacking` is what each course still needs, in milliseconds; see `lacks`."""

    identity: Identity
    enrolled: bool
    lacking: Mapping[int, int]
    primary_state: RecordState | None
    opens_at: datetime


def missing(claim: Claim, now: datetime) -> list[Refusal]:
    """Every reason for which a certificate cannot be claimed at `now`; none when it can.

    IDENTITY_NOT_TEACHER or NOT_ENROLLED, CERTIFICATE_NOT_OPEN, CREDITS_INSUFFICIENT, IDENTITY_NOT_VERIFIED. Of who
    is no teacher, whose progress is hidden, nothing is told but that and the date.
    """
    teacher = claim.identity is Identity.TEACHER
    reasons = []
    if not teacher:
        reasons.append(Refusal(RefusalCode.IDENTITY_NOT_TEACHER))
    elif not claim.enrolled:
        reasons.append(Refusal(RefusalCode.NOT_ENROLLED))
    if now < claim.opens_at:
        opens = claim.opens_at.astimezone(_ZONE)
        reasons.append(Refusal(RefusalCode.CERTIFICATE_NOT_OPEN, data={"opens": f"{opens:%Y-%m-%d %H:%M}"}))
    if teacher and (claim.lacking or not claim.enrolled):
        reasons.append(Refusal(RefusalCode.CREDITS_INSUFFICIENT))
    if teacher and claim.primary_state is not RecordState.APPROVED:
        reasons.append(Refusal(RefusalCode.IDENTITY_NOT_VERIFIED))
    return reasons


def lacks(caps: Iterable[Cap], learned: Mapping[int, int]) -> dict[int, int]:
    """What each course that is below its cap still needs, in milliseconds, in the order of the courses."""
    found = {cap.course_id: cap.required_ms - learned.get(cap.course_id, 0) for cap in caps}
    return {course: ms for course, ms in found.items() if ms > 0}


@dataclass(frozen=True, slots=True)
class Holder:
    """Of a person what is printed: name, document, and the primary record's school, None while there is none."""

    name: str
    document_type: DocumentType
    document_number: str
    school_id: int | None
    school_name: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that stands on a certificate but its serial and date. `learned_to` is the window's last day."""

    holder: Holder
    topic: str
    topic_en: str
    learned_from: date
    learned_to: date
    credits: str

    def masked(self) -> Snapshot:
        """The same with the holder's name and document in asterisks, as previews show it."""
        holder = replace(
            self.holder,
            name=texts.mask_name(self.holder.name),
            document_number=documents_of_identity.mask(self.holder.document_number),
        )
        return replace(self, holder=holder)

    @property
    def texts(self) -> tuple[str, ...]:
        """What comes from people and must be printable: the name first."""
        return (self.holder.name, self.holder.document_number, self.holder.school_name or "", self.topic)


def days_of(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last day of a window `[start, end)`, in Beijing."""
    last = end.astimezone(_ZONE) - timedelta(microseconds=1)
    return start.astimezone(_ZONE).date(), last.date()


class Event(StrEnum):
    """What happens to a holder, as far as certificates are concerned.

    A school is left (or its teacher removed); the primary record is another, or at another school; name or document is
    edited; the primary record is approved.
    """

    LEFT = "LEFT"
    CHOSEN = "CHOSEN"
    EDITED = "EDITED"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be printed otherwise now. No school yet is no difference; a school's name alone is none."""

    person: bool
    school: bool

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return self.person or self.school

    def by(self, event: Event) -> bool:
        """Whether what the event is about differs."""
        return {Event.EDITED: self.person, Event.APPROVED: False}.get(event, self.school)


def difference(printed: Holder, current: Holder) -> Difference:
    """How what would be printed now differs from what is printed."""
    return Difference(
        (printed.name, printed.document_type, printed.document_number)
        != (current.name, current.document_type, current.document_number),
        current.school_id is not None and current.school_id != printed.school_id,
    )


@dataclass(frozen=True, slots=True)
class Life:
    """Where a live certificate stands. `left`: its holder left a school, and nothing was settled since.

    `ready`: the next version may be issued; it is promised by `due_at` where the state is REISSUE_PENDING.
    """

    state: CertificateState
    left: bool
    due_at: datetime | None
    ready: bool = False


AS_IT_WAS: Final = Life(CertificateState.ISSUED, left=False, due_at=None)


@dataclass(frozen=True, slots=True)
class Verified:
    """How far the primary record vouches after an event: APPROVED, and decided since name and document were edited."""

    school: bool
    person: bool

    def all_of(self, found: Difference) -> bool:
        """Whether somebody has approved what would be printed."""
        return self.school and (self.person or not found.person)


def verified(state: RecordState | None, decided_at: datetime | None, edited_at: datetime | None) -> Verified:
    """What a primary record of this state vouches for. An edit waits for a decision that comes after it."""
    school = state is RecordState.APPROVED
    return Verified(
        school, school and (edited_at is None or (decided_at is not None and decided_at >= edited_at))
    )


def after(
    life: Life, event: Event, found: Difference, by: Verified, *, now: datetime, is_workday: IsWorkday
) -> Life:
    """What becomes of a live certificate (PRODUCT.md §8, "Reissue"), with what vouches for it after the event.

    Who leaves a school opens the certificate: from then on edits count, and each that differs moves the promise. While
    it is closed edits change the profile alone, until the next approval. It is made anew once somebody has approved
    what differs, and is as it was once nothing does.
    """
    left = life.left or event is Event.LEFT
    pending = life.state is CertificateState.REISSUE_PENDING
    if not (left or pending or event is Event.APPROVED):
        return life
    if by.school and not found.any:
        return AS_IT_WAS
    if not pending and not found.any:
        return Life(CertificateState.ISSUED, left, due_at=None)
    due = life.due_at
    if due is None or found.by(event):
        due = promised(now, PROMISE_DAYS, is_workday)
    elif by.all_of(found) and due < now:
        due = promised(now, 1, is_workday)
    return Life(CertificateState.REISSUE_PENDING, left, due, ready=by.all_of(found))


def promised(now: datetime, working_days: int, is_workday: IsWorkday) -> datetime:
    """The last second, in Beijing, of the day so many working days after `now`'s own day.

    Raises:
        ValueError: `is_workday` knows no working day within a month.
    """
    day, rest = now.astimezone(_ZONE).date(), 0
    while working_days:
        day += timedelta(days=1)
        if is_workday(day):
            working_days, rest = working_days - 1, 0
        else:
            rest += 1
            if rest > _LONGEST_REST:
                raise ValueError("no working day within a month")
    return datetime.combine(day, _END_OF_DAY, _ZONE)
