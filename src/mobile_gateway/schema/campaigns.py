"""Campaigns as the platform's administrators read them: the list, and one with its live progress.

To everybody else all of it is NOT_FOUND.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.reads import campaigns as reads
from mobile_gateway.reads.campaign_counts import Glance
from mobile_gateway.reads.campaigns import Campaign as Row
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules.campaigns import CampaignStep
from mobile_gateway.rules.words import CampaignState, DeliveryState
from mobile_gateway.schema import campaign_segments
from mobile_gateway.schema.campaign_segments import CampaignPlace, CampaignSegment
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
from mobile_gateway.schema.platform import administer


@strawberry.type(description="How many of a campaign's deliveries ended, or wait, for one cause.")
class CampaignCause:
    """A line of the failures by cause."""

    state: DeliveryState = strawberry.field(description="Where those deliveries stand.")
    cause: str = strawberry.field(description="The outcome of the last try, for programs.")
    deliveries: int = strawberry.field(description="How many.")


@strawberry.type(description="How far a campaign is, now.")
class CampaignProgress:
    """A delivery goes to one device; a person may have several, or none."""

    people: int = strawberry.field(description="People who got it into their inbox so far.")
    looked_at: int = strawberry.field(description="People looked at so far, of the segment or not.")
    is_expanded: bool = strawberry.field(description="Whether everybody was looked at.")
    opted_out: int = strawberry.field(
        description="Of these people, who wanted no push; the inbox has it all the same."
    )
    without_device: int = strawberry.field(description="Of these people, who had no device to push to.")
    deliveries: int = strawberry.field(
        description="Deliveries written so far; those of people who left are gone, whatever became of them."
    )
    queued: int = strawberry.field(description="Deliveries that wait for their turn.")
    on_their_way: int = strawberry.field(description="Deliveries that a worker is sending.")
    sent: int = strawberry.field(description="Deliveries that the provider took over.")
    failed: int = strawberry.field(description="Deliveries that failed for good.")
    unknown: int = strawberry.field(
        description="Deliveries that may have been sent; they are not sent again."
    )
    dropped: int = strawberry.field(
        description="Deliveries that were not sent: opted out since, out of the segment, device gone, cancelled,"
        " or waited for a day."
    )
    causes: list[CampaignCause] = strawberry.field(
        description="Deliveries that were tried in vain or dropped, by cause."
    )


@strawberry.type(description="A push campaign.")
class Campaign(Node):
    """For the platform's administrators."""

    row: strawberry.Private[Row]
    version: int = strawberry.field(description="Grows with each edit; edits and approvals name it.")
    state: CampaignState = strawberry.field(description="Where it stands.")
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    body: str = strawberry.field(description="Text in Chinese.")
    body_en: str = strawberry.field(description="Text in English.")
    deep_link: str = strawberry.field(description="Where a tap leads.")
    segment: CampaignSegment = strawberry.field(description="Whom it reaches.")
    created_by: CampaignPlace = strawberry.field(description="Who created it.")
    approved_by_name: str | None = strawberry.field(description="Who approved it; null until then.")
    created_at: datetime = strawberry.field(description="When it was created, by the real clock.")
    tested_at: datetime | None = strawberry.field(
        description="When this version was last sent to an administrator's own devices."
    )
    approved_at: datetime | None = strawberry.field(description="When it was approved.")
    planned_for: datetime | None = strawberry.field(
        description="When it is to begin, as approved with it; null when whoever schedules it chooses."
    )
    starts_at: datetime | None = strawberry.field(
        description="When it begins: as scheduled, moved off the quarter hours."
    )
    begun_at: datetime | None = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When all of it was settled, or dropped.")
    pause_reason: str | None = strawberry.field(
        description="Why it is PAUSED: an administrator's reason, or PAYLOAD or CREDENTIALS when it paused itself."
    )
    steps: list[CampaignStep] = strawberry.field(
        description="What the viewer can do with it now, a second sign-in given."
    )
    glance: strawberry.Private[Glance | None] = None

    @strawberry.field(
        description=(
            "How far it is, now: counted anew for each query. In a subscription the deliveries by state may be as old"
            " as ten times what it takes to count them, until it is over."
        )
    )
    async def progress(self, info: Info) -> CampaignProgress:
        """One statement for a campaign; a list of them has no use for it."""
        database = info.context.database
        if self.glance is not None:
            found = await self.glance.of(database, self.row)
            return _progress(self.row, found, is_old=self.glance.is_old)
        async with database.connection() as connection:
            found = await reads.outcomes(connection, self.row.id)
        return _progress(self.row, found)


