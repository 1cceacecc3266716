"""The verification queue: whose records wait for a school's or a county's administrator (PRODUCT.md §6)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import strawberry

from mobile_gateway.reads import verification as reads
from mobile_gateway.reads.roster import ACTIVE
from mobile_gateway.reads.verification import Asked, Counts, StaffRecord
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import RecordState
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import PageInfo, cursor, page, page_info, row_id
from mobile_gateway.schema.staff import (
    SchoolTeacher,
    name_part,
    number_given,
    teachers,
    viewer_grants,
    wrong,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@strawberry.type(description="A record in a page of the verification queue.")
class VerificationEdge:
    """An edge of the queue."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: SchoolTeacher = strawberry.field(description="The record.")


@strawberry.type(description="A page of the verification queue, the longest waiting first.")
class VerificationConnection:
    """Who is to be verified, or was."""

    asked: strawberry.Private[Asked]
    edges: list[VerificationEdge] = strawberry.field(description="The records of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @strawberry.field(description="How many records the whole list has, over all pages.")
    async def total_count(self, info: Info) -> int:
        """One statement, shared with `toDecideCount`."""
        return (await _counts(info.context, self.asked)).listed

    @strawberry.field(
        description="How many PENDING records wait for the viewer's own decision, whatever is listed here:"
        " the number on the workbench."
    )
    async def to_decide_count(self, info: Info) -> int:
        """A county admin sees more than they decide."""
        return (await _counts(info.context, self.asked)).to_decide


@strawberry.type
class VerificationQuery:
    """The queue's root."""

    @strawberry.field(
        description="Teaching records of the viewer's school or county, the longest waiting first; never the"
        " viewer's own. NOT_FOUND for who administers neither."
    )
    async def verification_queue(
        self,
        info: Info,
        state: Annotated[
            RecordState, strawberry.argument(description="PENDING, APPROVED or REJECTED.")
        ] = RecordState.PENDING,
        school_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this school, within the scope.")
        ] = None,
        name: Annotated[
            str | None, strawberry.argument(description="Only whose name has this part, 1 to 50 characters.")
        ] = None,
        may_decide: Annotated[
            bool | None,
            strawberry.argument(description="Only what is the viewer's to decide, or only what is not."),
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> VerificationConnection | None:
        """One statement for the page, and one for its counts."""
        context = info.context
        grants = await viewer_grants(context)
        school = number_given(context, school_id, "School", "schoolId")
        if not grants.schools and not grants.counties:
            raise context.refuse(RefusalCode.NOT_FOUND)
        if state not in ACTIVE:
            raise wrong(context, "state", "state")
        viewer = context.signed_in().person_id
        asked = Asked(viewer, grants, state, school, name_part(context, name), may_decide)
        return await _queue(context, asked, first, after)


async def _queue(context: Context, asked: Asked, first: int, after: str | None) -> VerificationConnection:
    wanted = page(first, after, _key, context.locale)
    async with context.database.connection() as connection:
        if asked.school_id is not None and not await reads.in_scope(connection, asked):
            raise context.refuse(RefusalCode.NOT_FOUND, "schoolId")
        rows = await reads.page(connection, asked, first=wanted.size + 1, after=wanted.after)
    here = rows[: wanted.size]
    nodes = teachers(context, asked.grants, here)
    edges = [VerificationEdge(cursor=_cursor(row), node=node) for row, node in zip(here, nodes, strict=True)]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
    return VerificationConnection(asked=asked, edges=edges, page_info=info)


async def _counts(context: Context, asked: Asked) -> Counts:
    async def read() -> Counts:
        async with context.database.connection() as connection:
            return await reads.counts(connection, asked)

    return await context.once(("verification counts", asked), read)


def _cursor(row: StaffRecord) -> str:
    return cursor((row.submitted_at - _EPOCH) // _MICROSECOND, row.id)


def _key(parts: Sequence[str]) -> tuple[datetime, int]:
    try:
        return _EPOCH + row_id(parts[0]) * _MICROSECOND, row_id(parts[1])
    except OverflowError:
        raise ValueError(parts[0]) from None


async def school_teacher_of(context: Context, number: int) -> SchoolTeacher | None:
    """The record of a number, within the viewer's scope; None for any other, as for an absent one."""
    grants = await viewer_grants(context)
    async with context.database.connection() as connection:
        row = (await reads.by_id(connection, [number])).get(number)
    if row is None or row.state not in ACTIVE or context.signed_in().person_id == row.standing.person_id:
        return None
    if grants.over_school(row.standing.school_id, row.standing.county_id) is None:
        return None
    return teachers(context, grants, [row])[0]
