"""换绑新手机号 without the old phone and without being signed in: photo, code, ticket (manual, question 3)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import rebinding as acts
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.messages import photos
from mobile_gateway.reads import rebinding as reads
from mobile_gateway.reads import uploads
from mobile_gateway.rules import quotas
from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.rebinding import Claim
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose, TicketState
from mobile_gateway.schema import entered
from mobile_gateway.schema.answers import MaskedPhone, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.entered import CodeRequestPayload

_REFUSED = "Why it was not done; empty when it was."


@strawberry.input(description="The new phone.")
class RebindCodeRequestInput:
    """Input of `rebindCodeRequest`."""

    new_phone: MaskedPhone = strawberry.field(description="The new mainland mobile number, in full.")


@strawberry.input(description="Who asks for which account to be moved to which phone.")
class RebindTicketSubmitInput:
    """Input of `rebindTicketSubmit`."""

    name: str = strawberry.field(description="The account holder's name.")
    document_type: DocumentType = strawberry.field(description="Type of the identity document.")
    document_number: str = strawberry.field(description="Number of the identity document.")
    old_phone: MaskedPhone = strawberry.field(description="The phone that the account has, in full.")
    new_phone: MaskedPhone = strawberry.field(description="The phone it shall have, in full.")
    code: str = strawberry.field(description="The code of `rebindCodeRequest`, which proves the new phone.")
    upload_token: str = strawberry.field(description="The token of the uploaded photo.")


@strawberry.type(description="A ticket that was opened. Number and secret together are its key.")
class RebindReceipt:
    """Shown once."""

    number: str = strawberry.field(description="The ticket's number.")
    secret: str = strawberry.field(description="The ticket's secret; told now and never again.")
    advice: str = strawberry.field(description="What happens next, in the viewer's language.")


@strawberry.type(description="What came of submitting; the same whether or not such an account exists.")
class RebindTicketSubmitPayload:
    """Payload of `rebindTicketSubmit`."""

    receipt: RebindReceipt | None = strawberry.field(
        default=None, description="The ticket; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.input(description="The key of a ticket.")
class RebindTicketKeyInput:
    """Input of `rebindTicketStatus` and `rebindTicketCancel`."""

    number: str = strawberry.field(description="The ticket's number.")
    secret: str = strawberry.field(description="The ticket's secret.")


@strawberry.type(description="Where a ticket stands, as its holder sees it.")
class RebindTicketStatus:
    """Nothing personal stands here."""

    number: str = strawberry.field(description="The ticket's number.")
    state: TicketState = strawberry.field(description="Where it stands.")
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    called_back_at: datetime | None = strawberry.field(description="When support had called the new phone.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while open.")
    reason: str | None = strawberry.field(description="Why it was rejected; null otherwise.")


@strawberry.type(description="Where the ticket stands.")
class RebindTicketStatusPayload:
    """Payload of `rebindTicketStatus`."""

    status: RebindTicketStatus | None = strawberry.field(
        default=None, description="The ticket; null for a wrong number or secret."
    )
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.type(description="What came of cancelling.")
class RebindTicketCancelPayload:
    """Payload of `rebindTicketCancel` and `rebindTicketCancelByPhone`."""

    cancelled: bool | None = strawberry.field(
        default=None, description="True: no such ticket is open now, be it by this or an earlier call."
    )
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.input(description="The new phone of a ticket, proven.")
class RebindTicketCancelByPhoneInput:
    """Input of `rebindTicketCancelByPhone`."""

    new_phone: MaskedPhone = strawberry.field(description="The new phone that the ticket named, in full.")
    code: str = strawberry.field(description="The code of `rebindCodeRequest`.")


@strawberry.type
class RebindMutation:
    """The holder's acts; none needs a sign-in."""

    @strawberry.mutation(description="Send a code to the new phone. Answers alike whoever has the number.")
    async def rebind_code_request(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RebindCodeRequestInput, strawberry.argument(description="The new phone.")
        ],
    ) -> CodeRequestPayload | None:
        """For submitting a ticket, or for cancelling one without its secret."""
        phone = entered.phone(input.new_phone, "newPhone")
        return await entered.send_code(info.context, phone, CodePurpose.REBIND_PHONE)

    @strawberry.mutation(
        description="Ask support to move an account to a new phone. No account is looked at yet: whether there is one"
        " shows neither in the answer nor in its time."
    )
    async def rebind_ticket_submit(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RebindTicketSubmitInput, strawberry.argument(description="The claim, the code and the photo.")
        ],
    ) -> RebindTicketSubmitPayload | None:
        """换绑申请: one open ticket for each new phone."""
        context = info.context
        submitted = await _submit(context, input)
        if isinstance(submitted, Refusal):
            return RebindTicketSubmitPayload(user_errors=user_errors(submitted, context.locale))
        await context.jobs.deliver()
        receipt = RebindReceipt(
            number=submitted.number, secret=submitted.secret, advice=photos.after_submitting(context.locale)
        )
        return RebindTicketSubmitPayload(receipt=receipt, user_errors=[])

    @strawberry.mutation(
        description="Where a ticket stands. It changes nothing; it is a mutation so that the secret travels in a body"
        " that nobody keeps. A wrong number and a wrong secret are answered alike."
    )
    async def rebind_ticket_status(
        self,
        info: Info,
        input: Annotated[RebindTicketKeyInput, strawberry.argument(description="Number and secret.")],  # noqa: A002 - GraphQL's own word
    ) -> RebindTicketStatusPayload | None:
        """查询进度."""
        context = info.context
        if not await context.within(quotas.TICKET_STATUS):
            limited = Refusal(RefusalCode.RATE_LIMITED)
            return RebindTicketStatusPayload(user_errors=user_errors(limited, context.locale))
        number = rules.number(input.number)
        async with context.database.connection() as connection:
            found = await reads.by_secret(connection, number or "", input.secret)
        if found is None:
            refused = Refusal(RefusalCode.NOT_FOUND)
            return RebindTicketStatusPayload(user_errors=user_errors(refused, context.locale))
        status = RebindTicketStatus(
            number=found.number,
            state=found.state,
            submitted_at=found.created_at,
            called_back_at=found.called_back_at,
            closed_at=found.closed_at,
            reason=found.reason,
        )
        return RebindTicketStatusPayload(status=status, user_errors=[])

    @strawberry.mutation(description="Cancel a ticket by its number and secret. Twice is once.")
    async def rebind_ticket_cancel(
        self,
        info: Info,
        input: Annotated[RebindTicketKeyInput, strawberry.argument(description="Number and secret.")],  # noqa: A002 - GraphQL's own word
    ) -> RebindTicketCancelPayload | None:
        """撤销申请: what it claimed and its photo are forgotten at once."""
        context = info.context
        if not await context.within(quotas.TICKET_CANCEL):
            return _cancelled(context, Refusal(RefusalCode.RATE_LIMITED))
        refused = await acts.cancel(
            context.database,
            number=rules.number(input.number) or "",
            secret=input.secret,
            now=context.real_now,
        )
        return _cancelled(context, refused)

    @strawberry.mutation(
        description="Cancel the open ticket of a new phone by a code to it, for who lost the secret. Twice is once."
    )
    async def rebind_ticket_cancel_by_phone(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RebindTicketCancelByPhoneInput, strawberry.argument(description="New phone and code.")
        ],
    ) -> RebindTicketCancelPayload | None:
        """A code to the new phone proves its holder as well as at submitting."""
        context = info.context
        phone, code = entered.phone(input.new_phone, "newPhone"), entered.code(input.code)
        refused = entered.first_refusal(phone, code) or await acts.cancel_by_phone(
            context.database, context.keyring, new_phone=str(phone), code=str(code), now=context.real_now
        )
        return _cancelled(context, refused)


async def _submit(context: Context, given: RebindTicketSubmitInput) -> acts.Submitted | Refusal:
    old_phone, new_phone = (
        entered.phone(given.old_phone, "oldPhone"),
        entered.phone(given.new_phone, "newPhone"),
    )
    code = entered.code(given.code)
    refused = entered.first_refusal(old_phone, new_phone, code)
    if refused is not None:
        return refused
    today = context.now.astimezone(SHANGHAI).date()
    claim = rules.claim(
        given.name, given.document_type, given.document_number, str(old_phone), str(new_phone), today
    )
    upload_id = uploads.upload_of(context.keyring, given.upload_token, context.real_now)
    if not isinstance(claim, Claim):
        return claim
    if upload_id is None:
        return Refusal(RefusalCode.UPLOAD_MISSING, ("uploadToken",))
    return await acts.submit(
        context.database,
        context.keyring,
        claim=claim,
        new_phone=str(new_phone),
        code=str(code),
        upload_id=upload_id,
        now=context.real_now,
    )


def _cancelled(context: Context, refused: Refusal | None) -> RebindTicketCancelPayload:
    return RebindTicketCancelPayload(
        cancelled=None if refused else True, user_errors=user_errors(refused, context.locale)
    )
