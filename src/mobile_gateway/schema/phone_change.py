"""账号设置 › 绑定手机: changing the account's phone with the old one at hand (manual, question 3)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import changing_phone as acts
from mobile_gateway.reads import phones as reads
from mobile_gateway.rules import phone_change as rules
from mobile_gateway.rules.phone_change import Standing
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.schema import entered
from mobile_gateway.schema.answers import MaskedPhone, UserError, masked, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.entered import CodeRequestPayload


@strawberry.input(description="The code that was sent to the account's own phone.")
class PhoneChangeProveOldInput:
    """Input of `phoneChangeProveOld`."""

    code: str = strawberry.field(description="The six digits of the newest text message.")


@strawberry.type(description="What came of proving the old phone.")
class PhoneChangeProveOldPayload:
    """Payload of `phoneChangeProveOld`."""

    proven_until: datetime | None = strawberry.field(
        default=None, description="Until then a new phone may be proven; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when proven.")


@strawberry.input(description="The new phone.")
class PhoneChangeNewCodeRequestInput:
    """Input of `phoneChangeNewCodeRequest`."""

    new_phone: MaskedPhone = strawberry.field(description="The new mainland mobile number, in full.")


@strawberry.input(description="The new phone and the code that was sent to it.")
class PhoneChangeFinishInput:
    """Input of `phoneChangeFinish`."""

    new_phone: MaskedPhone = strawberry.field(description="The number that the code was sent to, in full.")
    code: str = strawberry.field(description="The six digits of the newest text message.")


@strawberry.type(description="What came of changing the phone.")
class PhoneChangeFinishPayload:
    """Payload of `phoneChangeFinish`."""

    phone: MaskedPhone | None = strawberry.field(
        default=None, description="The account's new phone, masked; null when nothing was changed."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when changed.")


@strawberry.type
class PhoneChangeMutation:
    """Two codes: one to the old phone, one to the new."""

    @strawberry.mutation(description="Send a code to the account's own phone, to prove that it is at hand.")
    async def phone_change_old_code_request(self, info: Info) -> CodeRequestPayload | None:
        """第一步: needs a sign-in, of whatever identity. PHONE_REQUIRED for an account that has no phone."""
        context = info.context
        standing = await _standing(context)
        to = standing if isinstance(standing, Refusal) else standing.phone
        return await entered.send_code(
            context, to or Refusal(RefusalCode.PHONE_REQUIRED), CodePurpose.CHANGE_OLD_PHONE
        )

    @strawberry.mutation(description="Prove the account's own phone by the code; it holds for 15 minutes.")
    async def phone_change_prove_old(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            PhoneChangeProveOldInput, strawberry.argument(description="The code.")
        ],
    ) -> PhoneChangeProveOldPayload | None:
        """验证原手机号."""
        context = info.context
        code = entered.code(input.code)
        proven: datetime | Refusal
        if context.viewer is None:
            proven = Refusal(RefusalCode.UNAUTHENTICATED)
        elif isinstance(code, Refusal):
            proven = code
        else:
            proven = await acts.prove_old(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                code=code,
                now=context.real_now,
            )
        if isinstance(proven, Refusal):
            return PhoneChangeProveOldPayload(user_errors=user_errors(proven, context.locale))
        return PhoneChangeProveOldPayload(proven_until=proven, user_errors=[])

    @strawberry.mutation(
        description="Send a code to the new phone, once the old one is proven. Answers alike whoever has the number."
    )
    async def phone_change_new_code_request(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            PhoneChangeNewCodeRequestInput, strawberry.argument(description="The new phone.")
        ],
    ) -> CodeRequestPayload | None:
        """第二步: whether the number is taken is told only to who proves it."""
        context = info.context
        phone = entered.phone(input.new_phone, "newPhone")
        standing = await _standing(context)
        refused: Refusal | None
        if isinstance(standing, Refusal):
            refused = standing
        elif isinstance(phone, Refusal):
            refused = phone
        else:
            refused = rules.may_change(standing, phone, context.real_now)
        return await entered.send_code(context, refused or phone, CodePurpose.CHANGE_NEW_PHONE)

    @strawberry.mutation(
        description="Give the account its new phone. Every other sign-in ends, both numbers are told by a text."
        " Sent again after a lost answer, it is answered as before."
    )
    async def phone_change_finish(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            PhoneChangeFinishInput, strawberry.argument(description="New phone and code.")
        ],
    ) -> PhoneChangeFinishPayload | None:
        """换绑: the sign-in that asks goes on; PHONE_TAKEN is told only to who proved the number."""
        context = info.context
        phone, code = entered.phone(input.new_phone, "newPhone"), entered.code(input.code)
        refused: Refusal | None
        if context.viewer is None:
            refused = Refusal(RefusalCode.UNAUTHENTICATED)
        else:
            refused = entered.first_refusal(phone, code) or await acts.finish(
                context.database,
                context.keyring,
                actor=context.viewer.actor,
                new_phone=str(phone),
                code=str(code),
                now=context.real_now,
            )
        if refused is not None:
            return PhoneChangeFinishPayload(user_errors=user_errors(refused, context.locale))
        await context.jobs.send_sms()
        await context.jobs.deliver()
        return PhoneChangeFinishPayload(phone=masked(str(phone)), user_errors=[])


async def _standing(context: Context) -> Standing | Refusal:
    """Where the viewer's account stands. Refusals: UNAUTHENTICATED, SESSION_INVALID."""
    viewer = context.viewer
    if viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    async with context.database.connection() as connection:
        found = await reads.of_sign_in(connection, viewer.person_id, viewer.session_id)
    return found or Refusal(RefusalCode.SESSION_INVALID)
