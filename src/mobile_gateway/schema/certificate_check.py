"""The public check of certificates over GraphQL (PRODUCT.md §8)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.messages import certificates as messages
from mobile_gateway.reads import certificates as reads
from mobile_gateway.rules import serials
from mobile_gateway.rules.quotas import CERTIFICATE_CHECKS
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.words import CheckOutcome
from mobile_gateway.schema.answers import Credits
from mobile_gateway.schema.context import Info


@strawberry.type(description="What anybody may know of a certificate by its number.")
class CertificateCheck:
    """No personal data but a masked name."""

    outcome: CheckOutcome = strawberry.field(description="What the check says.")
    message: str = strawberry.field(description="The same, in the reader's language.")
    hint: str = strawberry.field(description="What to know or do next.")
    serial: str | None = strawberry.field(default=None, description="The number in groups of four.")
    topic: str | None = strawberry.field(default=None, description="Title of the topic; null when UNKNOWN.")
    credits: Credits | None = strawberry.field(default=None, description="Recognised credits.")
    masked_name: str | None = strawberry.field(default=None, description="The holder's name in asterisks.")
    issued_at: datetime | None = strawberry.field(default=None, description="When it was issued.")
    voided_at: datetime | None = strawberry.field(default=None, description="When it became void.")


@strawberry.type
class CertificateQuery:
    """The check's root."""

    @strawberry.field(
        description="Check a certificate by its number, as typed or read from its QR code: valid, being updated,"
        " void or unknown. Open to anybody; RATE_LIMITED when a network asks too often."
    )
    async def certificate_check(
        self,
        info: Info,
        serial: Annotated[
            str, strawberry.argument(description="The number; case, spaces and hyphens do not matter.")
        ],
    ) -> CertificateCheck | None:
        """证书查验."""
        context = info.context
        if not await context.within(CERTIFICATE_CHECKS):
            raise context.refuse(RefusalCode.RATE_LIMITED)
        known, found = serials.read(serial), None
        if known is not None:
            async with context.database.connection() as connection:
                found = await reads.check(connection, context.keyring, known)
        return _checked(found, context.locale)


def _checked(found: reads.Checked | None, locale: str) -> CertificateCheck:
    outcome = found.outcome if found else CheckOutcome.UNKNOWN
    message, hint = messages.outcome(outcome, locale)
    checked = CertificateCheck(outcome=outcome, message=message, hint=hint)
    if found is not None:
        checked.serial = serials.shown(found.serial)
        checked.topic = found.topic_en if locale.startswith("en") else found.topic
        checked.credits = Credits(found.credits)
        checked.masked_name = found.masked_name
        checked.issued_at = found.issued_at
        checked.voided_at = found.voided_at
    return checked
