"""Opening documents: they are completed when opened and earn nothing (PRODUCT.md §4)."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import reading
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.nodes import number_of


@strawberry.input(description="Which document was opened.")
class DocumentOpenInput:
    """Input of `documentOpen`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    resource_id: strawberry.ID = strawberry.field(description="Global id of the document.")


@strawberry.type(description="What became of opening a document.")
class DocumentOpenPayload:
    """Payload of `documentOpen`."""

    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is completed.")


@strawberry.type
class ReadingMutation:
    """Reading."""

    @strawberry.mutation(description="Tell that a document was opened: it is completed and earns nothing.")
    async def document_open(
        self,
        info: Info,
        input: Annotated[DocumentOpenInput, strawberry.argument(description="Which document.")],  # noqa: A002 - GraphQL's own word
    ) -> DocumentOpenPayload | None:
        """Twice is once."""
        context = info.context
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            refused = await reading.open_document(
                context.database,
                actor=context.viewer.actor,
                topic_id=number_of(input.topic_id, "Topic") or 0,
                resource_id=number_of(input.resource_id, "Resource") or 0,
                now=context.now,
            )
        return DocumentOpenPayload(user_errors=user_errors(refused, context.locale))
