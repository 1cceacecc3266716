"""What the platform's administrators do with videos and documents (PRODUCT.md §4, §12)."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import resources as acts
from mobile_gateway.rules.words import ResourceKind
from mobile_gateway.schema.answers import URL, UserError
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.managed_outline import ManagedSection, managed_section
from mobile_gateway.schema.platform import NOBODY, done, errors, named
from mobile_gateway.schema.resource_desk import ManagedResource, managed_resource


@strawberry.input(description="A new video, with media and duration, or a new document, with its address.")
class ResourceCreateInput:
    """Input of `resourceCreate`."""

    slug: str = strawberry.field(
        description="Its name for programs: a–z, 0–9 and single hyphens, 1 to 80 characters, unique and for good."
    )
    kind: ResourceKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="Title in Chinese, 1 to 120 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 200 characters.")
    media_url: URL | None = strawberry.field(
        default=None, description="A video's media: an https address of at most 300 characters."
    )
    duration_ms: int | None = strawberry.field(
        default=None,
        description="A video's duration in milliseconds, taken from the media: 1 second to 24 hours.",
    )
    document_url: URL | None = strawberry.field(
        default=None, description="A document: an https address of at most 300 characters."
    )


@strawberry.type(description="The new resource.")
class ResourceCreatePayload:
    """Payload of `resourceCreate`."""

    resource: ManagedResource | None = strawberry.field(
        description="The resource, listed nowhere; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was made.")


@strawberry.input(description="What to change of a resource; what is null or left out stays as it is.")
class ResourceUpdateInput:
    """Input of `resourceUpdate`."""

    resource_id: strawberry.ID = strawberry.field(description="Global id of the resource.")
    version: int = strawberry.field(description="The version that was edited.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese, 1 to 120 characters.")
    title_en: str | None = strawberry.field(
        default=None, description="Title in English, 1 to 200 characters."
    )
    document_url: URL | None = strawberry.field(
        default=None, description="A document: an https address of at most 300 characters."
    )


@strawberry.type(description="The resource after it was edited.")
class ResourceUpdatePayload:
    """Payload of `resourceUpdate`."""

    resource: ManagedResource | None = strawberry.field(description="The resource; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="New media of a video.")
class MediaReplaceInput:
    """Input of `mediaReplace`."""

    resource_id: strawberry.ID = strawberry.field(description="Global id of the video.")
    media_version: int = strawberry.field(description="The version of the media that was seen.")
    media_url: URL = strawberry.field(
        description="The new media: an https address of at most 300 characters."
    )
    duration_ms: int = strawberry.field(
        description="Its duration in milliseconds, taken from the media: 1 second to 24 hours."
    )


@strawberry.type(description="The video with its new media.")
class MediaReplacePayload:
    """Payload of `mediaReplace`."""

    resource: ManagedResource | None = strawberry.field(description="The video; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Where to list a resource.")
class ResourceListInput:
    """Input of `resourceList`."""

    section_id: strawberry.ID = strawberry.field(description="Global id of the section.")
    resource_id: strawberry.ID = strawberry.field(description="Global id of the resource.")
    position: int | None = strawberry.field(
        default=None, description="Its place in the section, from 1; by default the last one, or where it is."
    )


@strawberry.type(description="The section with the resource.")
class ResourceListPayload:
    """Payload of `resourceList`."""

    section: ManagedSection | None = strawberry.field(description="The section; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is listed there.")


@strawberry.input(description="What to take out of an outline.")
class ResourceDelistInput:
    """Input of `resourceDelist`."""

    listing_id: strawberry.ID = strawberry.field(description="Global id of the listing.")


@strawberry.type(description="The section without the resource.")
class ResourceDelistPayload:
    """Payload of `resourceDelist`."""

    section: ManagedSection | None = strawberry.field(description="The section; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is out.")


@strawberry.type
class ResourceMutation:
    """Acts of the platform's administrators; who is none is answered NOT_FOUND."""

    @strawberry.mutation(description="Make a video or a document, to be listed in outlines.")
    async def resource_create(
        self,
        info: Info,
        input: Annotated[ResourceCreateInput, strawberry.argument(description="The resource.")],  # noqa: A002 - GraphQL's own word
    ) -> ResourceCreatePayload | None:
        """Listed nowhere yet."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.create(
                context.database,
                actor=context.viewer.actor,
                kind=input.kind,
                given={
                    "slug": input.slug,
                    "title": input.title,
                    "title_en": input.title_en,
                    "media_url": input.media_url,
                    "duration_ms": input.duration_ms,
                    "document_url": input.document_url,
                },
            )
        return ResourceCreatePayload(
            resource=await managed_resource(context, done(written)),
            user_errors=errors(written, context.locale),
        )

    @strawberry.mutation(
        description="Edit a resource's titles, or a document's address. A stale version is a CONFLICT."
    )
    async def resource_update(
        self,
        info: Info,
        input: Annotated[ResourceUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> ResourceUpdatePayload | None:
        """A video's media is replaced, not edited."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.update(
                context.database,
                actor=context.viewer.actor,
                resource_id=named(input.resource_id, "Resource"),
                version=input.version,
                given={
                    "title": input.title,
                    "title_en": input.title_en,
                    "document_url": input.document_url,
                },
            )
        return ResourceUpdatePayload(
            resource=await managed_resource(context, done(written)),
            user_errors=errors(written, context.locale),
        )

    @strawberry.mutation(
        description="Give a video new media. What was earned is frozen; new watching is judged on the new version."
    )
    async def media_replace(
        self,
        info: Info,
        input: Annotated[MediaReplaceInput, strawberry.argument(description="The media.")],  # noqa: A002 - GraphQL's own word
    ) -> MediaReplacePayload | None:
        """The same media again is no new version."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.replace_media(
                context.database,
                actor=context.viewer.actor,
                resource_id=named(input.resource_id, "Resource"),
                media_version=input.media_version,
                given={"media_url": input.media_url, "duration_ms": input.duration_ms},
                now=context.now,
            )
        return MediaReplacePayload(
            resource=await managed_resource(context, done(written)),
            user_errors=errors(written, context.locale),
        )

    @strawberry.mutation(description="List a resource in a section, or move it there. Twice is once.")
    async def resource_list(
        self,
        info: Info,
        input: Annotated[ResourceListInput, strawberry.argument(description="Which, and where.")],  # noqa: A002 - GraphQL's own word
    ) -> ResourceListPayload | None:
        """The same resource may be listed in several courses."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.enlist(
                context.database,
                actor=context.viewer.actor,
                section_id=named(input.section_id, "Section"),
                resource_id=named(input.resource_id, "Resource"),
                position=input.position,
            )
        return ResourceListPayload(
            section=await managed_section(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Take a resource out of a section; what it earned stays. Twice is once.")
    async def resource_delist(
        self,
        info: Info,
        input: Annotated[ResourceDelistInput, strawberry.argument(description="Which listing.")],  # noqa: A002 - GraphQL's own word
    ) -> ResourceDelistPayload | None:
        """A published course must still reach its cap."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.delist(
                context.database,
                actor=context.viewer.actor,
                listing_id=named(input.listing_id, "Listing"),
                now=context.now,
            )
        return ResourceDelistPayload(
            section=await managed_section(context, done(written)), user_errors=errors(written, context.locale)
        )
