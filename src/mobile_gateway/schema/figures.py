"""Credits as topic page, workbench and my-training show them: always the same figures."""

from enum import StrEnum

import strawberry

from mobile_gateway.rules import credits
from mobile_gateway.rules.credits import Figures
from mobile_gateway.rules.words import Standing
from mobile_gateway.schema.answers import Credits


@strawberry.enum(
    description="COURSE_CAP_REACHED: more watching is recorded and adds nothing to what is recognised."
)
class ProgressNotice(StrEnum):
    """Notices of a course's progress."""

    COURSE_CAP_REACHED = "COURSE_CAP_REACHED"


@strawberry.type(description="Learned, recognised and required, as credits and as raw milliseconds of video.")
class CreditProgress:
    """已学习, 已认定, 认定学时."""

    learned: Credits = strawberry.field(description="已学习: all videos watched in full.")
    recognised: Credits = strawberry.field(description="已认定: what counts, course by course under its cap.")
    required: Credits = strawberry.field(description="认定学时: what is required.")
    learned_ms: int = strawberry.field(description="Learned, in whole milliseconds of video.")
    recognised_ms: int = strawberry.field(description="Recognised, in whole milliseconds of video.")
    required_ms: int = strawberry.field(description="Required, in whole milliseconds of video.")
    standing: Standing = strawberry.field(description="MET (blue) once recognised reaches required.")
    notices: list[ProgressNotice] = strawberry.field(description="What is worth telling beside the figures.")


def credit_progress(figures: Figures, ms_per_credit: int, *, of_course: bool) -> CreditProgress:
    """Figures as a client reads them."""
    notices = [ProgressNotice.COURSE_CAP_REACHED] if of_course and figures.cap_reached else []
    return CreditProgress(
        learned=Credits(credits.shown(figures.learned_ms, ms_per_credit)),
        recognised=Credits(credits.shown(figures.recognised_ms, ms_per_credit)),
        required=Credits(credits.shown(figures.required_ms, ms_per_credit)),
        learned_ms=figures.learned_ms,
        recognised_ms=figures.recognised_ms,
        required_ms=figures.required_ms,
        standing=figures.standing,
        notices=notices,
    )
