"""个人信息: editing one's own profile, and seeing one's own full document number."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import profile as acts
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules import profile, sign_in, texts
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.profile import Given
from mobile_gateway.rules.quotas import DOCUMENT_CHANGES
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Gender
from mobile_gateway.schema.answers import MaskedPhone, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.profile import Viewer, changed_viewer


@strawberry.input(description="What to change of the viewer's profile; what is left out stays as it is.")
class ProfileUpdateInput:
    """Input of `profileUpdate`."""

    version: int = strawberry.field(description="The version that was edited: `viewer.version`.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Name as on the document, up to 50 characters; cannot be cleared.",
    )
    gender: Gender | None = strawberry.field(default=strawberry.UNSET, description="Null clears it.")
    document_type: DocumentType | None = strawberry.field(
        default=strawberry.UNSET, description="Type of the ID document; goes together with its number."
    )
    document_number: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The ID document's full number; goes together with its type, cannot be cleared.",
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="E-mail address, up to 254 characters; null clears it."
    )
    phone: MaskedPhone | None = strawberry.field(
        default=strawberry.UNSET, description="Always refused: the phone is the account."
    )


@strawberry.type(description="The profile after it was edited.")
class ProfileUpdatePayload:
    """Payload of `profileUpdate`."""

    viewer: Viewer | None = strawberry.field(
        description="The viewer with the new profile; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it stands.")


@strawberry.input(description="Why the full number is looked at.")
class DocumentRevealInput:
    """Input of `documentReveal`."""

    reason: str = strawberry.field(description="Kept in the audit log; 1 to 200 characters.")


@strawberry.type(description="The viewer's own full document number, for this once.")
class DocumentRevealPayload:
    """Payload of `documentReveal`."""

    document_number: str | None = strawberry.field(description="The full number; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it was shown.")


@strawberry.type
class ProfileMutation:
    """Editing and revealing."""

    @strawberry.mutation(
        description="Edit the viewer's profile. The document's number is unique among teachers, and locked while"
        " a teaching record is APPROVED. A stale version is a CONFLICT."
    )
    async def profile_update(
        self,
        info: Info,
        input: Annotated[ProfileUpdateInput, strawberry.argument(description="What to change.")],  # noqa: A002 - GraphQL's own word
    ) -> ProfileUpdatePayload | None:
        """个人信息修改."""
        context = info.context
        edit = profile.edit(_given(input), context.now.astimezone(SHANGHAI).date())
        if context.viewer is None:
            refused: Refusal | None = Refusal(RefusalCode.UNAUTHENTICATED)
        elif isinstance(edit, Refusal):
            refused = edit
        elif edit.document and not await context.within_own(DOCUMENT_CHANGES):
            refused = Refusal(RefusalCode.RATE_LIMITED, ("documentNumber",))
        else:
            refused = await acts.update(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                version=input.version,
                edit=edit,
                now=context.now,
            )
        return ProfileUpdatePayload(
            viewer=None if refused else await changed_viewer(info),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Show the viewer's own full document number: needs a second sign-in of the last 5 minutes and"
        " a reason, and is kept in the audit log."
    )
    async def document_reveal(
        self,
        info: Info,
        input: Annotated[DocumentRevealInput, strawberry.argument(description="Why.")],  # noqa: A002 - GraphQL's own word
    ) -> DocumentRevealPayload | None:
        """Each answer is one row of the log."""
        found = await _reveal(info.context, input.reason)
        refused = found if isinstance(found, Refusal) else None
        return DocumentRevealPayload(
            document_number=None if isinstance(found, Refusal) else found,
            user_errors=user_errors(refused, info.context.locale),
        )


async def _reveal(context: Context, reason: str) -> str | Refusal:
    viewer = context.viewer
    if viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if not sign_in.is_strong(viewer.strong_at, context.real_now):
        return Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)
    clean = texts.clean(reason, longest=profile.LONGEST_REASON)
    if isinstance(clean, texts.Unclean):
        return Refusal(RefusalCode.REASON_REQUIRED, ("reason",))
    return await acts.reveal_document(context.database, context.keyring, actor=viewer.actor, reason=clean)


def _given(input: ProfileUpdateInput) -> Given:  # noqa: A002 - GraphQL's own word
    given: Given = {}
    if input.phone is not strawberry.UNSET:
        given["phone"] = input.phone
    if input.name is not strawberry.UNSET:
        given["name"] = input.name
    if input.gender is not strawberry.UNSET:
        given["gender"] = input.gender
    if input.document_type is not strawberry.UNSET:
        given["document_type"] = input.document_type
    if input.document_number is not strawberry.UNSET:
        given["document_number"] = input.document_number
    if input.email is not strawberry.UNSET:
        given["email"] = input.email
    return given
