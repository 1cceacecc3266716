"""The platform's administrators' list of topics, published or not, and a topic's outline as it is edited."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.reads import outlines
from mobile_gateway.reads import topics as reads
from mobile_gateway.reads.topics import ManagedTopic as Row
from mobile_gateway.rules import topics as rules
from mobile_gateway.rules.topics import TopicState
from mobile_gateway.schema.answers import UserError
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.managed_outline import ManagedCourse, courses
from mobile_gateway.schema.nodes import Node, PageInfo, cursor, global_id, number_of, page, page_info, row_id
from mobile_gateway.schema.platform import administer, errors


@dataclass
class PageOfTopics:
    """The topics of one page, whose outlines are read together, once, if a field asks for them."""

    context: Context
    ids: tuple[int, ...]
    _reading: asyncio.Future[dict[int, list[outlines.ManagedCourse]]] | None = field(default=None, repr=False)

    async def outline(self, topic_id: int) -> Sequence[outlines.ManagedCourse]:
        """A topic's courses in order. Three statements a page."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
        return (await self._reading).get(topic_id, ())

    async def _read(self) -> dict[int, list[outlines.ManagedCourse]]:
        async with self.context.database.connection() as connection:
            return await outlines.of_topics(connection, self.ids)


@strawberry.type(description="A topic as the platform's administrators see it, published or not.")
class ManagedTopic(Node):
    """Everything that can be edited. Its id is the topic's."""

    row: strawberry.Private[Row]
    page: strawberry.Private[PageOfTopics]
    version: int = strawberry.field(description="What `topicUpdate` wants to have been seen.")
    slug: str = strawberry.field(description="Its name for programs, unique and for good.")
    state: TopicState = strawberry.field(description="Whether people see it.")
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    learning_start: datetime = strawberry.field(description="Learning counts from this moment.")
    learning_end: datetime = strawberry.field(
        description="Learning counts until this moment, which is not included."
    )
    certificates_open_at: datetime = strawberry.field(
        description="Certificates can be claimed from this moment."
    )
    seconds_per_credit: int = strawberry.field(description="Seconds of video that make one credit.")
    has_enrolments: bool = strawberry.field(
        description="Whether anyone is enrolled: seconds per credit, courses and what they require are frozen."
    )
    has_certificates: bool = strawberry.field(
        description="Whether a certificate was issued: their opening is frozen."
    )

    @strawberry.field(description="The courses with their outlines, in order.")
    async def courses(self) -> list[ManagedCourse]:
        """Read once for all topics of a page."""
        return courses(await self.page.outline(self.row.id))

    @strawberry.field(description="What it lacks to be published; empty when nothing.")
    async def lacking(self, info: Info) -> list[UserError]:
        """The same that `topicPublish` would refuse with."""
        found = [one.planned() for one in await self.page.outline(self.row.id)]
        return errors(rules.lacking(self.row.ms_per_credit, found), info.context.locale)


@strawberry.type(description="A topic in a page of the list.")
class ManagedTopicEdge:
    """An edge of the list."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: ManagedTopic = strawberry.field(description="The topic.")


@strawberry.type(description="A page of topics, newest first.")
class ManagedTopicConnection:
    """The list."""

    edges: list[ManagedTopicEdge] = strawberry.field(description="The topics of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class TopicDeskQuery:
    """The list's roots."""

    @strawberry.field(
        description="All topics, newest first, published or not. For the platform's administrators;"
        " NOT_FOUND to others."
    )
    async def managed_topics(
        self,
        info: Info,
        state: Annotated[TopicState | None, strawberry.argument(description="Only in this state.")] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> ManagedTopicConnection | None:
        """One statement, and three for the outlines of all on it."""
        context = info.context
        await administer(context)
        asked = page(first, after, lambda parts: row_id(parts[0]), context.locale)
        async with context.database.connection() as connection:
            rows = await reads.page(connection, state=state, first=asked.size + 1, after=asked.after)
        here = rows[: asked.size]
        edges = [ManagedTopicEdge(cursor=cursor(one.row.id), node=one) for one in _managed(context, here)]
        shown = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
        return ManagedTopicConnection(edges=edges, page_info=shown)

    @strawberry.field(
        description="A topic with its outline, published or not. For the platform's administrators;"
        " NOT_FOUND to others."
    )
    async def managed_topic(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> ManagedTopic | None:
        """Null when there is none."""
        await administer(info.context)
        return await managed_topic(info.context, number_of(id, "Topic"))


def _managed(context: Context, rows: Sequence[Row]) -> list[ManagedTopic]:
    shared = PageOfTopics(context, tuple(row.id for row in rows))
    return [
        ManagedTopic(
            id=global_id("Topic", row.id),
            row=row,
            page=shared,
            version=row.version,
            slug=row.slug,
            state=row.state,
            title=row.title,
            title_en=row.title_en,
            learning_start=row.learning_start,
            learning_end=row.learning_end,
            certificates_open_at=row.certificates_open_at,
            seconds_per_credit=row.ms_per_credit // 1000,
            has_enrolments=row.has_enrolments,
            has_certificates=row.has_certificates,
        )
        for row in rows
    ]


async def managed_topic(context: Context, number: int | None) -> ManagedTopic | None:
    """The topic of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        row = await reads.by_id(connection, number)
    return _managed(context, [row])[0] if row else None
