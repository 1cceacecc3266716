"""What the acts on teaching records take, and what they answer."""

import strawberry

from mobile_gateway.rules.words import TeachingStage
from mobile_gateway.schema.answers import UserError
from mobile_gateway.schema.profile import SchoolName, TeachingRecord, Viewer

_RECORD = "Global id of the viewer's own current record."
_DETAIL = "Up to 40 characters."
_WHY_NOT = "Why not; empty when it was done."


@strawberry.input(description="Where the viewer teaches, and what.")
class TeachingRecordAddInput:
    """Input of `teachingRecordAdd`."""

    school_id: strawberry.ID = strawberry.field(description="Global id of an active school of the directory.")
    teaching_stage: TeachingStage | None = strawberry.field(default=None, description="学段 taught.")
    subject: str | None = strawberry.field(default=None, description=f"Subject taught. {_DETAIL}")
    grade: str | None = strawberry.field(default=None, description=f"Grade taught. {_DETAIL}")
    is_primary: bool = strawberry.field(
        default=False, description="Make it the primary one; it is anyway where there is none."
    )


@strawberry.input(description="What to change of a record; what is left out stays as it is.")
class TeachingRecordUpdateInput:
    """Input of `teachingRecordUpdate`."""

    record_id: strawberry.ID = strawberry.field(description=_RECORD)
    version: int = strawberry.field(description="The version that was edited: the record's `version`.")
    teaching_stage: TeachingStage | None = strawberry.field(
        default=strawberry.UNSET, description="学段 taught; null clears it."
    )
    subject: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"Subject taught; null clears it. {_DETAIL}"
    )
    grade: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"Grade taught; null clears it. {_DETAIL}"
    )
    school_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Global id of another school, where the record is handed in anew; not while APPROVED.",
    )


@strawberry.input(description="Which rejected record to hand in again.")
class TeachingRecordResubmitInput:
    """Input of `teachingRecordResubmit`."""

    record_id: strawberry.ID = strawberry.field(description=_RECORD)


@strawberry.input(description="Which record becomes the primary one.")
class TeachingRecordMakePrimaryInput:
    """Input of `teachingRecordMakePrimary`."""

    record_id: strawberry.ID = strawberry.field(description=_RECORD)


@strawberry.input(description="Which school to leave.")
class TeachingRecordLeaveInput:
    """Input of `teachingRecordLeave`."""

    record_id: strawberry.ID = strawberry.field(description=_RECORD)
    confirmed: bool = strawberry.field(description="True once the viewer has read the warning and agreed.")


@strawberry.type(description="The record that was added.")
class TeachingRecordAddPayload:
    """Payload of `teachingRecordAdd`."""

    record: TeachingRecord | None = strawberry.field(description="The new record; null when refused.")
    viewer: Viewer | None = strawberry.field(description="The viewer with it; null when refused.")
    successor: SchoolName | None = strawberry.field(
        description="With SCHOOL_MERGED: the school that stands for the chosen one now."
    )
    user_errors: list[UserError] = strawberry.field(description=_WHY_NOT)


@strawberry.type(description="The record after it was edited.")
class TeachingRecordUpdatePayload:
    """Payload of `teachingRecordUpdate`."""

    record: TeachingRecord | None = strawberry.field(description="The record; null when refused.")
    viewer: Viewer | None = strawberry.field(description="The viewer with it; null when refused.")
    successor: SchoolName | None = strawberry.field(
        description="With SCHOOL_MERGED: the school that stands for the chosen one now."
    )
    user_errors: list[UserError] = strawberry.field(description=_WHY_NOT)


@strawberry.type(description="The record that was handed in again.")
class TeachingRecordResubmitPayload:
    """Payload of `teachingRecordResubmit`."""

    record: TeachingRecord | None = strawberry.field(description="The record; null when refused.")
    viewer: Viewer | None = strawberry.field(description="The viewer with it; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=_WHY_NOT)


@strawberry.type(description="The record that is the primary one now.")
class TeachingRecordMakePrimaryPayload:
    """Payload of `teachingRecordMakePrimary`."""

    record: TeachingRecord | None = strawberry.field(description="The record; null when refused.")
    viewer: Viewer | None = strawberry.field(description="The viewer with it; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=_WHY_NOT)


@strawberry.type(description="The record that was left.")
class TeachingRecordLeavePayload:
    """Payload of `teachingRecordLeave`."""

    record: TeachingRecord | None = strawberry.field(
        description="The record, REMOVED or WITHDRAWN; null when refused."
    )
    viewer: Viewer | None = strawberry.field(description="The viewer without it; null when refused.")
    warning: str | None = strawberry.field(
        description="What to do soon, in the viewer's language; to be shown. Null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=_WHY_NOT)
