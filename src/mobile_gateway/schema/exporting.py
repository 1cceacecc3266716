"""Exporting progress, and voiding a watch: what staff do with a second sign-in (PRODUCT.md §8, §12)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import exporting, voiding
from mobile_gateway.actions.exporting import Wanted
from mobile_gateway.reads import roster
from mobile_gateway.rules import verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import ExportLayout
from mobile_gateway.schema.answers import URL, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.staff import TeacherTraining, training

_ANONYMOUS = Refusal(RefusalCode.UNAUTHENTICATED)


@strawberry.input(
    description="What to export: a school, or a region, or (the platform's administrators, with neither) everything."
)
class ProgressExportInput:
    """Input of `progressExport`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    school_id: strawberry.ID | None = strawberry.field(default=None, description="Global id of a school.")
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="Global id of a county; of a larger region for the platform."
    )
    layout: ExportLayout = strawberry.field(
        default=ExportLayout.TEACHERS,
        description="A row for each verified teacher, or for each school, or the credits of each school.",
    )


@strawberry.type(description="What came of asking for an export.")
class ProgressExportPayload:
    """Payload of `progressExport`."""

    url: URL | None = strawberry.field(
        default=None,
        description="A CSV file to be downloaded once, below this gateway's address; null when refused.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The download has to begin before this moment."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when there is a link.")


@strawberry.input(description="Which watch is void, and why.")
class WatchVoidInput:
    """Input of `watchVoid`."""

    person_id: strawberry.ID = strawberry.field(description="Global id of the teacher, as rosters have it.")
    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    resource_id: strawberry.ID = strawberry.field(description="Global id of the video or document.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit log.")


@strawberry.type(description="What came of voiding a watch.")
class WatchVoidPayload:
    """Payload of `watchVoid`."""

    training: TeacherTraining | None = strawberry.field(
        default=None, description="The teacher's figures after it; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is void.")


@strawberry.type
class ExportingMutation:
    """Acts of staff that need a second sign-in not older than 5 minutes."""

    @strawberry.mutation(
        description="A link to a CSV file with the progress of a school's or a region's verified teachers; good for"
        " 5 minutes and one download. Needs a second sign-in; audited."
    )
    async def progress_export(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            ProgressExportInput, strawberry.argument(description="What to export.")
        ],
    ) -> ProgressExportPayload | None:
        """导出学习情况."""
        context = info.context
        wanted = _wanted(context, input)
        if context.viewer is None or isinstance(wanted, Refusal):
            refused = wanted if context.viewer and isinstance(wanted, Refusal) else _ANONYMOUS
            return ProgressExportPayload(user_errors=user_errors(refused, context.locale))
        link = await exporting.ask(
            context.database,
            context.keyring,
            actor=context.viewer.actor,
            strong_at=context.viewer.strong_at,
            wanted=wanted,
            now=context.real_now,
        )
        if isinstance(link, Refusal):
            return ProgressExportPayload(user_errors=user_errors(link, context.locale))
        url = URL(f"{context.public_url}/exports/progress.csv?token={link.token}")
        return ProgressExportPayload(url=url, expires_at=link.expires_at, user_errors=[])

    @strawberry.mutation(
        description="Void what a teacher completed by fraud: it counts no more and must be watched again."
        " Needs a second sign-in; audited. Twice is once."
    )
    async def watch_void(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            WatchVoidInput, strawberry.argument(description="What is void, and why.")
        ],
    ) -> WatchVoidPayload | None:
        """作废: the platform's administrators only."""
        context = info.context
        reason, topic = verification.reason(input.reason), _topic(context, input.topic_id)
        person = number_of(input.person_id, "Person") or 0
        if context.viewer is None or isinstance(reason, Refusal):
            refused = reason if context.viewer and isinstance(reason, Refusal) else _ANONYMOUS
            return WatchVoidPayload(user_errors=user_errors(refused, context.locale))
        voided = await voiding.void_watch(
            context.database,
            actor=context.viewer.actor,
            strong_at=context.viewer.strong_at,
            person_id=person,
            topic_id=topic or 0,
            resource_id=number_of(input.resource_id, "Resource") or 0,
            reason=reason,
            now=context.now,
            real_now=context.real_now,
        )
        if isinstance(voided, Refusal) or topic is None:
            refused = voided if isinstance(voided, Refusal) else Refusal(RefusalCode.NOT_FOUND)
            return WatchVoidPayload(user_errors=user_errors(refused, context.locale))
        async with context.database.connection() as connection:
            found = await roster.trainings(connection, [person], [topic])
        shown = training(context, topic, found.get((person, topic), roster.NOT_ENROLLED))
        return WatchVoidPayload(training=shown, user_errors=[])


def _topic(context: Context, text: str) -> int | None:
    number = number_of(text, "Topic")
    return number if number in context.catalogue.topics else None


def _wanted(context: Context, given: ProgressExportInput) -> Wanted | Refusal:
    topic = _topic(context, given.topic_id)
    if topic is None:
        return Refusal(RefusalCode.NOT_FOUND, ("topicId",))
    if given.school_id is not None and given.region_id is not None:
        return Refusal(RefusalCode.BAD_USER_INPUT, ("regionId",), {"why": "schoolId / regionId"})
    school = None if given.school_id is None else number_of(given.school_id, "School") or 0
    region = None if given.region_id is None else number_of(given.region_id, "Region") or 0
    return Wanted(topic, school, region, given.layout, context.locale)
