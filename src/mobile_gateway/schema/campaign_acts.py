"""What the platform's administrators write into campaigns: drafts, edits, tests, approvals (PRODUCT.md §11)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import campaigns as acts
from mobile_gateway.actions.campaign_rows import Written
from mobile_gateway.actions.campaigns import By
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema import campaign_segments
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.campaign_segments import CampaignSegmentInput
from mobile_gateway.schema.campaigns import Campaign, campaign
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.platform import named

ANONYMOUS = Refusal(RefusalCode.UNAUTHENTICATED)


@strawberry.input(description="A new campaign, a DRAFT.")
class CampaignCreateInput:
    """Input of `campaignCreate`."""

    title: str = strawberry.field(description="Title in Chinese, 1 to 60 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 120 characters.")
    body: str = strawberry.field(description="Text in Chinese, 1 to 300 characters.")
    body_en: str = strawberry.field(description="Text in English, 1 to 600 characters.")
    deep_link: str = strawberry.field(
        description="Where a tap leads: smartedu://…, or https on smartedu.cn and below it; at most 300 characters."
        " A topic or course by its global id: smartedu://topic/{id}."
    )
    segment: CampaignSegmentInput | None = strawberry.field(
        default=None, description="Whom it reaches; everybody without it."
    )
    planned_for: datetime | None = strawberry.field(
        default=None,
        description="When it is to begin; not in the past. It is approved with the rest. Without it the moment is"
        " chosen when it is scheduled.",
    )


@strawberry.type(description="The new campaign.")
class CampaignCreatePayload:
    """Payload of `campaignCreate`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was made.")


@strawberry.input(description="What to change of a campaign; what is left out, or of the others null, stays.")
class CampaignUpdateInput:
    """Input of `campaignUpdate`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")
    version: int = strawberry.field(description="The version that was edited.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese.")
    title_en: str | None = strawberry.field(default=None, description="Title in English.")
    body: str | None = strawberry.field(default=None, description="Text in Chinese.")
    body_en: str | None = strawberry.field(default=None, description="Text in English.")
    deep_link: str | None = strawberry.field(default=None, description="Where a tap leads.")
    segment: CampaignSegmentInput | None = strawberry.field(
        default=None, description="Whom it reaches, anew and whole."
    )
    planned_for: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="When it is to begin; not in the past. Left out it stays; null leaves it to who schedules it.",
    )


@strawberry.type(description="The campaign after it was edited.")
class CampaignUpdatePayload:
    """Payload of `campaignUpdate`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Which campaign to try.")
class CampaignTestSendInput:
    """Input of `campaignTestSend`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")


@strawberry.type(description="What came of a test.")
class CampaignTestSendPayload:
    """Payload of `campaignTestSend`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    devices: int | None = strawberry.field(description="To how many devices it goes; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it goes.")


@strawberry.input(description="Which campaign to approve.")
class CampaignApproveInput:
    """Input of `campaignApprove`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")
    version: int = strawberry.field(description="The version that was read.")


@strawberry.type(description="The campaign after it was approved.")
class CampaignApprovePayload:
    """Payload of `campaignApprove`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is approved.")


def by(context: Context) -> By | None:
    """Who acts; None for an anonymous reader."""
    viewer = context.viewer
    if viewer is None:
        return None
    return By(viewer.actor, viewer.strong_at, context.now, context.real_now)


async def came_of(context: Context, written: Written) -> tuple[Campaign | None, list[UserError]]:
    """The campaign after an act, or why it was refused."""
    if isinstance(written, Refusal):
        return None, user_errors(written, context.locale)
    return await campaign(context, written), []


def _texts(
    given: CampaignCreateInput | CampaignUpdateInput,
) -> dict[str, str | None]:
    return {
        "title": given.title,
        "title_en": given.title_en,
        "body": given.body,
        "body_en": given.body_en,
        "deep_link": given.deep_link,
    }


@strawberry.type
class CampaignMutation:
    """Acts that need a second sign-in not older than 5 minutes; who is no administrator is answered NOT_FOUND."""

    @strawberry.mutation(description="Draft a campaign. Needs a second sign-in; audited.")
    async def campaign_create(
        self,
        info: Info,
        input: Annotated[CampaignCreateInput, strawberry.argument(description="The campaign.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignCreatePayload | None:
        """A DRAFT reaches nobody."""
        context, actor = info.context, by(info.context)
        segment = campaign_segments.read(input.segment or CampaignSegmentInput())
        written: Written = ANONYMOUS
        if actor is not None:
            written = await acts.create(
                context.database, actor, _texts(input), segment, planned_for=input.planned_for
            )
        made, refused = await came_of(context, written)
        return CampaignCreatePayload(campaign=made, user_errors=refused)

    @strawberry.mutation(
        description="Edit a campaign that has not begun; if it was approved or scheduled it needs a new approval"
        " then. A stale version is a CONFLICT; what changes nothing keeps it. Needs a second sign-in; audited."
    )
    async def campaign_update(
        self,
        info: Info,
        input: Annotated[CampaignUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignUpdatePayload | None:
        """Nobody's approval covers what they did not read."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            written = await acts.update(
                context.database,
                actor,
                campaign_id=named(input.campaign_id, "Campaign"),
                version=input.version,
                given=_texts(input),
                segment=campaign_segments.read(input.segment) if input.segment else None,
                planned_for=acts.AS_IT_IS if input.planned_for is strawberry.UNSET else input.planned_for,
            )
        edited, refused = await came_of(context, written)
        return CampaignUpdatePayload(campaign=edited, user_errors=refused)

    @strawberry.mutation(
        description="Send a campaign to the viewer's own devices, at once and at any hour. Needs a second sign-in;"
        " audited."
    )
    async def campaign_test_send(
        self,
        info: Info,
        input: Annotated[CampaignTestSendInput, strawberry.argument(description="Which campaign.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignTestSendPayload | None:
        """The inbox has a row for each test."""
        context, actor = info.context, by(info.context)
        if actor is None:
            return CampaignTestSendPayload(
                campaign=None, devices=None, user_errors=user_errors(ANONYMOUS, context.locale)
            )
        tried = await acts.test_send(
            context.database, actor, campaign_id=named(input.campaign_id, "Campaign")
        )
        if isinstance(tried, Refusal):
            return CampaignTestSendPayload(
                campaign=None, devices=None, user_errors=user_errors(tried, context.locale)
            )
        await context.jobs.deliver()
        number, devices = tried
        return CampaignTestSendPayload(
            campaign=await campaign(context, number), devices=devices, user_errors=[]
        )

    @strawberry.mutation(
        description="Approve a campaign that another administrator wrote, in the version that was read. Neither its"
        " creator nor whoever edited it may. Needs a second sign-in; audited. Twice is once."
    )
    async def campaign_approve(
        self,
        info: Info,
        input: Annotated[CampaignApproveInput, strawberry.argument(description="Which campaign.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignApprovePayload | None:
        """Four eyes."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            written = await acts.approve(
                context.database,
                actor,
                campaign_id=named(input.campaign_id, "Campaign"),
                version=input.version,
            )
        approved, refused = await came_of(context, written)
        return CampaignApprovePayload(campaign=approved, user_errors=refused)
