"""The course page: outline → resources, each with its state, resume position and missing spans."""

from typing import Annotated

import strawberry

from mobile_gateway.reads import catalogue
from mobile_gateway.reads.progress import TopicProgress
from mobile_gateway.rules import credits
from mobile_gateway.rules.words import Identity, ResourceState
from mobile_gateway.schema.answers import Credits
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.figures import CreditProgress, credit_progress
from mobile_gateway.schema.nodes import Node, global_id, number_of
from mobile_gateway.schema.resources import Document, Resource, Video, resource


@strawberry.type(description="A half-open span of media time.")
class MediaSpan:
    """`[fromMs, toMs)`."""

    from_ms: int = strawberry.field(description="Start in milliseconds of media time, included.")
    to_ms: int = strawberry.field(description="End in milliseconds of media time, excluded.")


@strawberry.type(description="A resource in an outline, with how far the viewer is with it.")
class OutlineEntry:
    """What belongs to the listing rather than to the resource."""

    subject: strawberry.Private[catalogue.Resource]
    locale: strawberry.Private[str]
    mine: strawberry.Private[TopicProgress | None]

    @strawberry.field(description="The resource itself.")
    def resource(self) -> Resource:
        """A video or a document."""
        found: Video | Document = resource(self.subject, self.locale)
        return found

    @strawberry.field(description="The viewer's state; null for readers without progress.")
    def state(self) -> ResourceState | None:
        """NOT_STARTED, IN_PROGRESS or COMPLETED."""
        return self.mine.resource(self.subject).state if self.mine else None

    @strawberry.field(description="Where to go on, in milliseconds of media time; null without progress.")
    def resume_position_ms(self) -> int | None:
        """0 at the beginning."""
        return self.mine.resource(self.subject).resume_ms if self.mine else None

    @strawberry.field(description="What has not been watched yet; empty when completed or a document.")
    def missing_spans(self) -> list[MediaSpan]:
        """The whole video when nothing was watched; empty for readers without progress."""
        missing = self.mine.resource(self.subject).missing if self.mine else ()
        return [MediaSpan(from_ms=start, to_ms=end) for start, end in missing]


@strawberry.type(description="A part of a course's outline; a sub-course where the course groups several.")
class Section:
    """A titled list of resources."""

    title: str = strawberry.field(description="Title in the viewer's language.")
    entries: list[OutlineEntry] = strawberry.field(description="The resources, in order.")


@strawberry.type(description="A course of a topic; its required credits are also its cap.")
class Course(Node):
    """A course with its outline and the viewer's figures."""

    subject: strawberry.Private[catalogue.Course]
    locale: strawberry.Private[str]
    mine: strawberry.Private[TopicProgress | None]

    @strawberry.field(description="Title in the viewer's language.")
    def title(self) -> str:
        """The course's title."""
        return self.subject.title.within(self.locale)

    @strawberry.field(description="认定学时: what the course requires and where it is capped.")
    def required_credits(self) -> Credits:
        """A decimal string."""
        return Credits(credits.shown(self.subject.required_ms, self.subject.ms_per_credit))

    @strawberry.field(description="The viewer's figures; null for readers without progress.")
    def progress(self) -> CreditProgress | None:
        """Learned, recognised, required."""
        if self.mine is None:
            return None
        figures = self.mine.learned.course(self.subject)
        return credit_progress(figures, self.subject.ms_per_credit, of_course=True)

    @strawberry.field(description="课程大纲: sections with their resources, in order.")
    def outline(self) -> list[Section]:
        """The outline."""
        return [
            Section(
                title=section.title.within(self.locale),
                entries=[
                    OutlineEntry(subject=one, locale=self.locale, mine=self.mine) for one in section.resources
                ],
            )
            for section in self.subject.sections
        ]


def course(subject: catalogue.Course, locale: str, mine: TopicProgress | None) -> Course:
    """A course of the catalogue with the viewer's progress, if they have any to show."""
    return Course(id=global_id("Course", subject.id), subject=subject, locale=locale, mine=shown(mine))


def shown(mine: TopicProgress | None) -> TopicProgress | None:
    """Progress as it may be shown: of an enrolled TEACHER; hidden, not lost, while acting as something else."""
    if mine is None or mine.enrolment is None or mine.candidate.identity is not Identity.TEACHER:
        return None
    return mine


async def course_of(info: Info, number: int | None) -> Course | None:
    """The course of a number with the viewer's progress; None when there is none. One statement at most."""
    context = info.context
    subject = context.catalogue.courses.get(number or 0)
    if subject is None:
        return None
    found = await context.progress()
    return course(subject, context.locale, found.get(subject.topic_id))


@strawberry.type
class CourseQuery:
    """The course page's root."""

    @strawberry.field(description="A course by its global id; null when there is none.")
    async def course(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> Course | None:
        """The course page."""
        return await course_of(info, number_of(id, "Course"))
