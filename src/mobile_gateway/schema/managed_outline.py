"""An outline as the platform's administrators edit it: courses, sections and listings with places and versions."""

from collections.abc import Sequence

import strawberry

from mobile_gateway.reads import outlines as reads
from mobile_gateway.schema.context import Context
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.schema.resource_desk import ManagedResource, managed


@strawberry.type(description="A resource where an outline lists it.")
class ManagedListing:
    """What `resourceDelist` takes out."""

    id: strawberry.ID = strawberry.field(description="Opaque and global; of the listing.")
    position: int = strawberry.field(description="Its place in the section, from 1.")
    resource: ManagedResource = strawberry.field(description="The resource.")


@strawberry.type(description="A section of a course as the platform's administrators see it.")
class ManagedSection:
    """A titled list of resources."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    version: int = strawberry.field(description="What `sectionUpdate` wants to have been seen.")
    position: int = strawberry.field(description="Its place in the course, from 1.")
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    listings: list[ManagedListing] = strawberry.field(description="The resources listed now, in order.")


@strawberry.type(description="A course as the platform's administrators see it.")
class ManagedCourse:
    """A course with its outline. Its id is the course's."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    version: int = strawberry.field(description="What `courseUpdate` wants to have been seen.")
    slug: str = strawberry.field(description="Its name for programs, unique in the topic and for good.")
    position: int = strawberry.field(description="Its place in the topic, from 1.")
    title: str = strawberry.field(description="Title in Chinese.")
    title_en: str = strawberry.field(description="Title in English.")
    required_credits: int = strawberry.field(description="认定学时: whole credits, which are also its cap.")
    video_seconds: int = strawberry.field(
        description="How much video it has, each once, in whole seconds: what the cap is to be reached with."
    )
    sections: list[ManagedSection] = strawberry.field(description="The outline, in order.")


def courses(rows: Sequence[reads.ManagedCourse]) -> list[ManagedCourse]:
    """Courses as administrators read them; places are counted here, whatever gaps their rows have."""
    return [_course(row, position) for position, row in enumerate(rows, start=1)]


def _course(row: reads.ManagedCourse, position: int) -> ManagedCourse:
    return ManagedCourse(
        id=global_id("Course", row.id),
        version=row.version,
        slug=row.slug,
        position=position,
        title=row.title,
        title_en=row.title_en,
        required_credits=row.required_credits,
        video_seconds=row.planned().video_ms // 1000,
        sections=[_section(one, place) for place, one in enumerate(row.sections, start=1)],
    )


def _section(row: reads.ManagedSection, position: int) -> ManagedSection:
    return ManagedSection(
        id=global_id("Section", row.id),
        version=row.version,
        position=position,
        title=row.title,
        title_en=row.title_en,
        listings=[
            ManagedListing(id=global_id("Listing", one.id), position=place, resource=managed(one.resource))
            for place, one in enumerate(row.listings, start=1)
        ],
    )


async def managed_course(context: Context, number: int | None) -> ManagedCourse | None:
    """The course of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        rows = await reads.around_course(connection, number)
    wanted = global_id("Course", number)
    return next((one for one in courses(rows) if one.id == wanted), None)


async def managed_section(context: Context, number: int | None) -> ManagedSection | None:
    """The section of a number; None when there is none. Who may read it is the caller's to see to."""
    if number is None:
        return None
    async with context.database.connection() as connection:
        rows = await reads.around_section(connection, number)
    wanted = global_id("Section", number)
    return next((part for one in courses(rows) for part in one.sections if part.id == wanted), None)
