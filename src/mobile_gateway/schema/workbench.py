"""The workbench: its last section is 培训; staff see their own queue there."""

from typing import Annotated

import strawberry

from mobile_gateway.reads import people
from mobile_gateway.reads.people import StaffQueue
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.trainings import TrainingConnection, trainings


@strawberry.type(
    description="How many things wait for a member of staff; null where the role is not the viewer's."
)
class WorkQueue:
    """The viewer's own queues."""

    teachers_to_review: int | None = strawberry.field(
        description="Teaching records to decide: of the own school's teachers, or of the own county's school admins."
    )
    tickets_to_handle: int | None = strawberry.field(
        description="Open rebind tickets, free or the viewer's own."
    )
    campaigns_open: int | None = strawberry.field(
        description="Campaigns that are neither sent nor cancelled."
    )


@strawberry.type(description="工作台.")
class Workbench:
    """The signed-in viewer's workbench."""

    @strawberry.field(description="培训 › 专题培训: the enrolled topics with progress, newest first.")
    async def trainings(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 10,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> TrainingConnection | None:
        """None enrolled is an empty list."""
        return await trainings(info.context, first, after)

    @strawberry.field(description="What waits for the viewer as staff; null for who has no staff role.")
    async def work_queue(self, info: Info) -> WorkQueue | None:
        """One statement more, and only for staff."""
        return await _queue(info.context)


async def _queue(context: Context) -> WorkQueue | None:
    me = await context.me()
    if me is None or not me.grants:
        return None
    roles = frozenset(grant.role for grant in me.grants)

    async def read() -> StaffQueue:
        async with context.database.connection() as connection:
            return await people.staff_queue(connection, me.id, roles)

    queue = await context.once("queue", read)
    return WorkQueue(
        teachers_to_review=queue.teachers_to_review,
        tickets_to_handle=queue.tickets_to_handle,
        campaigns_open=queue.campaigns_open,
    )


@strawberry.type
class WorkbenchQuery:
    """The workbench's root."""

    @strawberry.field(
        description="The viewer's workbench; null, with UNAUTHENTICATED, for anonymous readers."
    )
    async def workbench(self, info: Info) -> Workbench | None:
        """Needs a sign-in."""
        info.context.signed_in()
        await info.context.me()
        return Workbench()
