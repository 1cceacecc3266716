"""The roster: a school's or a region's verified teachers with their progress (PRODUCT.md §6, §12; decision 0012)."""

from dataclasses import replace
from typing import Annotated

import strawberry

from mobile_gateway.reads import places
from mobile_gateway.reads import roster as reads
from mobile_gateway.reads.places import Place
from mobile_gateway.reads.roster import Asked
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.scopes import Grants
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


@strawberry.type(description="A teacher in a page of a roster.")
class RosterEdge:
    """An edge of a roster."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: SchoolTeacher = strawberry.field(description="The teacher at the school.")


@strawberry.type(description="A page of a roster, in the order in which the teachers came.")
class RosterConnection:
    """Who is verified at a school or in a region now, unless others were asked for."""

    asked: strawberry.Private[Asked]
    edges: list[RosterEdge] = strawberry.field(description="The teachers of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @strawberry.field(description="How many teachers the whole list has, over all pages.")
    async def total_count(self, info: Info) -> int:
        """One statement."""
        async with info.context.database.connection() as connection:
            return await reads.count(connection, self.asked)

    @strawberry.field(
        description="How many who gave the same schools (and have the name part, if one is asked for) wait to be"
        " verified; they are in the verification queue."
    )
    async def pending_count(self, info: Info) -> int:
        """One statement."""
        waiting = replace(self.asked, states=(RecordState.PENDING,))
        async with info.context.database.connection() as connection:
            return await reads.count(connection, waiting)


@strawberry.type
class RosterQuery:
    """The roster's root."""

    @strawberry.field(
        description="Who is verified at a school, or in a region, with their progress; by default in all of the"
        " viewer's own schools and counties. NOT_FOUND for what is out of scope."
    )
    async def roster(
        self,
        info: Info,
        school_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Global id of a school.")
        ] = None,
        region_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Global id of a county; of a larger region for the platform."),
        ] = None,
        state: Annotated[
            RecordState | None,
            strawberry.argument(
                description="Who else instead: PENDING or REJECTED ones, whose progress is not shown; by default"
                " APPROVED."
            ),
        ] = None,
        name: Annotated[
            str | None, strawberry.argument(description="Only whose name has this part, 1 to 50 characters.")
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> RosterConnection | None:
        """Two statements for the page, one for the progress of all on it, one for each count."""
        context = info.context
        grants = await viewer_grants(context)
        school = number_given(context, school_id, "School", "schoolId")
        region = number_given(context, region_id, "Region", "regionId")
        if school is not None and region is not None:
            raise wrong(context, "regionId", "schoolId / regionId")
        if state is not None and state not in reads.ACTIVE:
            raise wrong(context, "state", "state")
        part, shown = name_part(context, name), state or RecordState.APPROVED
        if school is None and region is None:
            return await _roster(context, grants, _own(context, grants, shown, part), first, after)
        place = await _place(context, grants, school, region)
        return await _roster(context, grants, reads.asked(place, shown, part), first, after)


def _own(context: Context, grants: Grants, state: RecordState, part: str | None) -> Asked:
    if not grants.schools and not grants.counties:
        if grants.is_platform:
            raise wrong(context, "schoolId", "schoolId / regionId")
        raise context.refuse(RefusalCode.NOT_FOUND)
    return Asked(tuple(grants.schools), tuple(grants.counties), (state,), part)


async def _place(context: Context, grants: Grants, school: int | None, region: int | None) -> Place:
    async with context.database.connection() as connection:
        found = await places.named(connection, grants, school_id=school, region_id=region)
    if found is None:
        raise context.refuse(RefusalCode.NOT_FOUND, "regionId" if school is None else "schoolId")
    return found[0]


async def _roster(
    context: Context, grants: Grants, asked: Asked, first: int, after: str | None
) -> RosterConnection:
    wanted = page(first, after, lambda parts: row_id(parts[0]), context.locale)
    async with context.database.connection() as connection:
        rows = await reads.page(connection, asked, first=wanted.size + 1, after=wanted.after)
    here = rows[: wanted.size]
    nodes = teachers(context, grants, here)
    edges = [RosterEdge(cursor=cursor(row.id), node=node) for row, node in zip(here, nodes, strict=True)]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
    return RosterConnection(asked=asked, edges=edges, page_info=info)
