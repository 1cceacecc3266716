"""What is told as it happens (SCHEMA.md, 11): now, and again whenever it may have changed.

What is told is the whole object, read anew with the viewer's rights; so an event that was missed costs nothing once
the next one comes. An event that cannot be read is that event's fault alone, and the stream goes on.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, TypeVar, cast

import strawberry

from mobile_gateway.rules import changes
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.profile import Viewer, viewer_of
from mobile_gateway.schema.topic import Topic, topic_of

T = TypeVar("T")


async def told(
    turns: AsyncGenerator[None, None], read: Callable[[], Awaitable[T]]
) -> AsyncGenerator[T, None]:
    """What `read` answers at each turn. It is awaited by the executor, so its errors are the event's."""
    async with aclosing(turns):
        async for _ in turns:
            yield cast("T", read())


@strawberry.type(description="What is told as it happens.")
class Subscription:
    """Over `graphql-transport-ws`, or as server-sent events."""

    @strawberry.subscription(description="The viewer, now and whenever a notification came or one was read.")
    async def inbox_changed(self, info: Info) -> AsyncGenerator[Viewer | None, None]:
        """Everything of the viewer can be asked for: the number of unread ones, the newest, the preferences."""
        viewer = info.context.signed_in()
        return told(info.context.changes_of(changes.inbox(viewer.person_id)), lambda: viewer_of(info))

    @strawberry.subscription(
        description="A topic with the viewer's figures, now and whenever credits, completion or enrolment changed."
    )
    async def progress_changed(
        self,
        info: Info,
        topic_id: Annotated[strawberry.ID, strawberry.argument(description="Global id of the topic.")],
    ) -> AsyncGenerator[Topic | None, None]:
        """At most 2 s behind a verdict."""
        context = info.context
        viewer, number = context.signed_in(), number_of(topic_id, "Topic") or 0
        if number not in context.catalogue.topics:
            raise context.refuse(RefusalCode.NOT_FOUND, "topicId")

        async def read() -> Topic | None:
            await context.progress()
            return topic_of(context, number)

        return told(context.changes_of(changes.progress(viewer.person_id, number)), read)
