"""The platform's administrators' list of banners: past, showing and coming, in the carousel's order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.reads import banners as reads
from mobile_gateway.reads.banners import Key
from mobile_gateway.reads.banners import ManagedBanner as Row
from mobile_gateway.rules.banners import Audience, BannerState
from mobile_gateway.rules.words import ClientKind, Tab
from mobile_gateway.schema.answers import URL
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import Node, PageInfo, cursor, global_id, page, page_info, row_id
from mobile_gateway.schema.platform import administer


@strawberry.type(description="The topic that a banner leads to.")
class BannerTopic:
    """Named; it may be a draft."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    title: str = strawberry.field(description="Title in Chinese.")


@strawberry.type(description="A banner as the platform's administrators see it.")
class ManagedBanner(Node):
    """Everything that can be edited. Its id is the banner's."""

    version: int = strawberry.field(
        description="What `bannerUpdate` and `bannerMove` want to have been seen."
    )
    state: BannerState = strawberry.field(description="Where it stands now.")
    tab: Tab = strawberry.field(description="The tab whose carousel it is in.")
    position: int | None = strawberry.field(
        description="Its place among the tab's banners that are not past, from 1; null for one that is."
    )
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    image_url: URL = strawberry.field(description="The picture.")
    topic: BannerTopic | None = strawberry.field(description="The topic it leads to; null for an address.")
    url: URL | None = strawberry.field(description="The address it leads to; null for a topic.")
    publish_start: datetime = strawberry.field(description="It shows from this moment.")
    publish_end: datetime = strawberry.field(description="It shows until this moment, which is not included.")
    identities: list[Audience] = strawberry.field(description="To whom it shows.")
    client_kinds: list[ClientKind] = strawberry.field(description="On which clients it shows.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn; null otherwise.")


@strawberry.type(description="A banner in a page of the list.")
class ManagedBannerEdge:
    """An edge of the list."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: ManagedBanner = strawberry.field(description="The banner.")


@strawberry.type(
    description="A page of banners: tab by tab, each in the carousel's order, the past ones last."
)
class ManagedBannerConnection:
    """The list."""

    edges: list[ManagedBannerEdge] = strawberry.field(description="The banners of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class BannerDeskQuery:
    """The list's root."""

    @strawberry.field(
        description="All banners: past, showing and coming. For the platform's administrators; NOT_FOUND to others."
    )
    async def managed_banners(
        self,
        info: Info,
        tab: Annotated[Tab | None, strawberry.argument(description="Only of this tab.")] = None,
        state: Annotated[BannerState | None, strawberry.argument(description="Only in this state.")] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> ManagedBannerConnection | None:
        """One statement."""
        context = info.context
        await administer(context)
        asked = page(first, after, _key, context.locale)
        async with context.database.connection() as connection:
            rows = await reads.page(
                connection, tab=tab, state=state, first=asked.size + 1, after=asked.after, now=context.now
            )
        here = rows[: asked.size]
        edges = [ManagedBannerEdge(cursor=_cursor(row), node=managed(row)) for row in here]
        shown = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
        return ManagedBannerConnection(edges=edges, page_info=shown)


def _cursor(row: Row) -> str:
    tab, past, position, number = row.key
    return cursor(tab, int(past), position, number)


_LAST_POSITION = 2**31 - 1


def _key(parts: Sequence[str]) -> Key:
    tab, past, position, number = parts[0], row_id(parts[1]), row_id(parts[2]), row_id(parts[3])
    if position > _LAST_POSITION:
        raise ValueError(parts[2])
    return Tab(tab).value, bool(past), position, number


def managed(row: Row) -> ManagedBanner:
    """A banner as administrators read it."""
    topic = None
    if row.topic_id is not None:
        topic = BannerTopic(id=global_id("Topic", row.topic_id), title=row.topic_title or "")
    return ManagedBanner(
        id=global_id("Banner", row.id),
        version=row.version,
        state=row.state,
        tab=row.tab,
        position=row.position,
        title=row.title,
        title_en=row.title_en,
        image_url=URL(row.image_url),
        topic=topic,
        url=URL(row.url) if row.url else None,
        publish_start=row.publish_start,
        publish_end=row.publish_end,
        identities=list(row.identities),
        client_kinds=list(row.client_kinds),
        withdrawn_at=row.withdrawn_at,
    )


async def managed_banner(context: Context, number: int | None) -> ManagedBanner | None:
    """The banner of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        row = await reads.by_id(connection, number, context.now)
    return managed(row) if row else None
