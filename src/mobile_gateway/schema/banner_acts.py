"""What the platform's administrators do with banners (PRODUCT.md §2, §12)."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from mobile_gateway.actions import banners as acts
from mobile_gateway.rules.banners import Audience
from mobile_gateway.rules.words import ClientKind, Tab
from mobile_gateway.schema.answers import URL, UserError
from mobile_gateway.schema.banner_desk import ManagedBanner, managed_banner
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.platform import NOBODY, done, errors, named


@strawberry.input(description="A new banner. It leads either to a topic or to an address.")
class BannerCreateInput:
    """Input of `bannerCreate`."""

    tab: Tab = strawberry.field(description="The tab whose carousel it goes into.")
    title: str = strawberry.field(description="Title in Chinese, 1 to 100 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 100 characters.")
    image_url: URL = strawberry.field(description="The picture: an https address of at most 300 characters.")
    publish_start: datetime = strawberry.field(description="It shows from this moment.")
    publish_end: datetime = strawberry.field(description="It shows until this moment, which is not included.")
    topic_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Global id of a topic, which may be a draft: the banner shows once it is not.",
    )
    url: URL | None = strawberry.field(
        default=None, description="An https address of at most 300 characters."
    )
    identities: list[Audience] = strawberry.field(
        default_factory=lambda: list(Audience), description="To whom it shows; by default to everybody."
    )
    client_kinds: list[ClientKind] = strawberry.field(
        default_factory=lambda: list(ClientKind), description="On which clients it shows; by default on all."
    )
    position: int | None = strawberry.field(
        default=None, description="Its place in the tab, from 1; by default the last one."
    )


@strawberry.type(description="The new banner.")
class BannerCreatePayload:
    """Payload of `bannerCreate`."""

    banner: ManagedBanner | None = strawberry.field(description="The banner; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was made.")


@strawberry.input(description="What to change of a banner; what is null or left out stays as it is.")
class BannerUpdateInput:
    """Input of `bannerUpdate`."""

    banner_id: strawberry.ID = strawberry.field(description="Global id of the banner.")
    version: int = strawberry.field(description="The version that was edited.")
    tab: Tab | None = strawberry.field(default=None, description="Another tab; it stands last there.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese, 1 to 100 characters.")
    title_en: str | None = strawberry.field(
        default=None, description="Title in English, 1 to 100 characters."
    )
    image_url: URL | None = strawberry.field(
        default=None, description="The picture: an https address of at most 300 characters."
    )
    publish_start: datetime | None = strawberry.field(default=None, description="It shows from this moment.")
    publish_end: datetime | None = strawberry.field(
        default=None, description="It shows until this moment, which is not included."
    )
    topic_id: strawberry.ID | None = strawberry.field(
        default=None, description="Global id of a topic; replaces an address."
    )
    url: URL | None = strawberry.field(default=None, description="An https address; replaces a topic.")
    identities: list[Audience] | None = strawberry.field(
        default=None, description="To whom it shows, at least one."
    )
    client_kinds: list[ClientKind] | None = strawberry.field(
        default=None, description="On which clients it shows, at least one."
    )


@strawberry.type(description="The banner after it was edited.")
class BannerUpdatePayload:
    """Payload of `bannerUpdate`."""

    banner: ManagedBanner | None = strawberry.field(description="The banner; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Where a banner is to stand.")
class BannerMoveInput:
    """Input of `bannerMove`."""

    banner_id: strawberry.ID = strawberry.field(description="Global id of the banner.")
    version: int = strawberry.field(description="The version that was seen.")
    position: int = strawberry.field(description="Its place in the tab, from 1; beyond the end is the end.")


@strawberry.type(description="The banner at its place.")
class BannerMovePayload:
    """Payload of `bannerMove`."""

    banner: ManagedBanner | None = strawberry.field(description="The banner; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands there.")


@strawberry.input(description="Which banner to withdraw.")
class BannerWithdrawInput:
    """Input of `bannerWithdraw`."""

    banner_id: strawberry.ID = strawberry.field(description="Global id of the banner.")


@strawberry.type(description="The banner after it was withdrawn.")
class BannerWithdrawPayload:
    """Payload of `bannerWithdraw`."""

    banner: ManagedBanner | None = strawberry.field(description="The banner; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it shows no more.")


def _given(input: BannerCreateInput | BannerUpdateInput) -> dict[str, Any]:  # noqa: A002 - GraphQL's own word
    return {
        "tab": input.tab,
        "title": input.title,
        "title_en": input.title_en,
        "image_url": input.image_url,
        "publish_start": input.publish_start,
        "publish_end": input.publish_end,
        "url": input.url,
        "identities": input.identities,
        "client_kinds": input.client_kinds,
    }


def _topic(text: str | None) -> int | None:
    return None if text is None else named(text, "Topic")


@strawberry.type
class BannerMutation:
    """Acts of the platform's administrators; who is none is answered NOT_FOUND."""

    @strawberry.mutation(description="Put a banner into a tab's carousel. Shown everywhere within 5 seconds.")
    async def banner_create(
        self,
        info: Info,
        input: Annotated[BannerCreateInput, strawberry.argument(description="The banner.")],  # noqa: A002 - GraphQL's own word
    ) -> BannerCreatePayload | None:
        """One transaction."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.create(
                context.database,
                actor=context.viewer.actor,
                given={**_given(input), "position": input.position},
                topic_id=_topic(input.topic_id),
                now=context.now,
            )
        return BannerCreatePayload(
            banner=await managed_banner(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Edit a banner that was not withdrawn. A stale version is a CONFLICT; what changes nothing"
        " keeps the version."
    )
    async def banner_update(
        self,
        info: Info,
        input: Annotated[BannerUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> BannerUpdatePayload | None:
        """One whose time is over shows again, last in its tab, once its window says so."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.update(
                context.database,
                actor=context.viewer.actor,
                banner_id=named(input.banner_id, "Banner"),
                version=input.version,
                given=_given(input),
                topic_id=_topic(input.topic_id),
                now=context.now,
            )
        return BannerUpdatePayload(
            banner=await managed_banner(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Move a banner within its tab. A stale version is a CONFLICT.")
    async def banner_move(
        self,
        info: Info,
        input: Annotated[BannerMoveInput, strawberry.argument(description="Which, and where to.")],  # noqa: A002 - GraphQL's own word
    ) -> BannerMovePayload | None:
        """The others close up."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.move(
                context.database,
                actor=context.viewer.actor,
                banner_id=named(input.banner_id, "Banner"),
                version=input.version,
                position=input.position,
                now=context.now,
            )
        return BannerMovePayload(
            banner=await managed_banner(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Take a banner out of the carousel, for good. Twice is once.")
    async def banner_withdraw(
        self,
        info: Info,
        input: Annotated[BannerWithdrawInput, strawberry.argument(description="Which banner.")],  # noqa: A002 - GraphQL's own word
    ) -> BannerWithdrawPayload | None:
        """It is gone everywhere within 5 seconds."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.withdraw(
                context.database,
                actor=context.viewer.actor,
                banner_id=named(input.banner_id, "Banner"),
                now=context.now,
            )
        return BannerWithdrawPayload(
            banner=await managed_banner(context, done(written)), user_errors=errors(written, context.locale)
        )
