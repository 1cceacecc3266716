"""What the acts of signing in and proving a phone read from their input and answer: phones, codes, sessions."""

import re
from datetime import datetime
from typing import TypeVar

import strawberry

from mobile_gateway.actions import codes
from mobile_gateway.actions.sessions import Renewed
from mobile_gateway.rules import phones, sign_in
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose, Identity
from mobile_gateway.schema.answers import MaskedPhone, UserError, masked, user_errors
from mobile_gateway.schema.context import Context

REFUSED = "Why it was not done; empty when it was."
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}


@strawberry.type
class CodeSent:
    """Where a code goes and how long it is good; payloads of asking for one are of this shape."""

    phone: MaskedPhone | None = strawberry.field(
        default=None, description="Where the code goes; null when none was sent."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The code is good until this moment."
    )
    resend_after_seconds: int | None = strawberry.field(
        default=None, description="After how many seconds another code may be asked for."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.type(description="A sign-in that goes on, with a fresh access token.")
class RenewedSession:
    """What the client holds from here on."""

    access_token: str = strawberry.field(description="Replaces the one held; lives ten minutes.")
    access_token_expires_at: datetime = strawberry.field(description="The access token is good until then.")
    refresh_token: str | None = strawberry.field(
        description="Replaces the one held; null: the one held stays good."
    )
    refresh_token_expires_at: datetime | None = strawberry.field(
        description="The new refresh token is good until then; null without one."
    )
    identity: Identity = strawberry.field(description="What the account acts as now.")
    strong_until: datetime | None = strawberry.field(
        description="Until then the second sign-in holds; null without one."
    )


def phone_of(text: str) -> str | Refusal:
    """The number in E.164, or PHONE_INVALID."""
    phone = phones.parse(text)
    return Refusal(RefusalCode.PHONE_INVALID, ("phone",)) if isinstance(phone, phones.Malformed) else phone


def code_of(text: str) -> str | Refusal:
    """Six digits, or BAD_USER_INPUT: what can be no code costs no try."""
    digits = "".join(text.translate(_FULL_WIDTH).split())
    if _SIX_DIGITS.fullmatch(digits):
        return digits
    return Refusal(RefusalCode.BAD_USER_INPUT, ("code",), {"why": "code: 000000–999999"})


S = TypeVar("S", bound=CodeSent)


async def send_code(context: Context, phone: str, purpose: CodePurpose, payload: type[S]) -> S:
    """Send a code and nudge the text; the answer is the same whoever owns the number."""
    sent = await codes.request_code(
        context.database,
        context.keyring,
        phone=phone,
        purpose=purpose,
        network=context.network,
        locale=context.locale,
        now=context.real_now,
    )
    if isinstance(sent, Refusal):
        return payload(user_errors=user_errors(sent, context.locale))
    await context.jobs.send_sms()
    return payload(
        phone=masked(phone),
        expires_at=sent.expires_at,
        resend_after_seconds=int(sent.resend_after.total_seconds()),
        user_errors=[],
    )


def renewed_session(renewed: Renewed) -> RenewedSession:
    """A sign-in that goes on, as its client reads it."""
    return RenewedSession(
        access_token=renewed.access_token,
        access_token_expires_at=renewed.access_expires_at,
        refresh_token=renewed.refresh_token,
        refresh_token_expires_at=renewed.refresh_expires_at,
        identity=renewed.identity,
        strong_until=renewed.strong_at + sign_in.STRONG_LIFE if renewed.strong_at else None,
    )
