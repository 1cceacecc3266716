"""Switching identity: what it would cost, and the acts themselves."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import switching
from mobile_gateway.actions.sessions import Renewed
from mobile_gateway.messages import losses as texts
from mobile_gateway.reads import losses
from mobile_gateway.reads.losses import Losses
from mobile_gateway.reads.people import Me
from mobile_gateway.rules import identities
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Identity, Loss
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.proofs import REFUSED, RenewedSession, renewed_session


@strawberry.type(description="Something that a student loses by becoming a teacher.")
class IdentityLoss:
    """A kind of data, and how much of it there is."""

    kind: Loss = strawberry.field(description="The kind of data, for programs.")
    title: str = strawberry.field(description="Its name in the viewer's language.")
    count: int = strawberry.field(description="How many there are; 1 where there can be only one.")


@strawberry.type(description="What the switch from student to teacher wipes, for good.")
class IdentityWipe:
    """To be shown and confirmed before the switch."""

    losses: list[IdentityLoss] = strawberry.field(
        description="Everything that will be lost; the phone number is kept."
    )
    confirmation_token: str | None = strawberry.field(
        description="Sent with the switch to say that these losses were confirmed; null while phoneRequired."
        " It is stale once any of them changes."
    )
    confirmation_expires_at: datetime | None = strawberry.field(
        description="The token is good until then; null without one."
    )


@strawberry.type(description="Which identities the account can switch to, and at what cost.")
class IdentitySwitch:
    """There is no way back to STUDENT."""

    to: list[Identity] = strawberry.field(description="The identities that can be switched to.")
    phone_required: bool = strawberry.field(
        description="Whether a phone must be bound first: a teacher signs in by it."
    )
    wipe: IdentityWipe | None = strawberry.field(
        description="What will be lost; null where nothing is: for parents and teachers."
    )


async def identity_switch(context: Context, me: Me) -> IdentitySwitch:
    """What the viewer can switch to. One statement more, and only for a student."""
    is_student = me.identity is Identity.STUDENT
    return IdentitySwitch(
        to=list(identities.ways(me.identity)),
        phone_required=is_student and me.phone is None,
        wipe=await _wipe(context, me) if is_student else None,
    )


async def _wipe(context: Context, me: Me) -> IdentityWipe:
    session_id = context.signed_in().session_id

    async def read() -> Losses:
        async with context.database.connection() as connection:
            return await losses.of_student(connection, me.id, session_id, context.real_now)

    lost = await context.once("losses", read)
    expires_at = context.real_now.replace(microsecond=0) + identities.CONFIRMATION_LIFE
    token = switching.sign_confirmation(context.keyring, lost.confirmation, expires_at) if me.phone else None
    return IdentityWipe(
        losses=[
            IdentityLoss(kind=loss, title=texts.shown(loss, context.locale), count=count)
            for loss, count in lost.counts.items()
        ],
        confirmation_token=token,
        confirmation_expires_at=expires_at if token else None,
    )


@strawberry.input(description="The switch to teacher.")
class IdentitySwitchToTeacherInput:
    """Input of `identitySwitchToTeacher`."""

    confirmation_token: str | None = strawberry.field(
        default=None,
        description="`viewer.identitySwitch.wipe.confirmationToken`, from a student who confirmed; else not needed.",
    )


@strawberry.type(description="What came of the switch to teacher.")
class IdentitySwitchToTeacherPayload:
    """Payload of `identitySwitchToTeacher`."""

    session: RenewedSession | None = strawberry.field(
        default=None, description="The sign-in as a teacher; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.type(description="What came of the switch to parent.")
class IdentitySwitchToParentPayload:
    """Payload of `identitySwitchToParent`."""

    session: RenewedSession | None = strawberry.field(
        default=None, description="The sign-in as a parent; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


async def _to_teacher(context: Context, token: str | None) -> Renewed | Refusal:
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    return await switching.to_teacher(
        context.database,
        context.keyring,
        actor=context.viewer.actor,
        confirmation_token=token,
        now=context.real_now,
    )


async def _to_parent(context: Context) -> Renewed | Refusal:
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    return await switching.to_parent(
        context.database, context.keyring, actor=context.viewer.actor, now=context.real_now
    )


@strawberry.type
class IdentitySwitchMutation:
    """The acts of switching."""

    @strawberry.mutation(
        description="Become a TEACHER. A parent keeps everything; a student loses everything, for good, and confirms"
        " it. After a lost answer a student signs in again by phone; the same call then wipes nothing."
    )
    async def identity_switch_to_teacher(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            IdentitySwitchToTeacherInput, strawberry.argument(description="The confirmation, if any.")
        ],
    ) -> IdentitySwitchToTeacherPayload | None:
        """切换为教师身份: to who is one already, success."""
        renewed = await _to_teacher(info.context, input.confirmation_token)
        if isinstance(renewed, Refusal):
            return IdentitySwitchToTeacherPayload(user_errors=user_errors(renewed, info.context.locale))
        return IdentitySwitchToTeacherPayload(session=renewed_session(renewed), user_errors=[])

    @strawberry.mutation(
        description="Become a PARENT, from TEACHER. Nothing is lost: what is being played ends, and progress is hidden"
        " until the way back."
    )
    async def identity_switch_to_parent(self, info: Info) -> IdentitySwitchToParentPayload | None:
        """切换为家长身份: to who is one already, success."""
        renewed = await _to_parent(info.context)
        if isinstance(renewed, Refusal):
            return IdentitySwitchToParentPayload(user_errors=user_errors(renewed, info.context.locale))
        return IdentitySwitchToParentPayload(session=renewed_session(renewed), user_errors=[])
