"""The inbox: every notification, whether or not a push reached a device."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import inbox as acts
from mobile_gateway.messages import notifications
from mobile_gateway.reads import inbox as reads
from mobile_gateway.reads.inbox import InboxItem as Row
from mobile_gateway.reads.inbox import Wanted
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.schema.answers import URL, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import (
    Node,
    PageInfo,
    cursor,
    global_id,
    number_of,
    page,
    page_info,
    row_id,
)


@strawberry.type(description="A notification.")
class InboxItem(Node):
    """One row of the inbox, in the viewer's language."""

    kind: NotificationKind = strawberry.field(description="What it tells.")
    title: str = strawberry.field(description="Title in the viewer's language.")
    body: str = strawberry.field(description="Text in the viewer's language.")
    deep_link: URL = strawberry.field(description="The page concerned.")
    happened_at: datetime = strawberry.field(description="When what it tells happened.")
    read_at: datetime | None = strawberry.field(description="When it was read; null while unread.")


@strawberry.type(description="A notification in a page of the inbox.")
class InboxEdge:
    """An edge of the inbox."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: InboxItem = strawberry.field(description="The notification.")


@strawberry.type(description="A page of the inbox, newest first.")
class InboxConnection:
    """The inbox."""

    edges: list[InboxEdge] = strawberry.field(description="The notifications of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


def inbox_item(row: Row, locale: str) -> InboxItem:
    """A row of the inbox as a client reads it; one that has no text here does not hide the others."""
    rendered = notifications.shown(row.kind, row.data, locale)
    return InboxItem(
        id=global_id("InboxItem", row.id),
        kind=row.kind,
        title=rendered.title,
        body=rendered.body,
        deep_link=URL(rendered.deep_link),
        happened_at=row.happened_at,
        read_at=row.read_at,
    )


async def inbox(context: Context, wanted: Wanted, first: int, after: str | None) -> InboxConnection:
    """A page of the viewer's inbox. One statement; raises BAD_USER_INPUT for a wrong page."""
    viewer = context.signed_in()
    asked = page(first, after, lambda parts: row_id(parts[0]), context.locale)
    async with context.database.connection() as connection:
        rows = await reads.page(
            connection, viewer.person_id, wanted=wanted, first=asked.size + 1, after=asked.after
        )
    here = rows[: asked.size]
    edges = [InboxEdge(cursor=cursor(row.id), node=inbox_item(row, context.locale)) for row in here]
    return InboxConnection(
        edges=edges, page_info=page_info([e.cursor for e in edges], more=len(rows) > len(here), after=after)
    )


async def inbox_item_of(context: Context, number: int) -> InboxItem | None:
    """The viewer's own item of a number; None for somebody else's, as for an absent one."""
    viewer = context.signed_in()
    await context.me()
    async with context.database.connection() as connection:
        row = await reads.one(connection, viewer.person_id, number)
    return inbox_item(row, context.locale) if row else None


@strawberry.input(description="Which notification was read.")
class InboxItemMarkReadInput:
    """Input of `inboxItemMarkRead`."""

    item_id: strawberry.ID = strawberry.field(description="Global id of the notification.")


@strawberry.type(description="The notification after it was marked.")
class InboxItemMarkReadPayload:
    """Payload of `inboxItemMarkRead`."""

    item: InboxItem | None = strawberry.field(description="The notification; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when marked.")


@strawberry.input(description="Up to which notification everything was read.")
class InboxMarkAllReadInput:
    """Input of `inboxMarkAllRead`."""

    up_to: strawberry.ID = strawberry.field(
        description="Global id of the newest notification that the reader saw; what came later stays unread."
    )


@strawberry.type(description="The inbox after it was marked.")
class InboxMarkAllReadPayload:
    """Payload of `inboxMarkAllRead`."""

    unread: int | None = strawberry.field(description="How many are unread still; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when marked.")


@strawberry.type
class InboxMutation:
    """Marking read."""

    @strawberry.mutation(description="Mark one notification read. Twice is once.")
    async def inbox_item_mark_read(
        self,
        info: Info,
        input: Annotated[InboxItemMarkReadInput, strawberry.argument(description="Which one.")],  # noqa: A002 - GraphQL's own word
    ) -> InboxItemMarkReadPayload | None:
        """The viewer's own only."""
        context = info.context
        number = number_of(input.item_id, "InboxItem") or 0
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            refused = await acts.mark_read(
                context.database, actor=context.viewer.actor, item_id=number, now=context.real_now
            )
        item = None if refused else await inbox_item_of(context, number)
        return InboxItemMarkReadPayload(item=item, user_errors=user_errors(refused, context.locale))

    @strawberry.mutation(
        description="Mark every notification read that the reader saw, up to one of them. Twice is once."
    )
    async def inbox_mark_all_read(
        self,
        info: Info,
        input: Annotated[InboxMarkAllReadInput, strawberry.argument(description="Up to which one.")],  # noqa: A002 - GraphQL's own word
    ) -> InboxMarkAllReadPayload | None:
        """全部标为已读."""
        context = info.context
        marked: int | Refusal = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            number = number_of(input.up_to, "InboxItem") or 0
            marked = await acts.mark_all_read(
                context.database, actor=context.viewer.actor, up_to=number, now=context.real_now
            )
        refused = marked if isinstance(marked, Refusal) else None
        return InboxMarkAllReadPayload(
            unread=None if isinstance(marked, Refusal) else marked,
            user_errors=user_errors(refused, context.locale),
        )
