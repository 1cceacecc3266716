"""Signing in: asking for a code, signing in by it, refreshing, signing out.

None of it needs Redis: codes, tries and quotas are rows, and the sweeper finds a text that no job was nudged
for. With the database away these mutations fail as every write does.
"""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import sessions
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import ClientKind, CodePurpose, Identity
from mobile_gateway.schema.answers import MaskedPhone, UserError, user_errors
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.proofs import REFUSED, CodeSent, code_of, phone_of, send_code


@strawberry.input(description="Whom to send a sign-in code.")
class SignInCodeRequestInput:
    """Input of `signInCodeRequest`."""

    phone: MaskedPhone = strawberry.field(description="A mainland mobile number, in full.")


@strawberry.type(description="What came of asking for a code; the same for numbers with and without account.")
class SignInCodeRequestPayload(CodeSent):
    """Payload of `signInCodeRequest`."""


@strawberry.input(description="A phone, the code sent to it, and the client that signs in.")
class SignInInput:
    """Input of `signIn`."""

    phone: MaskedPhone = strawberry.field(description="The number that the code was sent to, in full.")
    code: str = strawberry.field(description="The six digits of the newest text message.")
    client_kind: ClientKind = strawberry.field(description="The client; bound to the sign-in from here on.")


@strawberry.type(description="A sign-in, as its client keeps it.")
class SignInSession:
    """Tokens and what they say."""

    access_token: str = strawberry.field(description="Sent as `Authorization: Bearer …`; lives ten minutes.")
    access_token_expires_at: datetime = strawberry.field(description="The access token is good until then.")
    refresh_token: str = strawberry.field(
        description="Buys the next access token, once; to be kept where only the app can read it."
    )
    refresh_token_expires_at: datetime = strawberry.field(description="The refresh token is good until then.")
    identity: Identity = strawberry.field(description="What the account acts as now.")


@strawberry.type(description="What came of signing in.")
class SignInPayload:
    """Payload of `signIn`."""

    session: SignInSession | None = strawberry.field(
        default=None, description="The new sign-in; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.input(description="The refresh token to be rotated.")
class SignInRefreshInput:
    """Input of `signInRefresh`."""

    refresh_token: str = strawberry.field(description="The newest refresh token that the client holds.")


@strawberry.type(description="What came of refreshing.")
class SignInRefreshPayload:
    """Payload of `signInRefresh`."""

    session: SignInSession | None = strawberry.field(
        default=None, description="The sign-in with fresh tokens; null when it is over."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.input(description="The sign-in to be ended.")
class SignOutInput:
    """Input of `signOut`."""

    refresh_token: str = strawberry.field(description="A refresh token of the sign-in.")


@strawberry.type(description="What came of signing out.")
class SignOutPayload:
    """Payload of `signOut`."""

    signed_out: bool | None = strawberry.field(
        default=None, description="True: no sign-in goes on from this token, whether or not one did before."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.type
class IdentityMutation:
    """The acts of signing in and out."""

    @strawberry.mutation(description="Send a sign-in code to a phone. Answers alike whoever owns the number.")
    async def sign_in_code_request(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            SignInCodeRequestInput, strawberry.argument(description="Whom to send a code.")
        ],
    ) -> SignInCodeRequestPayload | None:
        """获取验证码: the text is in the outbox when this answers."""
        context = info.context
        phone = phone_of(input.phone)
        if isinstance(phone, Refusal):
            return SignInCodeRequestPayload(user_errors=user_errors(phone, context.locale))
        return await send_code(context, phone, CodePurpose.SIGN_IN, SignInCodeRequestPayload)

    @strawberry.mutation(description="Sign in by the code that was sent to a phone.")
    async def sign_in(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            SignInInput, strawberry.argument(description="Phone, code and client.")
        ],
    ) -> SignInPayload | None:
        """登录: a code that cannot be one is refused without costing a try."""
        context = info.context
        phone, code = phone_of(input.phone), code_of(input.code)
        if isinstance(phone, Refusal):
            return SignInPayload(user_errors=user_errors(phone, context.locale))
        if isinstance(code, Refusal):
            return SignInPayload(user_errors=user_errors(code, context.locale))
        signed = await sessions.sign_in(
            context.database,
            context.keyring,
            phone=phone,
            code=code,
            client_kind=input.client_kind,
            now=context.real_now,
        )
        session, refused = session_of(signed)
        return SignInPayload(session=session, user_errors=user_errors(refused, context.locale))

    @strawberry.mutation(
        description="Rotate a refresh token. After a lost answer the same one may be sent again within 30 s;"
        " later that ends the sign-in."
    )
    async def sign_in_refresh(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            SignInRefreshInput, strawberry.argument(description="The token to rotate.")
        ],
    ) -> SignInRefreshPayload | None:
        """A fresh access token, of the identity that the account has now."""
        context = info.context
        signed = await sessions.refresh(
            context.database, context.keyring, token=input.refresh_token, now=context.real_now
        )
        session, refused = session_of(signed)
        return SignInRefreshPayload(session=session, user_errors=user_errors(refused, context.locale))

    @strawberry.mutation(
        description="End the sign-in that a refresh token belongs to, on whatever client, and the pushes to its"
        " devices. Twice is once."
    )
    async def sign_out(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            SignOutInput, strawberry.argument(description="The sign-in to end.")
        ],
    ) -> SignOutPayload | None:
        """退出登录: works with an expired access token too, so it asks for none."""
        context = info.context
        await sessions.sign_out(context.database, token=input.refresh_token, now=context.real_now)
        return SignOutPayload(signed_out=True, user_errors=[])


def session_of(signed: SignedIn | Refusal) -> tuple[SignInSession | None, Refusal | None]:
    """A sign-in as its client keeps it, or why there is none."""
    if isinstance(signed, Refusal):
        return None, signed
    session = SignInSession(
        access_token=signed.access_token,
        access_token_expires_at=signed.access_expires_at,
        refresh_token=signed.refresh_token,
        refresh_token_expires_at=signed.refresh_expires_at,
        identity=signed.identity,
    )
    return session, None
