"""Phones, codes and ticket numbers as people type them, read before anything else looks at them."""

import re
from datetime import datetime

import strawberry

from mobile_gateway.actions import codes
from mobile_gateway.rules import phones, rebinding
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose
from mobile_gateway.schema.answers import MaskedPhone, UserError, masked, user_errors
from mobile_gateway.schema.context import Context

_SIX_DIGITS = re.compile(r"[0-9]{6}")
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}


@strawberry.type(description="What came of asking for a code; the same for numbers with and without account.")
class CodeRequestPayload:
    """Payload of the mutations that send a code to a phone, whatever it will prove."""

    phone: MaskedPhone | None = strawberry.field(
        default=None, description="Where the code goes, masked; null when none was sent."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The code is good until this moment."
    )
    resend_after_seconds: int | None = strawberry.field(
        default=None, description="After how many seconds another code may be asked for."
    )
    user_errors: list[UserError] = strawberry.field(description="Why none was sent; empty when one was.")


def phone(text: str, *path: str) -> str | Refusal:
    """A mainland mobile number in E.164. Refusals: PHONE_INVALID."""
    read = phones.parse(text)
    return Refusal(RefusalCode.PHONE_INVALID, path) if isinstance(read, phones.Malformed) else read


def code(text: str) -> str | Refusal:
    """Six digits; what can be no code costs no try. Refusals: BAD_USER_INPUT."""
    digits = "".join(text.translate(_FULL_WIDTH).split())
    if _SIX_DIGITS.fullmatch(digits):
        return digits
    return Refusal(RefusalCode.BAD_USER_INPUT, ("code",), {"why": "code: 000000–999999"})


def ticket_number(text: str) -> str | Refusal:
    """A rebind ticket's number; what can be none is as one that there is not. Refusals: NOT_FOUND."""
    return rebinding.number(text) or Refusal(RefusalCode.NOT_FOUND, ("number",))


def first_refusal(*read: str | Refusal) -> Refusal | None:
    """The first of several that could not be read; None when all could."""
    return next((one for one in read if isinstance(one, Refusal)), None)


async def send_code(context: Context, to: str | Refusal, purpose: CodePurpose) -> CodeRequestPayload:
    """Send a code to a phone, unless that was refused before."""
    sent = (
        to
        if isinstance(to, Refusal)
        else await codes.request_code(
            context.database,
            context.keyring,
            phone=to,
            purpose=purpose,
            network=context.network,
            locale=context.locale,
            now=context.real_now,
        )
    )
    if isinstance(to, Refusal) or isinstance(sent, Refusal):
        refused = sent if isinstance(sent, Refusal) else None
        return CodeRequestPayload(user_errors=user_errors(refused, context.locale))
    await context.jobs.send_sms()
    return CodeRequestPayload(
        phone=masked(to),
        expires_at=sent.expires_at,
        resend_after_seconds=int(sent.resend_after.total_seconds()),
        user_errors=[],
    )
