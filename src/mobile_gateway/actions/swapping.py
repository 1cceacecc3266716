"""Giving an account another phone, and what follows from it, in the transaction that decided it (PRODUCT.md §7).

Account id, progress, certificates and what was sent from offline sessions stay: they hang on the person's id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from mobile_gateway import seals, transactions
from mobile_gateway.actions import codes
from mobile_gateway.rules import changes, phones
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import EndReason
from mobile_gateway.seals import Keyring

TEXT_KIND: Final = "PHONE_CHANGED"
"""The kind of the text that tells both numbers; carriers have a template for it."""

TEXT_LIFE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Swap:
    """Which account moves from which phone to which. `source` names the event, `spared` the sign-in that goes on."""

    person_id: int
    old_phone: str = field(repr=False)
    new_phone: str = field(repr=False)
    source: str
    spared: UUID | None = None


_END_SIGN_INS = """
UPDATE sign_in SET ended_at = $2, end_reason = $3
 WHERE person_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $4
"""

# The lost handset must hear nothing more, whichever sign-in registered it; the app that goes on registers anew.
_RETIRE_DEVICES = "UPDATE device SET state = 'RETIRED' WHERE person_id = $1 AND state = 'ACTIVE'"

_TEXT = """
INSERT INTO sms_outbox (source, phone, kind, locale, params_sealed, due_at, expires_at)
SELECT $1, $2, $3, p.locale, $4, $5, $6 FROM person p WHERE p.id = $7
"""


async def swap(
    connection: asyncpg.Connection, keyring: Keyring, wanted: Swap, now: datetime
) -> Refusal | None:
    """Give the account its new phone, end its other sign-ins, close live codes, put a text to both numbers out.

    Its devices get no more pushes until they register again.

    The caller holds both phones (`codes.hold`) and the person. `now` is the real clock's. On a refusal nothing
    was changed and the transaction can go on.

    Refusals: PHONE_TAKEN.
    """
    try:
        async with connection.transaction():
            await connection.execute(
                "UPDATE person SET phone = $2 WHERE id = $1", wanted.person_id, wanted.new_phone
            )
    except asyncpg.UniqueViolationError:
        return Refusal(RefusalCode.PHONE_TAKEN, ("newPhone",))
    await connection.execute(_END_SIGN_INS, wanted.person_id, now, EndReason.PHONE_CHANGED, wanted.spared)
    await connection.execute(_RETIRE_DEVICES, wanted.person_id)
    transactions.tell(changes.sign_ins(wanted.person_id))
    await codes.close_all(connection, (wanted.old_phone, wanted.new_phone), now)
    params = json.dumps({"old": phones.mask(wanted.old_phone), "new": phones.mask(wanted.new_phone)})
    for side, phone in (("old", wanted.old_phone), ("new", wanted.new_phone)):
        source = f"{wanted.source}:{side}"
        sealed = seals.seal(keyring, params, column=codes.PARAMS_COLUMN, owner=source)
        await connection.execute(
            _TEXT, source, phone, TEXT_KIND, sealed, now, now + TEXT_LIFE, wanted.person_id
        )
    return None
