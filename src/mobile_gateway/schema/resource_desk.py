"""The platform's administrators' list of resources, listed in outlines or not."""

from typing import Annotated

import strawberry

from mobile_gateway.reads import resources as reads
from mobile_gateway.reads.resources import ManagedResource as Row
from mobile_gateway.rules import texts
from mobile_gateway.rules.words import ResourceKind
from mobile_gateway.schema.answers import URL
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import Node, PageInfo, cursor, global_id, page, page_info, row_id
from mobile_gateway.schema.platform import administer
from mobile_gateway.schema.staff import wrong

LONGEST_SEARCH = 100


@strawberry.type(description="The newest version of a video's media.")
class ManagedMedia:
    """What is played now."""

    version: int = strawberry.field(description="What `mediaReplace` wants to have been seen; from 1.")
    duration_ms: int = strawberry.field(description="Duration in milliseconds, taken from the media.")
    url: URL = strawberry.field(description="Where players find it.")


@strawberry.type(description="A video or a document as the platform's administrators see it.")
class ManagedResource(Node):
    """Its id is the resource's."""

    version: int = strawberry.field(description="What `resourceUpdate` wants to have been seen.")
    slug: str = strawberry.field(description="Its name for programs, unique and for good.")
    kind: ResourceKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    media: ManagedMedia | None = strawberry.field(description="The video's media; null for a document.")
    document_url: URL | None = strawberry.field(description="The document's address; null for a video.")


@strawberry.type(description="A resource in a page of the list.")
class ManagedResourceEdge:
    """An edge of the list."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: ManagedResource = strawberry.field(description="The resource.")


@strawberry.type(description="A page of resources, newest first.")
class ManagedResourceConnection:
    """The list."""

    edges: list[ManagedResourceEdge] = strawberry.field(description="The resources of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class ResourceDeskQuery:
    """The list's root."""

    @strawberry.field(
        description="All resources, newest first. For the platform's administrators; NOT_FOUND to others."
    )
    async def managed_resources(
        self,
        info: Info,
        kind: Annotated[ResourceKind | None, strawberry.argument(description="Only of this kind.")] = None,
        search: Annotated[
            str | None,
            strawberry.argument(description="A part of a title, or a whole slug; up to 100 characters."),
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> ManagedResourceConnection | None:
        """One statement."""
        context = info.context
        await administer(context)
        asked = page(first, after, lambda parts: row_id(parts[0]), context.locale)
        part = texts.clean(search or "", longest=LONGEST_SEARCH, shortest=0)
        if isinstance(part, texts.Unclean):
            raise wrong(context, "search", f"search: 0–{LONGEST_SEARCH}")
        async with context.database.connection() as connection:
            rows = await reads.page(
                connection, kind=kind, search=part or None, first=asked.size + 1, after=asked.after
            )
        here = rows[: asked.size]
        edges = [ManagedResourceEdge(cursor=cursor(row.id), node=managed(row)) for row in here]
        shown = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
        return ManagedResourceConnection(edges=edges, page_info=shown)


def managed(row: Row) -> ManagedResource:
    """A resource as administrators read it."""
    media = None
    if row.media is not None:
        media = ManagedMedia(
            version=row.media.version, duration_ms=row.media.duration_ms, url=URL(row.media.url)
        )
    return ManagedResource(
        id=global_id("Resource", row.id),
        version=row.version,
        slug=row.slug,
        kind=row.kind,
        title=row.title,
        title_en=row.title_en,
        media=media,
        document_url=URL(row.document_url) if row.document_url else None,
    )


async def managed_resource(context: Context, number: int | None) -> ManagedResource | None:
    """The resource of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        row = await reads.by_id(connection, number)
    return managed(row) if row else None
