"""What is told as it happens (SCHEMA.md, 11): now, and again whenever it may have changed.

What is told is the whole object, read anew with the viewer's rights; so an event that was missed costs nothing once
the next one comes. An event that cannot be read is that event's fault alone: the stream goes on, and it is read again.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, TypeVar, cast

import strawberry

from mobile_gateway.reads.campaign_counts import Glance
from mobile_gateway.rules import changes
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.answers import Refused
from mobile_gateway.schema.campaigns import Campaign, campaign
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.platform import administer
from mobile_gateway.schema.profile import Viewer, viewer_of
from mobile_gateway.schema.topic import Topic, topic_of

T = TypeVar("T")


def _never() -> bool:
    """Not before its turns end."""
    return False


async def told(
    turns: AsyncGenerator[None, None],
    read: Callable[[], Awaitable[T]],
    is_over: Callable[[], bool] = _never,
) -> AsyncGenerator[T, None]:
    """What `read` answers at each turn. It is awaited by the executor, so its errors are the event's.

    Ends with the turns, or behind an event after which it is over.
    """
    async with aclosing(turns):
        async for _ in turns:
            yield cast("T", read())
            if is_over():
                return


class _Following:
    """A campaign as one stream follows it: until it is over, or is no longer the viewer's to see."""

    def __init__(self, context: Context, number: int) -> None:
        self._context, self._number = context, number
        self._glance = Glance(context.counts)
        self._is_over = False

    async def read(self) -> Campaign:
        """The campaign now; raises NOT_FOUND to who is no administrator (any longer), and where there is none."""
        self._glance.look_up()
        try:
            await administer(self._context)
        except Refused:
            self._is_over = True
            raise
        found = await campaign(self._context, self._number)
        if found is None:
            raise self._context.refuse(RefusalCode.NOT_FOUND, "id")
        self._is_over = found.row.finished_at is not None
        found.glance = self._glance
        return found

    def told(self) -> AsyncGenerator[Campaign, None]:
        """Now, at once when the campaign itself changed, and every two seconds at most as its deliveries move."""
        turns = self._context.changes_of(
            changes.campaign(self._number),
            slowly=[changes.deliveries(self._number)],
            again=lambda: self._glance.is_old,
        )
        return told(turns, self.read, lambda: self._is_over)


@strawberry.type(description="What is told as it happens.")
class Subscription:
    """Over `graphql-transport-ws`, or as server-sent events."""

    @strawberry.subscription(description="The viewer, now and whenever a notification came or one was read.")
    async def inbox_changed(self, info: Info) -> AsyncGenerator[Viewer | None, None]:
        """Everything of the viewer can be asked for: the number of unread ones, the newest, the preferences."""
        viewer = info.context.signed_in()
        return told(info.context.changes_of(changes.inbox(viewer.person_id)), lambda: viewer_of(info))

    @strawberry.subscription(
        description=(
            "A topic with the viewer's figures, now and whenever credits, completion, enrolment, the certificate or"
            " what the next step depends on of the viewer changed."
        )
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

        mine = viewer.person_id
        return told(context.changes_of(changes.progress(mine, number), changes.standing(mine)), read)

    @strawberry.subscription(
        description=(
            "A campaign, now, at once when its state or its text changed, and every two seconds at most while it moves."
            " Completes when it is over. For the platform's administrators; NOT_FOUND to others and without one."
        )
    )
    async def campaign_progress(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> AsyncGenerator[Campaign | None, None]:
        """The viewer's grant is read again for each event; one that was revoked ends the stream with NOT_FOUND."""
        following = _Following(info.context, number_of(id, "Campaign") or 0)
        await following.read()
        return following.told()
