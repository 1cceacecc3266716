"""What the pages and acts of the platform's administrators share. To everybody else they are NOT_FOUND."""

from mobile_gateway.actions.catalogue_rows import Written
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.staff import viewer_grants

NOBODY: Written = (Refusal(RefusalCode.UNAUTHENTICATED),)
"""What an act of an anonymous reader comes to."""


async def administer(context: Context) -> None:
    """Let a platform administrator read on; raises UNAUTHENTICATED, SESSION_INVALID or NOT_FOUND."""
    if not (await viewer_grants(context)).is_platform:
        raise context.refuse(RefusalCode.NOT_FOUND)


def done(written: Written) -> int | None:
    """The id of what was written; None when it was refused."""
    return written if isinstance(written, int) else None


def errors(written: Written, locale: str) -> list[UserError]:
    """Why nothing was written; empty when it was."""
    refusals = () if isinstance(written, int) else written
    return [error for refusal in refusals for error in user_errors(refusal, locale)]


def named(text: str, kind: str) -> int:
    """The number of a global id that an act is about; 0, which nothing has, for the id of anything else."""
    return number_of(text, kind) or 0
