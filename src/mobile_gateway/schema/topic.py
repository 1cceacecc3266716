"""The topic page: the catalogue for everyone; enrolment, figures and the next step for who is signed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from mobile_gateway.actions import enrolling
from mobile_gateway.messages import advices
from mobile_gateway.reads import catalogue
from mobile_gateway.reads.progress import TopicProgress
from mobile_gateway.rules import credits, enrolment
from mobile_gateway.rules.enrolment import NextStep
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CertificateState, Segment
from mobile_gateway.schema.answers import URL, Credits, UserError, user_errors
from mobile_gateway.schema.certificates import Certificate, newest_of
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.course import Course, course, shown
from mobile_gateway.schema.eligibility import CertificateEligibility, eligibility
from mobile_gateway.schema.figures import CreditProgress, credit_progress
from mobile_gateway.schema.nodes import Node, global_id, number_of

T = TypeVar("T")


@strawberry.type(description="The viewer's enrolment in a topic.")
class Enrolment:
    """There is no un-enrol."""

    enrolled_at: datetime = strawberry.field(description="When the viewer enrolled.")
    completed_at: datetime | None = strawberry.field(description="When every course had reached its cap.")


@strawberry.type(description="专题: a training with courses, a learning window and a certificate.")
class Topic(Node):
    """A topic; what belongs to the viewer is read once a request, in one statement."""

    subject: strawberry.Private[catalogue.Topic]
    locale: strawberry.Private[str]

    @strawberry.field(description="Title in the viewer's language.")
    def title(self) -> str:
        """The topic's title."""
        return self.subject.title.within(self.locale)

    @strawberry.field(description="Learning counts from this moment.")
    def learning_start(self) -> datetime:
        """Included."""
        return self.subject.window.start

    @strawberry.field(description="Learning counts until this moment, which is not included.")
    def learning_end(self) -> datetime:
        """Excluded."""
        return self.subject.window.end

    @strawberry.field(description="Certificates can be claimed from this moment.")
    def certificates_open_at(self) -> datetime:
        """Included."""
        return self.subject.window.certificates_open_at

    @strawberry.field(description="认定学时: the sum of what the courses require.")
    def required_credits(self) -> Credits:
        """A decimal string."""
        return Credits(credits.shown(self.subject.required_ms, self.subject.ms_per_credit))

    @strawberry.field(description="Seconds of video that make one credit.")
    def seconds_per_credit(self) -> int:
        """2700 for the 2024 topic."""
        return self.subject.ms_per_credit // 1000

    @strawberry.field(description="To be shown beside the viewer's personal information before they enrol.")
    def enrolment_notice(self) -> str:
        """What the personal information is used for."""
        return advices.before_enrolling(self.locale)

    @strawberry.field(description="The courses, in order.")
    def courses(self, info: Info) -> list[Course]:
        """With the viewer's progress."""
        return _with(
            self, info, lambda mine: [course(one, self.locale, mine) for one in self.subject.courses]
        )

    @strawberry.field(description="The viewer's enrolment; null when not enrolled or not a teacher now.")
    def enrolment(self, info: Info) -> Enrolment | None:
        """When the viewer enrolled and completed."""
        return _with(self, info, lambda mine: _enrolment(shown(mine)))

    @strawberry.field(description="The viewer's figures; null when not enrolled or not a teacher now.")
    def progress(self, info: Info) -> CreditProgress | None:
        """Learned, recognised, required."""
        return _with(self, info, lambda mine: _progress(self.subject, shown(mine)))

    @strawberry.field(description="State of the viewer's certificate; null when there is none.")
    def certificate_state(self, info: Info) -> CertificateState | None:
        """Of the newest version."""
        return _with(self, info, lambda mine: mine.certificate if (mine := shown(mine)) else None)

    @strawberry.field(
        description="Whether the viewer can claim the certificate now, and all reasons why not; null for anonymous"
        " readers."
    )
    def certificate_eligibility(self, info: Info) -> CertificateEligibility | None:
        """From the figures of the same read."""
        context = info.context
        return _with(self, info, lambda mine: eligibility(self.subject, mine, context.now, context.locale))

    @strawberry.field(description="The newest version of the viewer's certificate; null when there is none.")
    async def certificate(self, info: Info) -> Certificate | None:
        """One statement more, however many topics ask for it."""
        if info.context.viewer is None:
            return None
        return await newest_of(info.context, self.subject.id)

    @strawberry.field(description="What to offer the viewer now.")
    def next_step(self, info: Info) -> NextStep:
        """The first step that matches."""
        return _with(self, info, lambda mine: _next_step(self.subject, mine, info.context.now))


