"""What of the inbox is pushed, kind by kind. The inbox gets it in any case (PRODUCT.md §10)."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import inbox as acts
from mobile_gateway.reads import inbox as reads
from mobile_gateway.reads.people import Me
from mobile_gateway.rules import notices
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import MessageClass, NotificationKind
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.staff import grants_of


@strawberry.type(description="Whether a kind of notification is pushed to the viewer's devices.")
class NotificationPreference:
    """One kind."""

    kind: NotificationKind = strawberry.field(description="What is told.")
    message_class: MessageClass = strawberry.field(
        description="SERVICE, or MARKETING: that waits from 22:00 to 07:00 in Beijing."
    )
    push: bool = strawberry.field(
        description="Whether it is pushed: true until the viewer says no. The inbox gets it either way."
    )


async def preferences(context: Context, me: Me) -> list[NotificationPreference]:
    """Every kind that can be told to this person. One statement."""
    async with context.database.connection() as connection:
        wishes = await reads.wishes(connection, me.id)
    return [
        NotificationPreference(
            kind=kind, message_class=notices.message_class(kind), push=notices.pushed(wishes, kind)
        )
        for kind in notices.kinds_of(grants_of(me))
    ]


@strawberry.input(description="Whether a kind of notification should be pushed.")
class NotificationPreferenceSetInput:
    """Input of `notificationPreferenceSet`."""

    kind: NotificationKind = strawberry.field(description="What is told.")
    push: bool = strawberry.field(description="Whether it is pushed from now on.")


@strawberry.type(description="The preference after it was set.")
class NotificationPreferenceSetPayload:
    """Payload of `notificationPreferenceSet`."""

    preference: NotificationPreference | None = strawberry.field(
        description="The preference; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when set.")


@strawberry.type
class PreferenceMutation:
    """What is pushed."""

    @strawberry.mutation(
        description="Say whether a kind of notification is pushed to the viewer's devices from now on. Twice is once."
    )
    async def notification_preference_set(
        self,
        info: Info,
        input: Annotated[NotificationPreferenceSetInput, strawberry.argument(description="The wish.")],  # noqa: A002 - GraphQL's own word
    ) -> NotificationPreferenceSetPayload | None:
        """推送设置."""
        context = info.context
        refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            refused = await acts.prefer(
                context.database, actor=context.viewer.actor, kind=input.kind, push=input.push
            )
        wish = NotificationPreference(
            kind=input.kind, message_class=notices.message_class(input.kind), push=input.push
        )
        return NotificationPreferenceSetPayload(
            preference=None if refused else wish, user_errors=user_errors(refused, context.locale)
        )
