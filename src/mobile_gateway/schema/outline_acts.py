"""What the platform's administrators do with courses and sections (PRODUCT.md §1, §12)."""

from typing import Annotated, Any

import strawberry

from mobile_gateway.actions import outlines as acts
from mobile_gateway.actions import pruning
from mobile_gateway.schema.answers import UserError
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.managed_outline import (
    ManagedCourse,
    ManagedSection,
    managed_course,
    managed_section,
)
from mobile_gateway.schema.platform import NOBODY, done, errors, named
from mobile_gateway.schema.topic_desk import ManagedTopic, managed_topic


@strawberry.input(description="A new course of a topic.")
class CourseAddInput:
    """Input of `courseAdd`."""

    topic_id: strawberry.ID = strawberry.field(
        description="Global id of the topic; nobody is enrolled in it yet."
    )
    slug: str = strawberry.field(
        description="Its name for programs: a–z, 0–9 and single hyphens, 1 to 60 characters, unique in the topic."
    )
    title: str = strawberry.field(description="Title in Chinese, 1 to 100 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 100 characters.")
    required_credits: int = strawberry.field(
        description="认定学时: whole credits, 1 to 200, which are also its cap."
    )
    position: int | None = strawberry.field(
        default=None, description="Its place, from 1; by default the last one."
    )


@strawberry.type(description="The new course.")
class CourseAddPayload:
    """Payload of `courseAdd`."""

    course: ManagedCourse | None = strawberry.field(description="The course; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was added.")


@strawberry.input(description="What to change of a course; what is null or left out stays as it is.")
class CourseUpdateInput:
    """Input of `courseUpdate`."""

    course_id: strawberry.ID = strawberry.field(description="Global id of the course.")
    version: int = strawberry.field(description="The version that was edited.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese, 1 to 100 characters.")
    title_en: str | None = strawberry.field(
        default=None, description="Title in English, 1 to 100 characters."
    )
    required_credits: int | None = strawberry.field(
        default=None, description="Whole credits, 1 to 200; frozen once anyone is enrolled."
    )
    position: int | None = strawberry.field(
        default=None, description="Its place, from 1; beyond the end is the end."
    )


