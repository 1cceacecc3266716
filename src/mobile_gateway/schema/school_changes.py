"""What staff do to the directory: create, merge, correct the stage, set aliases (PRODUCT.md §6, §12)."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import directory as acts
from mobile_gateway.actions import merging
from mobile_gateway.actions.directory import NewSchool, Outcome
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import SchoolStage
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.schools import LAST_REGION, School, school_of, schools_of

_NOBODY = Refusal(RefusalCode.UNAUTHENTICATED)


@strawberry.input(description="A school that a county lacks.")
class SchoolCreateInput:
    """Input of `schoolCreate`."""

    county_id: strawberry.ID = strawberry.field(description="Global id of the county that owns it.")
    name: str = strawberry.field(description="Official name, 1 to 100 characters with a letter or ideograph.")
    stage: SchoolStage = strawberry.field(description="学制.")
    aliases: list[str] = strawberry.field(
        default_factory=list, description="Other names, at most 10, each like the name."
    )
    even_if_similar: bool = strawberry.field(
        default=False,
        description="True once SCHOOL_SIMILAR's candidates were looked at: it is another school.",
    )


@strawberry.type(description="The new school, or the schools that it may be.")
class SchoolCreatePayload:
    """Payload of `schoolCreate`."""

    school: School | None = strawberry.field(description="The school; null when refused.")
    candidates: list[School] = strawberry.field(
        description="Schools of the county with this name (SCHOOL_DUPLICATE) or nearly this one (SCHOOL_SIMILAR)."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when created.")


@strawberry.input(description="Which school goes into which.")
class SchoolMergeInput:
    """Input of `schoolMerge`."""

    school_id: strawberry.ID = strawberry.field(description="Global id of the school that ends.")
    successor_id: strawberry.ID = strawberry.field(description="Global id of the school that stays.")


@strawberry.type(description="The school that stays.")
class SchoolMergePayload:
    """Payload of `schoolMerge`."""

    successor: School | None = strawberry.field(description="The school that stays; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when merged.")


@strawberry.input(description="A school's right stage.")
class SchoolStageCorrectInput:
    """Input of `schoolStageCorrect`."""

    school_id: strawberry.ID = strawberry.field(description="Global id of the school.")
    stage: SchoolStage = strawberry.field(description="学制, as it should be.")


@strawberry.type(description="The school after its stage was corrected.")
class SchoolStageCorrectPayload:
    """Payload of `schoolStageCorrect`."""

    school: School | None = strawberry.field(description="The school; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when corrected.")


@strawberry.input(description="A school's other names.")
class SchoolAliasesSetInput:
    """Input of `schoolAliasesSet`."""

    school_id: strawberry.ID = strawberry.field(description="Global id of the school.")
    aliases: list[str] = strawberry.field(
        description="All its other names, at most 10. All names of schools merged into it stay beside them."
    )


@strawberry.type(description="The school after its aliases were set.")
class SchoolAliasesSetPayload:
    """Payload of `schoolAliasesSet`."""

    school: School | None = strawberry.field(description="The school; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when set.")


def _school(text: str) -> int:
    return number_of(text, "School") or 0


def _county(text: str) -> int:
    number = number_of(text, "Region") or 0
    return number if number <= LAST_REGION else 0


@strawberry.type
class SchoolMutation:
    """Changes of the directory. Who may not is answered NOT_FOUND."""

    @strawberry.mutation(
        description="Add a school, as the county's administrator. Found at once by its names, by pinyin within seconds."
    )
    async def school_create(
        self,
        info: Info,
        input: Annotated[SchoolCreateInput, strawberry.argument(description="The school.")],  # noqa: A002 - GraphQL's own word
    ) -> SchoolCreatePayload | None:
        """新增学校."""
        context = info.context
        outcome = Outcome(refusal=_NOBODY)
        if context.viewer is not None:
            outcome = await acts.create(
                context.database,
                actor=context.viewer.actor,
                new=NewSchool(_county(input.county_id), input.name, input.stage, input.aliases),
                even_if_similar=input.even_if_similar,
            )
        if outcome.school_id:
            await context.jobs.spell_schools()
        return SchoolCreatePayload(
            school=await school_of(context, outcome.school_id),
            candidates=await schools_of(context, outcome.candidates),
            user_errors=user_errors(outcome.refusal, context.locale),
        )

    @strawberry.mutation(
        description="Merge a school into another of the county; its teachers, students and administrators go along."
        " Its name finds the successor. Twice is once."
    )
    async def school_merge(
        self,
        info: Info,
        input: Annotated[SchoolMergeInput, strawberry.argument(description="Which into which.")],  # noqa: A002 - GraphQL's own word
    ) -> SchoolMergePayload | None:
        """What was printed keeps the old name."""
        context = info.context
        refused: Refusal | None = _NOBODY
        successor_id = _school(input.successor_id)
        if context.viewer is not None:
            refused = await merging.merge(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                school_id=_school(input.school_id),
                successor_id=successor_id,
                now=context.now,
            )
        if refused is None:
            await context.jobs.spell_schools()
            await context.jobs.deliver()
        return SchoolMergePayload(
            successor=None if refused else await school_of(context, successor_id),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Correct a school's stage, as its or its county's administrator. Its teachers can enrol at once."
    )
    async def school_stage_correct(
        self,
        info: Info,
        input: Annotated[SchoolStageCorrectInput, strawberry.argument(description="Which stage.")],  # noqa: A002 - GraphQL's own word
    ) -> SchoolStageCorrectPayload | None:
        """选回正确的学制信息 (manual, question 2)."""
        context = info.context
        refused: Refusal | None = _NOBODY
        number = _school(input.school_id)
        if context.viewer is not None:
            refused = await acts.correct_stage(
                context.database, actor=context.viewer.actor, school_id=number, stage=input.stage
            )
        return SchoolStageCorrectPayload(
            school=None if refused else await school_of(context, number),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Set the names that a school is found by beside its own, as the county's administrator."
    )
    async def school_aliases_set(
        self,
        info: Info,
        input: Annotated[SchoolAliasesSetInput, strawberry.argument(description="Which names.")],  # noqa: A002 - GraphQL's own word
    ) -> SchoolAliasesSetPayload | None:
        """Found by them at once, by their pinyin within seconds."""
        context = info.context
        refused: Refusal | None = _NOBODY
        number = _school(input.school_id)
        if context.viewer is not None:
            refused = await acts.set_aliases(
                context.database, actor=context.viewer.actor, school_id=number, aliases=input.aliases
            )
        if refused is None:
            await context.jobs.spell_schools()
        return SchoolAliasesSetPayload(
            school=None if refused else await school_of(context, number),
            user_errors=user_errors(refused, context.locale),
        )