def _with(topic: Topic, info: Info, make: Callable[[TopicProgress | None], T]) -> T:
    """What `make` makes of the viewer's progress: at once when this request has read it, else once it is read."""
    context, number = info.context, topic.subject.id
    found = context.read_progress()
    if found is not None:
        return make(found.get(number))

    async def later() -> T:
        return make((await context.progress()).get(number))

    return later()  # type: ignore[return-value]  # the executor awaits what a resolver returns


def _enrolment(mine: TopicProgress | None) -> Enrolment | None:
    if mine is None or mine.enrolment is None:
        return None
    return Enrolment(enrolled_at=mine.enrolment.enrolled_at, completed_at=mine.enrolment.completed_at)


def _progress(subject: catalogue.Topic, mine: TopicProgress | None) -> CreditProgress | None:
    if mine is None:
        return None
    return credit_progress(mine.learned.topic(subject), subject.ms_per_credit, of_course=False)


def _next_step(subject: catalogue.Topic, mine: TopicProgress | None, now: datetime) -> NextStep:
    enrolled = mine.enrolment if mine else None
    return enrolment.next_step(
        mine.candidate if mine else None,
        subject.window,
        now,
        enrolled=enrolled is not None,
        complete=enrolled is not None and enrolled.completed_at is not None,
        certificate=mine.certificate if mine else None,
    )


def topic(subject: catalogue.Topic, locale: str) -> Topic:
    """A topic of the catalogue as a client reads it."""
    return Topic(id=global_id("Topic", subject.id), subject=subject, locale=locale)


def topic_of(context: Context, number: int | None) -> Topic | None:
    """The topic of a number, or None."""
    subject = context.catalogue.topics.get(number or 0)
    return topic(subject, context.locale) if subject else None


@strawberry.type(
    description="Where an entrance of the public platform leads: to a topic or to an external link."
)
class PublicEntrance:
    """BASIC leads to a topic; VOCATIONAL and HIGHER to an external link and never to an enrolment."""

    segment: Segment = strawberry.field(description="The entrance.")
    topic: Topic | None = strawberry.field(description="The topic, for BASIC.")
    url: URL | None = strawberry.field(description="The external link, for VOCATIONAL and HIGHER.")


@strawberry.type
class TopicQuery:
    """The topic page's root."""

    @strawberry.field(description="A topic by its global id; null when there is none.")
    async def topic(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> Topic | None:
        """The topic page: the viewer's progress is read first, so that its fields are there at once."""
        await info.context.progress()
        return topic_of(info.context, number_of(id, "Topic"))

    @strawberry.field(description="Where an entrance of the public platform's page leads; null when unknown.")
    def public_entrance(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="The deep link's name.")],
        segment: Annotated[Segment, strawberry.argument(description="The entrance chosen.")],
    ) -> PublicEntrance | None:
        """The deep link of the public platform."""
        link = info.context.catalogue.public_links.get((slug, segment))
        if link is None:
            return None
        return PublicEntrance(
            segment=segment,
            topic=topic_of(info.context, link.topic_id),
            url=URL(link.url) if link.url else None,
        )


@strawberry.input(description="Which topic to enrol in.")
class TopicEnrolInput:
    """Input of `topicEnrol`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")


@strawberry.type(description="What became of an enrolment.")
class TopicEnrolPayload:
    """Payload of `topicEnrol`."""

    topic: Topic | None = strawberry.field(
        description="The topic, with the viewer enrolled; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when enrolled.")


@strawberry.type
class TopicMutation:
    """Enrolling."""

    @strawberry.mutation(description="Enrol in a topic as a teacher. Twice is once; there is no un-enrol.")
    async def topic_enrol(
        self,
        info: Info,
        input: Annotated[TopicEnrolInput, strawberry.argument(description="Which topic.")],  # noqa: A002 - GraphQL's own word
    ) -> TopicEnrolPayload | None:
        """立即报名."""
        context = info.context
        if context.viewer is None:
            refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        else:
            refused = await enrolling.enrol(
                context.database,
                actor=context.viewer.actor,
                topic_id=number_of(input.topic_id, "Topic") or 0,
                now=context.now,
            )
        return TopicEnrolPayload(
            topic=None if refused else topic_of(context, number_of(input.topic_id, "Topic")),
            user_errors=user_errors(refused, context.locale),
        )