@strawberry.type(description="A campaign in a page of the list.")
class CampaignEdge:
    """An edge of the list."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: Campaign = strawberry.field(description="The campaign.")


@strawberry.type(description="A page of campaigns, newest first.")
class CampaignConnection:
    """The list."""

    edges: list[CampaignEdge] = strawberry.field(description="The campaigns of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class CampaignQuery:
    """The roots of campaigns."""

    @strawberry.field(
        description="Campaigns, newest first. For the platform's administrators; NOT_FOUND to others."
    )
    async def campaigns(
        self,
        info: Info,
        states: Annotated[
            list[CampaignState] | None, strawberry.argument(description="Only in one of these states.")
        ] = None,
        mine: Annotated[bool, strawberry.argument(description="Only those that the viewer created.")] = False,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> CampaignConnection | None:
        """Three statements: the page, the names that its segments need, and what the viewer edited."""
        context = info.context
        await administer(context)
        asked = page(first, after, lambda parts: row_id(parts[0]), context.locale)
        creator = context.signed_in().person_id if mine else None
        async with context.database.connection() as connection:
            rows = await reads.page(
                connection, states=states, mine_of=creator, first=asked.size + 1, after=asked.after
            )
        here = rows[: asked.size]
        found = await _campaigns(context, here)
        edges = [CampaignEdge(cursor=cursor(one.row.id), node=one) for one in found]
        shown = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
        return CampaignConnection(edges=edges, page_info=shown)

    @strawberry.field(
        description="A campaign. For the platform's administrators; NOT_FOUND to others, null where there is none."
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> Campaign | None:
        """Live progress is read anew each time."""
        await administer(info.context)
        return await campaign(info.context, number_of(id, "Campaign"))


async def campaign(context: Context, number: int | None) -> Campaign | None:
    """The campaign of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        row = await reads.by_id(connection, number)
    return (await _campaigns(context, [row]))[0] if row else None


async def _campaigns(context: Context, rows: Sequence[Row]) -> list[Campaign]:
    me = context.signed_in().person_id
    async with context.database.connection() as connection:
        names = await reads.names(connection, [row.segment for row in rows])
        edited = await reads.edited(connection, me, [row.id for row in rows])
    return [
        Campaign(
            id=global_id("Campaign", row.id),
            row=row,
            version=row.version,
            state=row.state,
            title=row.title,
            title_en=row.title_en,
            body=row.body,
            body_en=row.body_en,
            deep_link=row.deep_link,
            segment=campaign_segments.shown(row.segment, names, context.locale),
            created_by=CampaignPlace(id=global_id("Person", row.created_by), name=row.created_by_name or ""),
            approved_by_name=row.approved_by_name,
            created_at=row.created_at,
            tested_at=row.tested_at,
            approved_at=row.approved_at,
            planned_for=row.planned_for,
            starts_at=row.starts_at,
            begun_at=row.begun_at,
            finished_at=row.finished_at,
            pause_reason=row.pause_reason,
            steps=_steps(row, me, has_edited=row.id in edited),
        )
        for row in rows
    ]


def _steps(row: Row, me: int, *, has_edited: bool) -> list[CampaignStep]:
    may_approve = rules.may_approve(me, row.created_by, has_edited=has_edited) is None
    return [
        step
        for step in rules.BY_ADMINISTRATORS
        if (row.state, step) in rules.STEPS and (step is not CampaignStep.APPROVE or may_approve)
    ]


def _progress(row: Row, found: Sequence[reads.Outcome], *, is_old: bool = False) -> CampaignProgress:
    """Deliveries are those that are counted; where the count is older than the row, those that were written."""
    by_state = dict.fromkeys(DeliveryState, 0)
    for one in found:
        by_state[one.state] += one.deliveries
    causes = [
        CampaignCause(state=one.state, cause=one.outcome, deliveries=one.deliveries)
        for one in found
        if one.outcome is not None and one.state is not DeliveryState.SENT
    ]
    return CampaignProgress(
        people=row.people,
        looked_at=row.looked_at,
        is_expanded=row.is_expanded,
        opted_out=row.opted_out,
        without_device=row.without_device,
        deliveries=row.deliveries if is_old else sum(by_state.values()),
        queued=by_state[DeliveryState.DUE],
        on_their_way=by_state[DeliveryState.LEASED],
        sent=by_state[DeliveryState.SENT],
        failed=by_state[DeliveryState.FAILED],
        unknown=by_state[DeliveryState.UNKNOWN],
        dropped=by_state[DeliveryState.DROPPED],
        causes=causes,
    )
