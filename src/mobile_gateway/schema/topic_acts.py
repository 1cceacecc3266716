"""What the platform's administrators do with topics (PRODUCT.md §1, §8, §12)."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from mobile_gateway.actions import topics as acts
from mobile_gateway.schema.answers import UserError
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.platform import NOBODY, done, errors, named
from mobile_gateway.schema.topic_desk import ManagedTopic, managed_topic


@strawberry.input(description="A new topic, seen by nobody until it is published.")
class TopicCreateInput:
    """Input of `topicCreate`."""

    slug: str = strawberry.field(
        description="Its name for programs: a–z, 0–9 and single hyphens, 1 to 60 characters, unique and for good."
    )
    title: str = strawberry.field(description="Title in Chinese, 1 to 100 characters.")
    title_en: str = strawberry.field(description="Title in English, 1 to 100 characters.")
    learning_start: datetime = strawberry.field(description="Learning counts from this moment.")
    learning_end: datetime = strawberry.field(
        description="Learning counts until this moment, which is not included."
    )
    certificates_open_at: datetime = strawberry.field(
        description="Certificates can be claimed from this moment; not before learning starts."
    )
    seconds_per_credit: int = strawberry.field(
        description="Seconds of video that make one credit, 1 to 7200."
    )


@strawberry.type(description="The new topic.")
class TopicCreatePayload:
    """Payload of `topicCreate`."""

    topic: ManagedTopic | None = strawberry.field(description="The topic, a draft; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was made.")


@strawberry.input(description="What to change of a topic; what is null or left out stays as it is.")
class TopicUpdateInput:
    """Input of `topicUpdate`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    version: int = strawberry.field(description="The version that was edited.")
    title: str | None = strawberry.field(default=None, description="Title in Chinese, 1 to 100 characters.")
    title_en: str | None = strawberry.field(
        default=None, description="Title in English, 1 to 100 characters."
    )
    learning_start: datetime | None = strawberry.field(
        default=None, description="Learning counts from this moment."
    )
    learning_end: datetime | None = strawberry.field(
        default=None, description="Learning counts until this moment, which is not included."
    )
    certificates_open_at: datetime | None = strawberry.field(
        default=None, description="Certificates can be claimed from this moment; frozen once one was issued."
    )
    seconds_per_credit: int | None = strawberry.field(
        default=None,
        description="Seconds of video that make one credit, 1 to 7200; frozen once anyone is enrolled.",
    )


@strawberry.type(description="The topic after it was edited.")
class TopicUpdatePayload:
    """Payload of `topicUpdate`."""

    topic: ManagedTopic | None = strawberry.field(description="The topic; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Which topic to publish.")
class TopicPublishInput:
    """Input of `topicPublish`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")


@strawberry.type(description="The published topic.")
class TopicPublishPayload:
    """Payload of `topicPublish`."""

    topic: ManagedTopic | None = strawberry.field(description="The topic; null when refused.")
    user_errors: list[UserError] = strawberry.field(
        description="Why not, one for each thing that is missing; empty when it is published."
    )


@strawberry.input(description="Which topic to hide again.")
class TopicUnpublishInput:
    """Input of `topicUnpublish`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")


@strawberry.type(description="The topic after it was hidden.")
class TopicUnpublishPayload:
    """Payload of `topicUnpublish`."""

    topic: ManagedTopic | None = strawberry.field(description="The topic; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is hidden.")


def _given(input: TopicCreateInput | TopicUpdateInput) -> dict[str, Any]:  # noqa: A002 - GraphQL's own word
    return {
        "title": input.title,
        "title_en": input.title_en,
        "learning_start": input.learning_start,
        "learning_end": input.learning_end,
        "certificates_open_at": input.certificates_open_at,
        "seconds_per_credit": input.seconds_per_credit,
    }


@strawberry.type
class TopicDeskMutation:
    """Acts of the platform's administrators; who is none is answered NOT_FOUND."""

    @strawberry.mutation(description="Make a topic that nobody sees until it is published.")
    async def topic_create(
        self,
        info: Info,
        input: Annotated[TopicCreateInput, strawberry.argument(description="The topic.")],  # noqa: A002 - GraphQL's own word
    ) -> TopicCreatePayload | None:
        """One transaction."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.create(
                context.database, actor=context.viewer.actor, given={**_given(input), "slug": input.slug}
            )
        return TopicCreatePayload(
            topic=await managed_topic(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Edit a topic. A stale version is a CONFLICT; what changes nothing keeps it."
    )
    async def topic_update(
        self,
        info: Info,
        input: Annotated[TopicUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> TopicUpdatePayload | None:
        """What was earned stays earned."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.update(
                context.database,
                actor=context.viewer.actor,
                topic_id=named(input.topic_id, "Topic"),
                version=input.version,
                given=_given(input),
                now=context.now,
            )
        return TopicUpdatePayload(
            topic=await managed_topic(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(description="Show a topic to everybody, everywhere within 5 seconds. Twice is once.")
    async def topic_publish(
        self,
        info: Info,
        input: Annotated[TopicPublishInput, strawberry.argument(description="Which topic.")],  # noqa: A002 - GraphQL's own word
    ) -> TopicPublishPayload | None:
        """Every course's videos reach its cap."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.publish(
                context.database, actor=context.viewer.actor, topic_id=named(input.topic_id, "Topic")
            )
        return TopicPublishPayload(
            topic=await managed_topic(context, done(written)), user_errors=errors(written, context.locale)
        )

    @strawberry.mutation(
        description="Hide a topic in which nobody is enrolled, with the banners that lead to it. Twice is once."
    )
    async def topic_unpublish(
        self,
        info: Info,
        input: Annotated[TopicUnpublishInput, strawberry.argument(description="Which topic.")],  # noqa: A002 - GraphQL's own word
    ) -> TopicUnpublishPayload | None:
        """Once anyone is enrolled it is closed by the end of its learning window."""
        context, written = info.context, NOBODY
        if context.viewer is not None:
            written = await acts.unpublish(
                context.database, actor=context.viewer.actor, topic_id=named(input.topic_id, "Topic")
            )
        return TopicUnpublishPayload(
            topic=await managed_topic(context, done(written)), user_errors=errors(written, context.locale)
        )