@strawberry.type(description="The course after it was edited.")
class CourseUpdatePayload:
    """Payload of `courseUpdate`."""

    course: ManagedCourse | None = strawberry.field(description="The course; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="A new section of a course.")
class SectionAddInput:
    """Input of `sectionAdd`."""

    course_id: strawberry.ID = strawberry.field(description="Global id of the course.")
    title: str = strawberry.field(description="Title in Chinese, 1 to 100 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 160 characters.")
    position: int | None = strawberry.field(
        default=None, description="Its place, from 1; by default the last one."
    )


@strawberry.type(description="The new section.")
class SectionAddPayload:
    """Payload of `sectionAdd`."""

    section: ManagedSection | None = strawberry.field(description="The section; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was added.")


@strawberry.input(description="What to change of a section; what is null or left out stays as it is.")
class SectionUpdateInput:
    """Input of `sectionUpdate`."""

    section_id: strawberry.ID = strawberry.field(description="Global id of the section.")
    version: int = strawberry.field(description="The version that was edited.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese, 1 to 100 characters.")
    title_en: str | None = strawberry.field(
        default=None, description="Title in English, 1 to 160 characters."
    )
    position: int | None = strawberry.field(
        default=None, description="Its place, from 1; beyond the end is the end."
    )


@strawberry.type(description="The section after it was edited.")
class SectionUpdatePayload:
    """Payload of `sectionUpdate`."""

    section: ManagedSection | None = strawberry.field(description="The section; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Which course to take out.")
class CourseRemoveInput:
    """Input of `courseRemove`."""

    course_id: strawberry.ID = strawberry.field(description="Global id of a course without sections.")


@strawberry.type(description="The topic without the course.")
class CourseRemovePayload:
    """Payload of `courseRemove`."""

    topic: ManagedTopic | None = strawberry.field(description="The topic; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is out.")


@strawberry.input(description="Which section to take out.")
class SectionRemoveInput:
    """Input of `sectionRemove`."""

    section_id: strawberry.ID = strawberry.field(description="Global id of a section that lists nothing.")


@strawberry.type(description="The course without the section.")
class SectionRemovePayload:
    """Payload of `sectionRemove`."""

    course: ManagedCourse | None = strawberry.field(description="The course; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is out.")


def _given(
    input: CourseAddInput | CourseUpdateInput | SectionAddInput | SectionUpdateInput,  # noqa: A002 - GraphQL's own word
) -> dict[str, Any]:
    return {"title": input.title, "title_en": input.title_en, "position": input.position}


@strawberry.type
class OutlineMutation:
    """Acts of the platform's administrators; who is none is answered NOT_FOUND."""

    @strawberry.mutation(
        description="Add a course to a topic that is no longer, or not yet, published and in which nobody is enrolled."
    )
    async def course_add(
        self,
        info: Info,
        input: Annotated[CourseAddInput, strawberry.argument(description="The course.")],  # noqa: A002 - GraphQL's own word
    ) -> CourseAddPayload | None:
        """What a certificate promises is the sum over the courses."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.add_course(
                context.database,
                actor=context.viewer.actor,
                topic_id=named(input.topic_id, "Topic"),
                given={**_given(input), "slug": input.slug, "required_credits": input.required_credits},
                now=context.now,
            )
        return CourseAddPayload(
            course=await managed_course(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Edit a course or move it. A stale version is a CONFLICT; what changes nothing keeps it."
    )
    async def course_update(
        self,
        info: Info,
        input: Annotated[CourseUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> CourseUpdatePayload | None:
        """Titles and places may change at any time."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.update_course(
                context.database,
                actor=context.viewer.actor,
                course_id=named(input.course_id, "Course"),
                version=input.version,
                given={**_given(input), "required_credits": input.required_credits},
                now=context.now,
            )
        return CourseUpdatePayload(
            course=await managed_course(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Add a section to a course's outline.")
    async def section_add(
        self,
        info: Info,
        input: Annotated[SectionAddInput, strawberry.argument(description="The section.")],  # noqa: A002 - GraphQL's own word
    ) -> SectionAddPayload | None:
        """For course 7 a sub-course."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.add_section(
                context.database,
                actor=context.viewer.actor,
                course_id=named(input.course_id, "Course"),
                given=_given(input),
            )
        return SectionAddPayload(
            section=await managed_section(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Edit a section or move it. A stale version is a CONFLICT; what changes nothing keeps it."
    )
    async def section_update(
        self,
        info: Info,
        input: Annotated[SectionUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> SectionUpdatePayload | None:
        """It stays in its course."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.update_section(
                context.database,
                actor=context.viewer.actor,
                section_id=named(input.section_id, "Section"),
                version=input.version,
                given=_given(input),
            )
        return SectionUpdatePayload(
            section=await managed_section(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Take a course without sections out of a topic in which nobody is enrolled."
    )
    async def course_remove(
        self,
        info: Info,
        input: Annotated[CourseRemoveInput, strawberry.argument(description="Which course.")],  # noqa: A002 - GraphQL's own word
    ) -> CourseRemovePayload | None:
        """For slips of the pen."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await pruning.remove_course(
                context.database, actor=context.viewer.actor, course_id=named(input.course_id, "Course")
            )
        return CourseRemovePayload(
            topic=await managed_topic(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Take a section that lists nothing out of its course.")
    async def section_remove(
        self,
        info: Info,
        input: Annotated[SectionRemoveInput, strawberry.argument(description="Which section.")],  # noqa: A002 - GraphQL's own word
    ) -> SectionRemovePayload | None:
        """For slips of the pen."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await pruning.remove_section(
                context.database, actor=context.viewer.actor, section_id=named(input.section_id, "Section")
            )
        return SectionRemovePayload(
            course=await managed_course(context, done(written)), user_errors=errors(written, context.locale)
        )
