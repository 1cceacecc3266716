"""Binding a phone to an account that has none: a student's, before it can become a teacher's."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import registering
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.schema.answers import MaskedPhone, UserError, masked, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.proofs import REFUSED, CodeSent, code_of, phone_of, send_code


@strawberry.input(description="Which phone to bind.")
class PhoneBindCodeRequestInput:
    """Input of `phoneBindCodeRequest`."""

    phone: MaskedPhone = strawberry.field(description="A mainland mobile number, in full.")


@strawberry.type(description="What came of asking for a code; the same for numbers with and without account.")
class PhoneBindCodeRequestPayload(CodeSent):
    """Payload of `phoneBindCodeRequest`."""


@strawberry.input(description="A phone and the code sent to it.")
class PhoneBindInput:
    """Input of `phoneBind`."""

    phone: MaskedPhone = strawberry.field(description="The number that the code was sent to, in full.")
    code: str = strawberry.field(description="The six digits of the newest text message.")


@strawberry.type(description="What came of binding a phone.")
class PhoneBindPayload:
    """Payload of `phoneBind`."""

    phone: MaskedPhone | None = strawberry.field(
        default=None, description="The account's phone from now on; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


async def _to_bind(context: Context, text: str) -> str | Refusal:
    phone = phone_of(text)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if isinstance(phone, Refusal):
        return phone
    refused = await registering.may_bind(context.database, actor=context.viewer.actor)
    return phone if refused is None else refused


async def _bind(context: Context, given: PhoneBindInput) -> str | Refusal:
    phone, code = phone_of(given.phone), code_of(given.code)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    if isinstance(phone, Refusal):
        return phone
    if isinstance(code, Refusal):
        return code
    refused = await registering.bind_phone(
        context.database,
        context.keyring,
        actor=context.viewer.actor,
        phone=phone,
        code=code,
        now=context.real_now,
    )
    return phone if refused is None else refused


@strawberry.type
class PhoneBindingMutation:
    """The acts of binding a phone."""

    @strawberry.mutation(
        description="Send a code to a phone that the viewer's account, which has none, is to be bound to."
    )
    async def phone_bind_code_request(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            PhoneBindCodeRequestInput, strawberry.argument(description="Which phone.")
        ],
    ) -> PhoneBindCodeRequestPayload | None:
        """Answers alike whoever owns the number."""
        phone = await _to_bind(info.context, input.phone)
        if isinstance(phone, Refusal):
            return PhoneBindCodeRequestPayload(user_errors=user_errors(phone, info.context.locale))
        return await send_code(info.context, phone, CodePurpose.BIND_PHONE, PhoneBindCodeRequestPayload)

    @strawberry.mutation(
        description="Bind a phone, proven by its code, to the viewer's account. Twice is once."
    )
    async def phone_bind(
        self,
        info: Info,
        input: Annotated[PhoneBindInput, strawberry.argument(description="Phone and code.")],  # noqa: A002 - GraphQL's own word
    ) -> PhoneBindPayload | None:
        """绑定手机号: from then on the account signs in by it too."""
        phone = await _bind(info.context, input)
        if isinstance(phone, Refusal):
            return PhoneBindPayload(user_errors=user_errors(phone, info.context.locale))
        return PhoneBindPayload(phone=masked(phone), user_errors=[])
