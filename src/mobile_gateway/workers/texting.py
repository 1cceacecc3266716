"""Sending the text messages that are due: claim, unseal, call the provider, settle."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import msgspec

from mobile_gateway import seals
from mobile_gateway.actions import codes, texting
from mobile_gateway.actions.texting import DueText
from mobile_gateway.logs import logger
from mobile_gateway.models.database import Database
from mobile_gateway.seals import Keyring, SealBroken
from mobile_gateway.sms.provider import Outcome, Reason, Rejected, Sent, SmsProvider, Unreachable

BATCH: Final = 100
AT_ONCE: Final = 20
"""Calls to the provider at the same time: a batch takes 25 s at the worst, within a job's 30 s."""

_params = msgspec.json.Decoder(dict[str, str]).decode


async def send_due(database: Database, keyring: Keyring, provider: SmsProvider, now: datetime) -> int:
    """Send one batch of what is due; answers how many were taken, 0 when nothing is left.

    `now` is the real clock's, of this batch: call again with a new one until 0. No transaction is open while
    the provider is called. One bad item is one bad item: it is logged by its id, and the others go out.
    """
    taken = await texting.claim_due(database, now, BATCH)
    gate = asyncio.Semaphore(AT_ONCE)

    async def send(text: DueText) -> None:
        async with gate:
            await _send_one(database, keyring, provider, text, now)

    outcomes = await asyncio.gather(*(send(text) for text in taken), return_exceptions=True)
    for text, fault in zip(taken, outcomes, strict=True):
        if isinstance(fault, BaseException):
            # The text stays leased and is due again when its lease is over.
            logger.error("sms_failed", text_id=text.id, attempt=text.attempt, fault=type(fault).__name__)
    return len(taken)


async def _send_one(
    database: Database, keyring: Keyring, provider: SmsProvider, text: DueText, now: datetime
) -> None:
    try:
        sealed = seals.unseal(keyring, text.params_sealed, column=codes.PARAMS_COLUMN, owner=text.source)
        params = _params(sealed)
    except (SealBroken, msgspec.MsgspecError) as fault:
        logger.error("sms_unreadable", text_id=text.id, fault=type(fault).__name__)
        await texting.settle(database, text.id, "UNREADABLE", now)
        return
    outcome = await provider.send(text.phone, text.kind, params, text.locale)
    word = _settled_as(text, outcome)
    if word is None:
        await texting.postpone(database, text, now)
    else:
        await texting.settle(database, text.id, word, now)


def _settled_as(text: DueText, outcome: Outcome) -> str | None:
    """The word to settle a text with; None when it is worth another try.

    A try whose answer was lost is made again: twice the same code harms nobody.
    """
    match outcome:
        case Sent():
            return "SENT"
        case Rejected(Reason.THROTTLED):
            logger.warning("sms_throttled", text_id=text.id, attempt=text.attempt)
            return None
        case Rejected(reason, code):
            say = logger.error if reason.is_ours else logger.warning
            say("sms_rejected", text_id=text.id, reason=reason, provider_code=code)
            return f"REJECTED_{reason}"
        case Unreachable(detail, maybe_sent):
            logger.warning(
                "sms_unreachable", text_id=text.id, attempt=text.attempt, why=detail, maybe_sent=maybe_sent
            )
            return None
