"""专题培训: the enrolled topics with their figures, the same on workbench and my-training."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from mobile_gateway.reads import progress
from mobile_gateway.reads.progress import Training
from mobile_gateway.schema.context import Context
from mobile_gateway.schema.figures import CreditProgress, credit_progress
from mobile_gateway.schema.nodes import PageInfo, cursor, page, page_info, row_id
from mobile_gateway.schema.topic import Topic, topic


@strawberry.type(description="An enrolled topic in a list of trainings.")
class TrainingEdge:
    """What belongs to the enrolment rather than to the topic."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: Topic = strawberry.field(description="The topic.")
    enrolled_at: datetime = strawberry.field(description="When the viewer enrolled.")
    completed_at: datetime | None = strawberry.field(description="When every course had reached its cap.")
    progress: CreditProgress = strawberry.field(description="The viewer's figures.")


@strawberry.type(description="A page of enrolled topics, newest first; empty when none is enrolled.")
class TrainingConnection:
    """查看更多."""

    edges: list[TrainingEdge] = strawberry.field(description="The enrolled topics of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


async def trainings(context: Context, first: int, after: str | None) -> TrainingConnection:
    """A page of the viewer's enrolled topics. One statement; raises BAD_USER_INPUT for a wrong page."""
    viewer = context.signed_in()
    asked = page(first, after, _key, context.locale)

    async def read() -> list[Training]:
        async with context.database.connection() as connection:
            return await progress.trainings(
                connection, viewer.person_id, first=asked.size + 1, after=asked.after
            )

    found = await context.once(("trainings", asked.size, after), read)
    here = found[: asked.size]
    return TrainingConnection(
        edges=[edge for one in here if (edge := _edge(one, context)) is not None],
        page_info=page_info([_cursor(one) for one in here], more=len(found) > len(here), after=after),
    )


def _cursor(one: Training) -> str:
    return cursor(one.enrolled_at.isoformat(), one.topic_id)


def _key(parts: Sequence[str]) -> tuple[datetime, int]:
    moment = datetime.fromisoformat(parts[0])
    if moment.tzinfo is None:
        raise ValueError(parts[0])
    return moment, row_id(parts[1])


def _edge(one: Training, context: Context) -> TrainingEdge | None:
    subject = context.catalogue.topics.get(one.topic_id)
    if subject is None:
        return None
    return TrainingEdge(
        cursor=_cursor(one),
        node=topic(subject, context.locale),
        enrolled_at=one.enrolled_at,
        completed_at=one.completed_at,
        progress=credit_progress(one.learned.topic(subject), subject.ms_per_credit, of_course=False),
    )
