"""What sets a campaign going and stops it: schedule, pause, resume, cancel; and its failures as a file."""

import random
from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import campaign_steps as acts
from mobile_gateway.actions import exporting_failures
from mobile_gateway.actions.campaign_rows import Written
from mobile_gateway.actions.exporting import Link
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.schema.answers import URL, UserError, user_errors
from mobile_gateway.schema.campaign_acts import ANONYMOUS, by, came_of
from mobile_gateway.schema.campaigns import Campaign
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.platform import named


@strawberry.input(description="When a campaign begins.")
class CampaignScheduleInput:
    """Input of `campaignSchedule`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")
    starts_at: datetime | None = strawberry.field(
        default=None,
        description="From when on; not in the past. Near a quarter hour it begins 90 to 240 seconds after it. Left out,"
        " or null: as was planned and approved. Needed where nothing was planned.",
    )


@strawberry.type(description="The campaign after it was scheduled.")
class CampaignSchedulePayload:
    """Payload of `campaignSchedule`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is scheduled.")


@strawberry.input(description="Which campaign to pause, and why.")
class CampaignPauseInput:
    """Input of `campaignPause`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")
    reason: str = strawberry.field(description="Why, 1 to 60 characters; kept in the audit log.")


@strawberry.type(description="The campaign after it was paused.")
class CampaignPausePayload:
    """Payload of `campaignPause`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands still.")


@strawberry.input(description="Which campaign goes on.")
class CampaignResumeInput:
    """Input of `campaignResume`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")


@strawberry.type(description="The campaign after it was resumed.")
class CampaignResumePayload:
    """Payload of `campaignResume`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it goes on.")


@strawberry.input(description="Which campaign to end.")
class CampaignCancelInput:
    """Input of `campaignCancel`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")


@strawberry.type(description="The campaign after it was cancelled.")
class CampaignCancelPayload:
    """Payload of `campaignCancel`."""

    campaign: Campaign | None = strawberry.field(description="The campaign; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is over.")


@strawberry.input(description="Whose failures to export.")
class CampaignFailuresExportInput:
    """Input of `campaignFailuresExport`."""

    campaign_id: strawberry.ID = strawberry.field(description="Global id of the campaign.")


@strawberry.type(description="What came of asking for a campaign's failures.")
class CampaignFailuresExportPayload:
    """Payload of `campaignFailuresExport`."""

    url: URL | None = strawberry.field(
        default=None,
        description="A CSV file to be downloaded once, below this gateway's address; null when refused.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The download has to begin before this moment."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when there is a link.")


@strawberry.type
class CampaignStepMutation:
    """Acts that need a second sign-in not older than 5 minutes; who is no administrator is answered NOT_FOUND."""

    @strawberry.mutation(
        description="Let an APPROVED campaign begin at a moment, or a SCHEDULED one at another; one that was planned"
        " for a moment at that one alone. Needs a second sign-in; audited."
    )
    async def campaign_schedule(
        self,
        info: Info,
        input: Annotated[CampaignScheduleInput, strawberry.argument(description="Which one, and when.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignSchedulePayload | None:
        """A worker begins it by its state."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            written = await acts.schedule(
                context.database,
                actor,
                campaign_id=named(input.campaign_id, "Campaign"),
                starts_at=input.starts_at,
                jitter=random.random(),  # noqa: S311 - spreads starts, guards nothing
            )
            await context.jobs.expand_campaigns()
        scheduled, refused = await came_of(context, written)
        return CampaignSchedulePayload(campaign=scheduled, user_errors=refused)

    @strawberry.mutation(
        description="Let a campaign that is SENDING stand still within 2 seconds. Needs a second sign-in; audited."
        " Twice is once."
    )
    async def campaign_pause(
        self,
        info: Info,
        input: Annotated[CampaignPauseInput, strawberry.argument(description="Which one, and why.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignPausePayload | None:
        """What was claimed before may still go out."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            number = named(input.campaign_id, "Campaign")
            written = await acts.pause(context.database, actor, campaign_id=number, reason=input.reason)
        paused, refused = await came_of(context, written)
        return CampaignPausePayload(campaign=paused, user_errors=refused)

    @strawberry.mutation(
        description="Let a PAUSED campaign go on where it stood. Needs a second sign-in; audited. Twice is once."
    )
    async def campaign_resume(
        self,
        info: Info,
        input: Annotated[CampaignResumeInput, strawberry.argument(description="Which campaign.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignResumePayload | None:
        """One that paused itself is judged by its next deliveries."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            number = named(input.campaign_id, "Campaign")
            written = await acts.resume(context.database, actor, campaign_id=number)
            await context.jobs.expand_campaigns()
            await context.jobs.deliver()
        resumed, refused = await came_of(context, written)
        return CampaignResumePayload(campaign=resumed, user_errors=refused)

    @strawberry.mutation(
        description="End a campaign that is not SENT, for good; what is queued is dropped. Needs a second sign-in;"
        " audited. Twice is once."
    )
    async def campaign_cancel(
        self,
        info: Info,
        input: Annotated[CampaignCancelInput, strawberry.argument(description="Which campaign.")],  # noqa: A002 - GraphQL's own word
    ) -> CampaignCancelPayload | None:
        """What was sent stays sent, and inbox rows stay."""
        context, actor = info.context, by(info.context)
        written: Written = ANONYMOUS
        if actor is not None:
            number = named(input.campaign_id, "Campaign")
            written = await acts.cancel(context.database, actor, campaign_id=number)
            await context.jobs.expand_campaigns()
        cancelled, refused = await came_of(context, written)
        return CampaignCancelPayload(campaign=cancelled, user_errors=refused)

    @strawberry.mutation(
        description="A link to a CSV file with every delivery that failed, may have been sent or was dropped, by"
        " cause; good for 5 minutes and one download. Needs a second sign-in; audited."
    )
    async def campaign_failures_export(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            CampaignFailuresExportInput, strawberry.argument(description="Which campaign.")
        ],
    ) -> CampaignFailuresExportPayload | None:
        """No push token and nothing personal stands in it."""
        context, actor = info.context, by(info.context)
        link: Link | Refusal = ANONYMOUS
        if actor is not None:
            number = named(input.campaign_id, "Campaign")
            link = await exporting_failures.ask(context.database, context.keyring, actor, campaign_id=number)
        if isinstance(link, Refusal):
            return CampaignFailuresExportPayload(user_errors=user_errors(link, context.locale))
        url = URL(f"{context.public_url}/exports/campaign-failures.csv?token={link.token}")
        return CampaignFailuresExportPayload(url=url, expires_at=link.expires_at, user_errors=[])
