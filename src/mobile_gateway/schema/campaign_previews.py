"""What a campaign would do if it were sent now: whom it reaches, by platform and province, and how it looks."""

from typing import Annotated

import strawberry

from mobile_gateway.messages import notifications
from mobile_gateway.reads import audience_sizes
from mobile_gateway.reads import campaigns as reads
from mobile_gateway.reads.campaigns import Campaign as Row
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import NotificationKind, Platform
from mobile_gateway.schema.campaign_segments import CampaignPlace
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.nodes import global_id, number_of
from mobile_gateway.schema.platform import administer


@strawberry.type(description="Devices of a platform that would be pushed to.")
class CampaignPlatformSize:
    """A line of the preview."""

    platform: Platform = strawberry.field(description="The platform.")
    devices: int = strawberry.field(description="How many.")


@strawberry.type(description="People of a province who would get it.")
class CampaignRegionSize:
    """A line of the preview."""

    region: CampaignPlace | None = strawberry.field(
        description="The province of their school; null for who has none."
    )
    people: int = strawberry.field(description="How many.")


@strawberry.type(description="A campaign as a device would show it.")
class CampaignSample:
    """In one language."""

    locale: str = strawberry.field(description="zh-CN or en.")
    title: str = strawberry.field(description="Title.")
    body: str = strawberry.field(description="Text.")
    deep_link: str = strawberry.field(description="Where a tap leads.")


@strawberry.type(description="What a campaign would do if it were sent now.")
class CampaignPreview:
    """Figures and a sample."""

    exact: bool = strawberry.field(
        description="Whether people were counted: up to 100,000 are; beyond, figures are estimated from a sample."
    )
    at_most: int | None = strawberry.field(
        description="Where the sample holds too few of the segment to estimate from: hardly more people than this, and"
        " all other figures are rough. Null otherwise."
    )
    people: int = strawberry.field(description="People who would get it into their inbox.")
    reachable: int = strawberry.field(description="Of them, who have a device and want such pushes.")
    opted_out: int = strawberry.field(description="Of them, who want no such pushes.")
    platforms: list[CampaignPlatformSize] = strawberry.field(description="Devices by platform.")
    regions: list[CampaignRegionSize] = strawberry.field(description="People by province.")
    payload_bytes: int = strawberry.field(description="Size of the larger payload; at most 4096.")
    samples: list[CampaignSample] = strawberry.field(description="As devices would show it.")


@strawberry.type
class CampaignPreviewQuery:
    """The preview's root."""

    @strawberry.field(
        description="Whom a campaign would reach if it were sent now, and how it looks. NOT_FOUND to others."
    )
    async def campaign_preview(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignPreview | None:
        """Some seconds at most, however many people there are."""
        context = info.context
        await administer(context)
        async with context.database.connection() as connection:
            row = await reads.by_id(connection, number_of(id, "Campaign") or 0)
            if row is None:
                raise context.refuse(RefusalCode.NOT_FOUND, "id")
            sizes = await audience_sizes.sizes(connection, row.segment, real_now=context.real_now)
        return _preview(row, sizes)


def _preview(row: Row, sizes: audience_sizes.Sizes) -> CampaignPreview:
    data = {name: getattr(row, name) for name in ("title", "title_en", "body", "body_en", "deep_link")}
    samples = [
        (locale, notifications.render(NotificationKind.CAMPAIGN, data, locale)) for locale in ("zh-CN", "en")
    ]
    return CampaignPreview(
        exact=sizes.exact,
        at_most=sizes.at_most,
        people=sizes.people,
        reachable=sizes.reachable,
        opted_out=sizes.opted_out,
        platforms=[
            CampaignPlatformSize(platform=one.platform, devices=one.devices) for one in sizes.platforms
        ],
        regions=[
            CampaignRegionSize(
                region=CampaignPlace(id=global_id("Region", one.region_id), name=one.name or "")
                if one.region_id is not None
                else None,
                people=one.people,
            )
            for one in sizes.provinces
        ],
        payload_bytes=rules.payload_bytes(data),
        samples=[
            CampaignSample(locale=locale, title=one.title, body=one.body, deep_link=one.deep_link)
            for locale, one in samples
        ],
    )
