"""The school directory: regions, schools, and looking for one. The same for everybody, signed in or not."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from mobile_gateway.messages import advices
from mobile_gateway.reads import directory, school_search
from mobile_gateway.reads.school_search import Found, Key
from mobile_gateway.rules import school_names, texts
from mobile_gateway.rules import school_search as rules
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.school_search import Search
from mobile_gateway.rules.texts import Unclean
from mobile_gateway.rules.words import RegionLevel, SchoolStage
from mobile_gateway.schema.answers import Refused
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

LAST_REGION = 999_999
"""GB/T 2260 codes have six digits."""

KINDS = 3
LONGEST = 1000


@strawberry.type(description="A province, city or county, by the standard GB/T 2260.")
class Region(Node):
    """A place that schools stand in."""

    name: str = strawberry.field(description="Name.")
    level: RegionLevel = strawberry.field(
        description="A province has cities, a city counties, a county schools."
    )


@strawberry.type(description="A school of the directory.")
class School(Node):
    """A school; merged ones are found by their id alone."""

    name: str = strawberry.field(description="Name.")
    aliases: list[str] = strawberry.field(
        description="Other names it is found by, those of schools merged into it among them; at most 40, of more"
        " those that hold what was sought."
    )
    stage: SchoolStage = strawberry.field(description="学制.")
    county: Region = strawberry.field(description="The county that owns it.")
    city: Region = strawberry.field(description="The city of the county.")
    province: Region = strawberry.field(description="The province of the county.")
    is_active: bool = strawberry.field(description="False once it was merged into another.")
    successor_number: strawberry.Private[int | None]

    @strawberry.field(description="The school that it was merged into; null while active.")
    async def successor(self, info: Info) -> "School | None":
        """One statement, for a merged school; its successor is active."""
        return await school_of(info.context, self.successor_number) if self.successor_number else None


@strawberry.type(description="A school that was found.")
class SchoolEdge:
    """An edge of a search."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: School = strawberry.field(description="The school.")


@strawberry.type(description="A page of the schools that were found, best first. Active schools only.")
class SchoolConnection:
    """What a search found."""

    edges: list[SchoolEdge] = strawberry.field(description="The schools of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    directory_version: int = strawberry.field(
        description="The directory that was searched, or an older one: see `directoryVersion`."
    )
    guidance: str | None = strawberry.field(
        description="What to do about a missing school, in the viewer's language; null where some were found."
    )


def region(row: directory.Region) -> Region:
    """A region as a client reads it."""
    return Region(id=global_id("Region", row.id), name=row.name, level=row.level)


def school(row: directory.School, sought: Search | None = None) -> School:
    """A school as a client reads it; the name that it was found by is among the names shown."""
    return School(
        id=global_id("School", row.id),
        name=row.name,
        aliases=rules.shown(row.aliases, sought, school_names.SHOWN_LIMIT),
        stage=row.stage,
        county=region(row.county),
        city=region(row.city),
        province=region(row.province),
        is_active=row.successor_id is None,
        successor_number=row.successor_id,
    )


async def schools_of(context: Context, numbers: Sequence[int]) -> list[School]:
    """Schools by their numbers, in this order; one that is not there is left out. One statement, or none."""
    if not numbers:
        return []
    async with context.database.connection() as connection:
        found = await directory.schools(connection, numbers)
    return [school(found[number]) for number in numbers if number in found]


async def school_of(context: Context, number: int | None) -> School | None:
    """A school by its number, a merged one too; None when there is none."""
    return next(iter(await schools_of(context, [number])), None) if number else None


async def region_of(context: Context, number: int | None) -> Region | None:
    """A region by its code; None when there is none."""
    if not number or number > LAST_REGION:
        return None
    async with context.database.connection() as connection:
        row = await directory.region(connection, number)
    return region(row) if row else None


def _region_number(context: Context, text: str | None, path: str) -> int | None:
    number = number_of(text, "Region") if text is not None else None
    if text is not None and (number is None or number > LAST_REGION):
        raise Refused(Refusal(RefusalCode.BAD_USER_INPUT, (path,), {"why": path}), context.locale)
    return number


def _key(parts: Sequence[str]) -> Key:
    kind, length, number = map(row_id, parts)
    if kind > KINDS or length > LONGEST:
        raise ValueError(parts)
    return kind, length, number


async def _search(
    context: Context,
    text: str,
    region_id: str | None,
    stage: SchoolStage | None,
    first: int,
    after: str | None,
) -> SchoolConnection:
    """Two statements, three within a region; raises BAD_USER_INPUT for what cannot be sought."""
    await context.count_lookup()
    asked = page(first, after, _key, context.locale)
    sought = texts.clean(text, longest=rules.SEARCH_LIMIT, shortest=0)
    if isinstance(sought, Unclean):
        why = {"why": f"search: 0–{rules.SEARCH_LIMIT}"}
        raise Refused(Refusal(RefusalCode.BAD_USER_INPUT, ("search",), why), context.locale)
    number = _region_number(context, region_id, "regionId")
    search = rules.search(sought)
    found: list[Found] = []
    async with context.database.connection() as connection:
        version = await directory.revision(connection)
        place = await directory.region(connection, number) if number is not None else None
        # A search without a letter finds nothing; none at all lists a region's schools.
        if (search is not None or (not sought and place is not None)) and (
            number is None or place is not None
        ):
            found = await school_search.find(
                connection, search, region=place, stage=stage, first=asked.size + 1, after=asked.after
            )
    here = found[: asked.size]
    edges = [SchoolEdge(cursor=cursor(*one.key), node=school(one.school, search)) for one in here]
    return SchoolConnection(
        edges=edges,
        page_info=page_info([edge.cursor for edge in edges], more=len(found) > len(here), after=after),
        directory_version=version,
        guidance=None if edges or after else advices.school_not_found(context.locale),
    )


@strawberry.type
class SchoolQuery:
    """The directory's roots."""

    @strawberry.field(
        description="Schools by a part of their name or alias, by pinyin, or by initials; several words must all fit."
    )
    async def schools(
        self,
        info: Info,
        search: Annotated[
            str,
            strawberry.argument(description="At most 100 characters; empty lists the schools of a region."),
        ],
        region_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this province, city or county.")
        ] = None,
        stage: Annotated[
            SchoolStage | None, strawberry.argument(description="Only schools of this stage.")
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> SchoolConnection | None:
        """Exact names first, then those that begin so, then those that hold it; shorter ones first."""
        return await _search(info.context, search, region_id, stage, first, after)

    @strawberry.field(
        description="What lies directly under a region; the provinces without one. At most 34; [] under a county."
    )
    async def regions(
        self,
        info: Info,
        parent_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A province or city; none for the provinces."),
        ] = None,
    ) -> list[Region] | None:
        """One statement."""
        number = _region_number(info.context, parent_id, "parentId")
        async with info.context.database.connection() as connection:
            return [region(row) for row in await directory.regions(connection, number)]

    @strawberry.field(description="A school by its global id, merged ones too; null when there is none.")
    async def school(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> School | None:
        """One statement."""
        return await school_of(info.context, number_of(id, "School"))

    @strawberry.field(
        description="Grows with every change of the directory. What a client keeps of schools is good while it stands."
    )
    async def directory_version(self, info: Info) -> int | None:
        """One statement."""
        async with info.context.database.connection() as connection:
            return await directory.revision(connection)
