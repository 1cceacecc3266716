"""The second sign-in, which campaigns, reveals and exports ask for."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import second_sign_in
from mobile_gateway.actions.sessions import Renewed
from mobile_gateway.rules import passwords
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.proofs import (
    REFUSED,
    CodeSent,
    RenewedSession,
    code_of,
    renewed_session,
    send_code,
)


@strawberry.type(description="What came of asking for a code to the account's own phone.")
class StrongSignInCodeRequestPayload(CodeSent):
    """Payload of `strongSignInCodeRequest`."""


@strawberry.input(description="The code sent to the account's own phone.")
class StrongSignInInput:
    """Input of `strongSignIn`."""

    code: str = strawberry.field(description="The six digits of the newest text message.")


@strawberry.type(description="What came of the second sign-in.")
class StrongSignInPayload:
    """Payload of `strongSignIn`."""

    session: RenewedSession | None = strawberry.field(
        default=None, description="The same sign-in, strong for five minutes; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.input(description="The password of an account that has no phone.")
class StrongSignInByPasswordInput:
    """Input of `strongSignInByPassword`."""

    password: str = strawberry.field(description="The password.")


@strawberry.type(description="What came of the second sign-in by a password.")
class StrongSignInByPasswordPayload:
    """Payload of `strongSignInByPassword`."""

    session: RenewedSession | None = strawberry.field(
        default=None, description="The same sign-in, strong for five minutes; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


async def _by_code(context: Context, text: str) -> Renewed | Refusal:
    code = code_of(text)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if isinstance(code, Refusal):
        return code
    return await second_sign_in.by_code(
        context.database, context.keyring, actor=context.viewer.actor, code=code, now=context.real_now
    )


async def _by_password(context: Context, text: str) -> Renewed | Refusal:
    password = passwords.typed(text)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if password is None:
        return Refusal(RefusalCode.SIGN_IN_WRONG, ("password",))
    return await second_sign_in.by_password(
        context.database,
        context.keyring,
        actor=context.viewer.actor,
        password=password,
        network=context.network,
        now=context.real_now,
    )


@strawberry.type
class SecondSignInMutation:
    """The acts of signing in a second time."""

    @strawberry.mutation(description="Send a code for the second sign-in to the account's own phone.")
    async def strong_sign_in_code_request(self, info: Info) -> StrongSignInCodeRequestPayload | None:
        """PHONE_REQUIRED of an account without a phone, whose password is asked for instead."""
        context = info.context
        phone: str | Refusal = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is not None:
            phone = await second_sign_in.phone_of(context.database, actor=context.viewer.actor)
        if isinstance(phone, Refusal):
            return StrongSignInCodeRequestPayload(user_errors=user_errors(phone, context.locale))
        return await send_code(context, phone, CodePurpose.STRONG_SIGN_IN, StrongSignInCodeRequestPayload)

    @strawberry.mutation(description="Sign in a second time, by the code sent to the account's own phone.")
    async def strong_sign_in(
        self,
        info: Info,
        input: Annotated[StrongSignInInput, strawberry.argument(description="The code.")],  # noqa: A002 - GraphQL's own word
    ) -> StrongSignInPayload | None:
        """再次验证身份: holds for five minutes, on this sign-in alone."""
        renewed = await _by_code(info.context, input.code)
        if isinstance(renewed, Refusal):
            return StrongSignInPayload(user_errors=user_errors(renewed, info.context.locale))
        return StrongSignInPayload(session=renewed_session(renewed), user_errors=[])

    @strawberry.mutation(description="Sign in a second time by the password of an account without a phone.")
    async def strong_sign_in_by_password(
        self,
        info: Info,
        input: Annotated[StrongSignInByPasswordInput, strawberry.argument(description="The password.")],  # noqa: A002 - GraphQL's own word
    ) -> StrongSignInByPasswordPayload | None:
        """Tries count together with those of signing in."""
        renewed = await _by_password(info.context, input.password)
        if isinstance(renewed, Refusal):
            return StrongSignInByPasswordPayload(user_errors=user_errors(renewed, info.context.locale))
        return StrongSignInByPasswordPayload(session=renewed_session(renewed), user_errors=[])
