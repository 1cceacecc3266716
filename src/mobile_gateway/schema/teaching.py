"""当前任教信息: a teacher adds, edits, hands in again, makes primary and leaves."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import teaching as acts
from mobile_gateway.messages import advices
from mobile_gateway.reads import teaching as reads
from mobile_gateway.rules import teaching
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.teaching import Details
from mobile_gateway.schema.answers import user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.profile import (
    SchoolName,
    TeachingRecord,
    changed_viewer,
    school_name,
    teaching_record_of,
)
from mobile_gateway.schema.teaching_payloads import (
    TeachingRecordAddInput,
    TeachingRecordAddPayload,
    TeachingRecordLeaveInput,
    TeachingRecordLeavePayload,
    TeachingRecordMakePrimaryInput,
    TeachingRecordMakePrimaryPayload,
    TeachingRecordResubmitInput,
    TeachingRecordResubmitPayload,
    TeachingRecordUpdateInput,
    TeachingRecordUpdatePayload,
)


@strawberry.type
class TeachingMutation:
    """Acts of a teacher on the own records."""

    @strawberry.mutation(
        description="Add a school where the viewer teaches; its administrator is asked to verify it."
    )
    async def teaching_record_add(
        self,
        info: Info,
        input: Annotated[TeachingRecordAddInput, strawberry.argument(description="Where and what.")],  # noqa: A002 - GraphQL's own word
    ) -> TeachingRecordAddPayload | None:
        """添加任教信息."""
        found = await _add(info.context, input)
        refused = found if isinstance(found, Refusal) else None
        return TeachingRecordAddPayload(
            record=None if isinstance(found, Refusal) else await teaching_record_of(info.context, found),
            viewer=None if refused else await changed_viewer(info),
            successor=await _successor(info.context, refused),
            user_errors=user_errors(refused, info.context.locale),
        )

    @strawberry.mutation(
        description="Edit a record: stage, subject and grade at any time, the school while it is not APPROVED."
        " A stale version is a CONFLICT."
    )
    async def teaching_record_update(
        self,
        info: Info,
        input: Annotated[TeachingRecordUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> TeachingRecordUpdatePayload | None:
        """修改任教信息."""
        refused = await _update(info.context, input)
        return TeachingRecordUpdatePayload(
            record=await _record(info.context, input.record_id, refused),
            viewer=None if refused else await changed_viewer(info),
            successor=await _successor(info.context, refused),
            user_errors=user_errors(refused, info.context.locale),
        )

    @strawberry.mutation(description="Hand a rejected record in again. Twice is once.")
    async def teaching_record_resubmit(
        self,
        info: Info,
        input: Annotated[TeachingRecordResubmitInput, strawberry.argument(description="Which record.")],  # noqa: A002 - GraphQL's own word
    ) -> TeachingRecordResubmitPayload | None:
        """重新提交审核."""
        context = info.context
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            refused = await acts.resubmit(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                record_id=_number(input.record_id),
                now=context.now,
            )
            await context.jobs.deliver()
        return TeachingRecordResubmitPayload(
            record=await _record(context, input.record_id, refused),
            viewer=None if refused else await changed_viewer(info),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Make a record the one that is used for enrolment and printed on certificates. Twice is once."
    )
    async def teaching_record_make_primary(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            TeachingRecordMakePrimaryInput, strawberry.argument(description="Which record.")
        ],
    ) -> TeachingRecordMakePrimaryPayload | None:
        """设为主要任教信息."""
        context = info.context
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            refused = await acts.make_primary(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                record_id=_number(input.record_id),
                now=context.now,
            )
            await context.jobs.deliver()
        return TeachingRecordMakePrimaryPayload(
            record=await _record(context, input.record_id, refused),
            viewer=None if refused else await changed_viewer(info),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Leave a school, verified or not: the verification is gone, what was learned stays, and the"
        " school's administrator is told. Twice is once."
    )
    async def teaching_record_leave(
        self,
        info: Info,
        input: Annotated[TeachingRecordLeaveInput, strawberry.argument(description="Which school.")],  # noqa: A002 - GraphQL's own word
    ) -> TeachingRecordLeavePayload | None:
        """从学校移除."""
        context = info.context
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None and not input.confirmed:
            refused = Refusal(RefusalCode.LEAVE_NOT_CONFIRMED, ("confirmed",))
        elif context.viewer is not None:
            refused = await acts.leave(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                record_id=_number(input.record_id),
                now=context.now,
            )
            await context.jobs.deliver()
        return TeachingRecordLeavePayload(
            record=await _record(context, input.record_id, refused),
            viewer=None if refused else await changed_viewer(info),
            warning=None if refused else advices.after_leaving(context.locale),
            user_errors=user_errors(refused, context.locale),
        )


async def _add(context: Context, given: TeachingRecordAddInput) -> int | Refusal:
    details = teaching.details(
        Details(teaching_stage=given.teaching_stage, subject=given.subject, grade=given.grade)
    )
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if isinstance(details, Refusal):
        return details
    found = await acts.add(
        context.database,
        context.keyring,
        actor=context.viewer.actor,
        school_id=number_of(given.school_id, "School") or 0,
        details=details,
        is_primary=given.is_primary,
        now=context.now,
    )
    await context.jobs.deliver()
    return found


async def _update(context: Context, given: TeachingRecordUpdateInput) -> Refusal | None:
    some: Details = {}
    if given.teaching_stage is not strawberry.UNSET:
        some["teaching_stage"] = given.teaching_stage
    if given.subject is not strawberry.UNSET:
        some["subject"] = given.subject
    if given.grade is not strawberry.UNSET:
        some["grade"] = given.grade
    details = teaching.details(some)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if isinstance(details, Refusal):
        return details
    refused = await acts.update(
        context.database,
        context.keyring,
        actor=context.viewer.actor,
        record_id=_number(given.record_id),
        version=given.version,
        details=details,
        school_id=None if given.school_id is None else number_of(given.school_id, "School") or 0,
        now=context.now,
    )
    await context.jobs.deliver()
    return refused


async def _record(
    context: Context, record_id: strawberry.ID, refused: Refusal | None
) -> TeachingRecord | None:
    return None if refused else await teaching_record_of(context, _number(record_id))


async def _successor(context: Context, refused: Refusal | None) -> SchoolName | None:
    if refused is None or refused.code is not RefusalCode.SCHOOL_MERGED:
        return None
    async with context.database.connection() as connection:
        found = await reads.school(connection, int(refused.data["successor"]))
    return school_name(found) if found else None


def _number(record_id: strawberry.ID) -> int:
    return number_of(record_id, "TeachingRecord") or 0
