"""Whether the viewer can claim a topic's certificate, and everything that is missing (PRODUCT.md §8)."""

from datetime import datetime

import strawberry

from mobile_gateway.messages import refusals
from mobile_gateway.reads import catalogue
from mobile_gateway.reads.progress import TopicProgress
from mobile_gateway.rules import certificates as rules
from mobile_gateway.rules import credits
from mobile_gateway.rules.certificates import Claim
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import Credits
from mobile_gateway.schema.course import shown
from mobile_gateway.schema.nodes import global_id


@strawberry.type(description="What a course still needs before a certificate can be claimed.")
class MissingCredits:
    """One course that is below its cap."""

    course_id: strawberry.ID = strawberry.field(description="Global id of the course.")
    title: str = strawberry.field(description="The course's title, in the viewer's language.")
    missing: Credits = strawberry.field(description="What is missing, rounded up to two places.")
    missing_ms: int = strawberry.field(description="The same in whole milliseconds of video.")


@strawberry.type(description="One reason for which a certificate cannot be claimed yet.")
class ClaimObstacle:
    """A reason, and what to do about it."""

    code: RefusalCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, in the viewer's language.")
    hint: str = strawberry.field(description="What to do next, in the viewer's language.")
    opens_at: datetime | None = strawberry.field(
        default=None, description="When claiming opens, for CERTIFICATE_NOT_OPEN."
    )
    missing: list[MissingCredits] = strawberry.field(
        default_factory=list, description="What each course still needs, for CREDITS_INSUFFICIENT."
    )


@strawberry.type(
    description="Whether the viewer can claim a topic's certificate now, and all reasons why not."
)
class CertificateEligibility:
    """The server decides; clients hold no rules."""

    eligible: bool = strawberry.field(description="Whether it can be claimed now.")
    reasons: list[ClaimObstacle] = strawberry.field(
        description="Everything that is missing; empty when eligible."
    )


def eligibility(
    subject: catalogue.Topic, mine: TopicProgress | None, now: datetime, locale: str
) -> CertificateEligibility | None:
    """Whether the viewer can claim, from progress that is read already; None for an anonymous reader."""
    if mine is None:
        return None
    open_to = shown(mine)
    lacking = rules.lacks(subject.caps, open_to.learned.by_course if open_to else {})
    claim = Claim(
        mine.candidate.identity,
        open_to is not None,
        lacking,
        mine.candidate.primary_state,
        subject.window.certificates_open_at,
    )
    reasons = [_obstacle(one, subject, lacking, locale) for one in rules.missing(claim, now)]
    return CertificateEligibility(eligible=not reasons, reasons=reasons)


def _obstacle(
    refusal: Refusal, subject: catalogue.Topic, lacking: dict[int, int], locale: str
) -> ClaimObstacle:
    message, hint = refusals.text(refusal, locale)
    found = ClaimObstacle(code=refusal.code, message=message, hint=hint)
    if refusal.code is RefusalCode.CERTIFICATE_NOT_OPEN:
        found.opens_at = subject.window.certificates_open_at
    if refusal.code is RefusalCode.CREDITS_INSUFFICIENT:
        found.missing = [
            MissingCredits(
                course_id=global_id("Course", course.id),
                title=course.title.within(locale),
                missing=Credits(credits.shown_up(lacking[course.id], subject.ms_per_credit)),
                missing_ms=lacking[course.id],
            )
            for course in subject.courses
            if course.id in lacking
        ]
    return found
