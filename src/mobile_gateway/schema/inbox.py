"""The inbox: every notification, whether or not a push reached a device; and the devices that pushes reach."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import devices
from mobile_gateway.actions import inbox as acts
from mobile_gateway.messages import notifications
from mobile_gateway.reads import inbox as reads
from mobile_gateway.reads.inbox import InboxItem as Row
from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import NotificationKind, Platform, PushProviderName
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

LONGEST_TOKEN = 4096


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


async def inbox(context: Context, first: int, after: str | None) -> InboxConnection:
    """A page of the viewer's inbox. One statement; raises BAD_USER_INPUT for a wrong page."""
    viewer = context.signed_in()
    asked = page(first, after, lambda parts: row_id(parts[0]), context.locale)
    async with context.database.connection() as connection:
        rows = await reads.page(connection, viewer.person_id, first=asked.size + 1, after=asked.after)
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


@strawberry.input(description="A device that pushes should reach.")
class DeviceRegisterInput:
    """Input of `deviceRegister`."""

    token: str = strawberry.field(description="The provider's registration token of the device.")
    platform: Platform = strawberry.field(description="The system the device runs.")
    locale: str = strawberry.field(default="zh-CN", description="The device's language: zh-CN or en.")
    app_version: str | None = strawberry.field(default=None, description="Version of the app.")
    provider: PushProviderName = strawberry.field(
        default=PushProviderName.FCM, description="Who gave the token out, and carries pushes to the device."
    )


@strawberry.type(description="What became of a device's registration.")
class DeviceRegisterPayload:
    """Payload of `deviceRegister`."""

    registered: bool | None = strawberry.field(
        description="True: pushes reach the device now; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when registered.")


@strawberry.input(description="A device that pushes should no longer reach.")
class DeviceForgetInput:
    """Input of `deviceForget`."""

    token: str = strawberry.field(description="The provider's registration token of the device.")


@strawberry.type(description="What became of forgetting a device.")
class DeviceForgetPayload:
    """Payload of `deviceForget`."""

    user_errors: list[UserError] = strawberry.field(description="Why not; empty when forgotten.")


def _token(text: str) -> str | Refusal:
    clean = texts.clean(text, longest=LONGEST_TOKEN)
    if isinstance(clean, texts.Unclean) or not clean.isascii():
        return Refusal(RefusalCode.BAD_USER_INPUT, ("token",), {"why": "token"})
    return clean


@strawberry.type
class InboxMutation:
    """Marking read, and devices."""

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
        description="Let pushes reach this device; one that changes hands follows the account."
    )
    async def device_register(
        self,
        info: Info,
        input: Annotated[DeviceRegisterInput, strawberry.argument(description="The device.")],  # noqa: A002 - GraphQL's own word
    ) -> DeviceRegisterPayload | None:
        """Register or take over."""
        context = info.context
        token = _token(input.token)
        version = texts.clean(input.app_version, longest=24) if input.app_version else None
        if context.viewer is None:
            refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        elif isinstance(token, Refusal):
            refused = token
        elif isinstance(version, texts.Unclean):
            refused = Refusal(RefusalCode.BAD_USER_INPUT, ("appVersion",), {"why": "appVersion"})
        else:
            registered = await devices.register(
                context.database,
                actor=context.viewer.actor,
                platform=input.platform,
                token=token,
                locale="en" if input.locale.startswith("en") else "zh-CN",
                app_version=version,
                now=context.real_now,
                provider=input.provider,
            )
            refused = registered if isinstance(registered, Refusal) else None
        return DeviceRegisterPayload(
            registered=None if refused else True, user_errors=user_errors(refused, context.locale)
        )

    @strawberry.mutation(description="Stop pushes to this device of the viewer.")
    async def device_forget(
        self,
        info: Info,
        input: Annotated[DeviceForgetInput, strawberry.argument(description="The device.")],  # noqa: A002 - GraphQL's own word
    ) -> DeviceForgetPayload | None:
        """Unknown devices are forgotten already."""
        context = info.context
        token = _token(input.token)
        refused = token if isinstance(token, Refusal) else None
        if context.viewer is None:
            refused = Refusal(RefusalCode.UNAUTHENTICATED)
        elif isinstance(token, str):
            refused = await devices.forget(context.database, actor=context.viewer.actor, token=token)
        return DeviceForgetPayload(user_errors=user_errors(refused, context.locale))
