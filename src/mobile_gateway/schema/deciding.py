"""Deciding about teachers, and removing one from the school (PRODUCT.md §6)."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from graphql import GraphQLError

from mobile_gateway.actions import removing, verifying
from mobile_gateway.logs import logger
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.reads import verification as reads
from mobile_gateway.rules import verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import VerificationOutcome
from mobile_gateway.rules.verification import Decision
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.staff import SchoolTeacher, teachers, viewer_grants

_ANONYMOUS = Refusal(RefusalCode.UNAUTHENTICATED)


@strawberry.input(description="What the viewer decides about one record.")
class VerificationDecisionInput:
    """One item of `verificationDecide`."""

    record_id: strawberry.ID = strawberry.field(description="Global id of the teaching record.")
    version: int = strawberry.field(description="The version of the record that the viewer saw.")
    outcome: VerificationOutcome = strawberry.field(description="APPROVED or REJECTED.")
    reason: str | None = strawberry.field(
        default=None, description="Why it is rejected, 1 to 200 characters; the teacher reads it."
    )


@strawberry.input(description="1 to 50 decisions; each stands or falls by itself.")
class VerificationDecideInput:
    """Input of `verificationDecide`."""

    decisions: list[VerificationDecisionInput] = strawberry.field(description="1 to 50 of them, in order.")


@strawberry.type(description="What came of one decision.")
class VerificationResult:
    """One for each decision, in order."""

    decided: bool = strawberry.field(
        description="Whether the record stands as it was decided; else see `userErrors`."
    )
    record: SchoolTeacher | None = strawberry.field(description="The record as it is now; null when refused.")


@strawberry.type(description="What came of deciding.")
class VerificationDecidePayload:
    """Payload of `verificationDecide`."""

    results: list[VerificationResult] | None = strawberry.field(
        default=None, description="One for each decision, in order; null when none was looked at."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why not, each with the path of its decision, as `decisions`, `3`, `reason`."
    )


@strawberry.input(description="Which teacher to remove from the own school, and why.")
class TeacherRemoveInput:
    """Input of `teacherRemove`."""

    record_id: strawberry.ID = strawberry.field(description="Global id of the teaching record.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept with the record.")


@strawberry.type(description="What came of removing a teacher.")
class TeacherRemovePayload:
    """Payload of `teacherRemove`."""

    record: SchoolTeacher | None = strawberry.field(
        default=None, description="The record as it is now; null when refused, or removed before."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when removed.")


@strawberry.type
class VerificationMutation:
    """The acts of a school's and a county's administrators about teachers."""

    @strawberry.mutation(
        description="Approve or reject teaching records. Each decision is committed by itself: one that is refused"
        " changes nothing about the others. The same call again changes nothing."
    )
    async def verification_decide(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            VerificationDecideInput, strawberry.argument(description="The decisions.")
        ],
    ) -> VerificationDecidePayload | None:
        """审核."""
        context = info.context
        if context.viewer is None:
            return VerificationDecidePayload(user_errors=user_errors(_ANONYMOUS, context.locale))
        if not 1 <= len(input.decisions) <= verification.MOST_DECISIONS:
            why = {"why": f"decisions: 1–{verification.MOST_DECISIONS}"}
            refused = Refusal(RefusalCode.BAD_USER_INPUT, ("decisions",), why)
            return VerificationDecidePayload(user_errors=user_errors(refused, context.locale))
        outcomes = [await _held(context, one) for one in input.decisions]
        if any(outcome is True for outcome in outcomes):
            await context.jobs.deliver()
            await context.jobs.reissue_certificates()
        return await _decided(context, input.decisions, outcomes)

    @strawberry.mutation(
        description="Take an approved teacher off the roster of the viewer's own school. Learning is untouched. Twice"
        " is once."
    )
    async def teacher_remove(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            TeacherRemoveInput, strawberry.argument(description="Whom, and why.")
        ],
    ) -> TeacherRemovePayload | None:
        """移除教师: the same effect as leaving."""
        context = info.context
        number, reason = number_of(input.record_id, "TeachingRecord") or 0, verification.reason(input.reason)
        if context.viewer is None or isinstance(reason, Refusal):
            refused = reason if context.viewer and isinstance(reason, Refusal) else _ANONYMOUS
            return TeacherRemovePayload(user_errors=user_errors(refused, context.locale))
        removed = await removing.remove(
            context.database,
            context.keyring,
            actor=context.viewer.actor,
            record_id=number,
            reason=reason,
            now=context.now,
        )
        if isinstance(removed, Refusal):
            return TeacherRemovePayload(user_errors=user_errors(removed, context.locale))
        gone = None
        if removed:
            await context.jobs.deliver()
            gone = (await _records(context, [number]))[number]
        return TeacherRemovePayload(record=gone, user_errors=[])


async def _held(context: Context, one: VerificationDecisionInput) -> bool | Refusal:
    """An outcome for each, never an exception out of the loop: what fails says that it can be tried again."""
    try:
        return await _decide(context, one)
    except (DatabaseAway, GraphQLError):
        raise
    except Exception:  # noqa: BLE001 - one bad item is one bad item
        logger.exception("decision_failed", record=one.record_id)
        return Refusal(RefusalCode.SERVICE_UNAVAILABLE, ("recordId",))


async def _decide(context: Context, one: VerificationDecisionInput) -> bool | Refusal:
    reason = None
    if one.outcome is VerificationOutcome.REJECTED:
        cleaned = verification.reason(one.reason)
        if isinstance(cleaned, Refusal):
            return cleaned
        reason = cleaned
    return await verifying.decide(
        context.database,
        context.keyring,
        actor=context.signed_in().actor,
        record_id=number_of(one.record_id, "TeachingRecord") or 0,
        decision=Decision(one.version, one.outcome, reason),
        now=context.now,
    )


async def _decided(
    context: Context, asked: Sequence[VerificationDecisionInput], outcomes: Sequence[bool | Refusal]
) -> VerificationDecidePayload:
    numbers = [number_of(one.record_id, "TeachingRecord") or 0 for one in asked]
    done = [n for n, outcome in zip(numbers, outcomes, strict=True) if not isinstance(outcome, Refusal)]
    found = await _records(context, done) if done else {}
    results, errors = [], []
    for place, (number, outcome) in enumerate(zip(numbers, outcomes, strict=True)):
        refused = outcome if isinstance(outcome, Refusal) else None
        record = None if refused else found.get(number)
        results.append(VerificationResult(decided=refused is None, record=record))
        if refused is not None:
            path = ("decisions", str(place), *refused.path)
            errors += user_errors(Refusal(refused.code, path, refused.data), context.locale)
    return VerificationDecidePayload(results=results, user_errors=errors)


async def _records(context: Context, numbers: list[int]) -> dict[int, SchoolTeacher]:
    grants = await viewer_grants(context)
    async with context.database.connection() as connection:
        rows = await reads.by_id(connection, numbers)
    return dict(zip(rows, teachers(context, grants, list(rows.values())), strict=True))
