"""The resource home: the carousel and the shelves."""

from typing import Annotated

import strawberry

from mobile_gateway.reads import catalogue
from mobile_gateway.rules.words import ClientKind, Tab
from mobile_gateway.schema.answers import URL
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.schema.resources import Document, Video, resource
from mobile_gateway.schema.topic import Topic, topic_of


@strawberry.type(description="An address outside the app.")
class ExternalLink:
    """A link that leaves the app."""

    url: URL = strawberry.field(description="The address.")


BannerTarget = Annotated[
    Topic | ExternalLink, strawberry.union("BannerTarget", description="What a banner leads to.")
]
ShelfItem = Annotated[
    Topic | Video | Document, strawberry.union("ShelfItem", description="What stands on a shelf.")
]


@strawberry.type(description="A slide of the carousel.")
class Banner:
    """A published banner for this viewer."""

    id: strawberry.ID = strawberry.field(description="Stable for the banner's life; a key for lists.")
    title: str = strawberry.field(description="Title in the viewer's language.")
    image_url: URL = strawberry.field(description="The picture.")
    target: BannerTarget | None = strawberry.field(
        description="Where a tap leads; null when it was withdrawn."
    )


@strawberry.type(description="A titled row of topics and resources.")
class Shelf:
    """A shelf with its items."""

    id: strawberry.ID = strawberry.field(description="Stable for the shelf's life; a key for lists.")
    title: str = strawberry.field(description="Title in the viewer's language.")
    items: list[ShelfItem] = strawberry.field(description="What stands on it, in order.")


@strawberry.type(description="资源首页: carousel and shelves of one tab.")
class ResourceHome:
    """The home page."""

    banners: list[Banner] = strawberry.field(description="The carousel, in order; at most 20.")
    shelves: list[Shelf] = strawberry.field(description="The shelves, in order.")


MOST_BANNERS = 20


def _banner(subject: catalogue.Banner, context: Context) -> Banner:
    target: Topic | ExternalLink | None = (
        ExternalLink(url=URL(subject.url)) if subject.url else topic_of(context, subject.topic_id)
    )
    return Banner(
        id=global_id("Banner", subject.id),
        title=subject.title.within(context.locale),
        image_url=URL(subject.image_url),
        target=target,
    )


def _shelf(subject: catalogue.Shelf, context: Context) -> Shelf:
    found: list[Topic | Video | Document | None] = [
        topic_of(context, topic_id)
        if topic_id is not None
        else resource(context.catalogue.resources[resource_id or 0], context.locale)
        for topic_id, resource_id in subject.items
    ]
    return Shelf(
        id=global_id("Shelf", subject.id),
        title=subject.title.within(context.locale),
        items=[item for item in found if item is not None],
    )


@strawberry.type
class ResourceHomeQuery:
    """The home page's root."""

    @strawberry.field(description="The resource home of one tab, for this viewer's identity and client kind.")
    async def resource_home(
        self,
        info: Info,
        tab: Annotated[Tab, strawberry.argument(description="The tab.")] = Tab.HOME,
        client_kind: Annotated[
            ClientKind,
            strawberry.argument(
                description="The client kind of an anonymous reader; a token's own one wins."
            ),
        ] = ClientKind.APP,
    ) -> ResourceHome | None:
        """Carousel and shelves from memory; a signed-in viewer's identity is read from the database."""
        context = info.context
        me = await context.me()
        audience = me.identity if me else catalogue.ANONYMOUS
        kind = context.viewer.client_kind if context.viewer else client_kind
        showing = list(context.catalogue.carousel(tab, context.now, audience, kind))
        return ResourceHome(
            banners=[_banner(one, context) for one in showing[:MOST_BANNERS]],
            shelves=[_shelf(one, context) for one in context.catalogue.shelves if one.tab is tab],
        )
