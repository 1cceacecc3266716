"""The holder's side of a rebind ticket: submitting and cancelling, signed in or not (PRODUCT.md §7).

No account is looked at before the agent finishes a ticket, so answer, status and timing are the same whether or
not there is one under the old phone. Times are the real clock's.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from mobile_gateway import seals
from mobile_gateway.actions import codes, notifying, telling_staff
from mobile_gateway.actions.notifying import Event
from mobile_gateway.models.database import Database
from mobile_gateway.reads import uploads
from mobile_gateway.reads.rebinding import DETAILS_COLUMN
from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules.rebinding import Claim, Step
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CodePurpose, NotificationKind, StaffRole, TicketState
from mobile_gateway.seals import Keyring

REJECTED_TEXT: Final = "REBIND_REJECTED"
"""The kind of the text that tells the new phone; carriers have a template for it."""

TEXT_LIFE: Final = timedelta(days=1)
TEXT_LOCALE: Final = "zh-CN"
"""A ticket is of no account, whose language could be asked for: it has a mainland number."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A new ticket. Its secret is told this once and kept as a hash."""

    number: str
    secret: str = field(repr=False)


_HAS_OPEN = "SELECT EXISTS (SELECT FROM rebind_ticket WHERE new_phone = $1 AND closed_at IS NULL)"

_INSERT = """
INSERT INTO rebind_ticket (number, secret_hash, state, new_phone, details_sealed, photo_key, created_at)
VALUES ($1, $2, 'SUBMITTED', $3, $4, $5, $6) RETURNING id
"""

_ATTACH = """
UPDATE upload SET attached_at = $2
 WHERE id = $1 AND stored_at IS NOT NULL AND attached_at IS NULL AND expires_at > $2 RETURNING id
"""


async def submit(
    database: Database,
    keyring: Keyring,
    *,
    claim: Claim,
    new_phone: str,
    code: str,
    upload_id: UUID,
    now: datetime,
) -> Submitted | Refusal:
    """Open a ticket for a new phone that the code proves, with a photo that was uploaded before.

    A photo that is not there is told before the code is used up; all else only to who proved the new phone.
    Every support agent is told.

    Refusals: UPLOAD_MISSING, CODE_WRONG, CODE_LOCKED, TICKET_ALREADY_OPEN, PHONE_TAKEN (the new one).
    """
    async with database.transaction() as connection:
        if not await uploads.is_kept(connection, upload_id, now):
            return _missing()
        refused = await codes.prove(
            connection, keyring, phone=new_phone, purpose=CodePurpose.REBIND_PHONE, code=code, now=now
        )
        if refused is not None:
            return refused
        if await connection.fetchval(_HAS_OPEN, new_phone):
            return Refusal(RefusalCode.TICKET_ALREADY_OPEN, ("newPhone",))
        if await connection.fetchval("SELECT EXISTS (SELECT FROM person WHERE phone = $1)", new_phone):
            return Refusal(RefusalCode.PHONE_TAKEN, ("newPhone",))
        if await connection.fetchval(_ATTACH, upload_id, now) is None:
            return _missing()
        number, secret = _new_number(), seals.new_refresh()
        details = seals.seal(keyring, _details(claim), column=DETAILS_COLUMN, owner=number)
        hashed = seals.hash_refresh(secret)
        ticket_id = await connection.fetchval(
            _INSERT, number, hashed, new_phone, details, str(upload_id), now
        )
        happened_at = await notifying.moment(connection)
        told = Event(NotificationKind.TICKET_TO_HANDLE, f"ticket:{ticket_id}", {}, happened_at)
        await telling_staff.tell(connection, StaffRole.SUPPORT_AGENT, told)
        return Submitted(number, secret)


async def cancel(database: Database, *, number: str, secret: str, now: datetime) -> Refusal | None:
    """Cancel a ticket by its number and secret; None when it is cancelled now. Twice is once.

    Refusals: NOT_FOUND for a wrong number and a wrong secret alike; TICKET_CLOSED when it was decided before.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(
            "SELECT id, state, photo_key FROM rebind_ticket WHERE number = $1 AND secret_hash = $2 FOR UPDATE",
            number,
            seals.hash_refresh(secret),
        )
        if row is None:
            return Refusal(RefusalCode.NOT_FOUND)
        return await _cancelled(connection, row, now)


async def cancel_by_phone(
    database: Database, keyring: Keyring, *, new_phone: str, code: str, now: datetime
) -> Refusal | None:
    """Cancel the open ticket of a new phone by a code to it: the way of who lost the secret, or got the number since.

    None too when there is none open. Refusals: CODE_WRONG, CODE_LOCKED.
    """
    async with database.transaction() as connection:
        refused = await codes.prove(
            connection, keyring, phone=new_phone, purpose=CodePurpose.REBIND_PHONE, code=code, now=now
        )
        if refused is not None:
            return refused
        row = await connection.fetchrow(
            "SELECT id, state, photo_key FROM rebind_ticket WHERE new_phone = $1 AND closed_at IS NULL FOR UPDATE",
            new_phone,
        )
        return None if row is None else await _cancelled(connection, row, now)


_TEXT = """
INSERT INTO sms_outbox (source, phone, kind, locale, params_sealed, due_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def tell_rejected(
    connection: asyncpg.Connection, keyring: Keyring, row: asyncpg.Record, now: datetime
) -> None:
    """Put a text to the new phone out: its ticket was rejected. It names the ticket's number and nothing else.

    Its holder may have no account to be told in, and reads the reason by number and secret.
    """
    source = f"rebind_ticket:{row['id']}:rejected"
    params = json.dumps({"number": row["number"]})
    sealed = seals.seal(keyring, params, column=codes.PARAMS_COLUMN, owner=source)
    await connection.execute(
        _TEXT, source, row["new_phone"], REJECTED_TEXT, TEXT_LOCALE, sealed, now, now + TEXT_LIFE
    )


async def close(
    connection: asyncpg.Connection, row: asyncpg.Record, state: TicketState, now: datetime, reason: str | None
) -> None:
    """Close a ticket whose row is held, and forget what it claimed and its photo in the same transaction."""
    await connection.execute(
        "UPDATE rebind_ticket SET state = $2, closed_at = $3, reason = $4, details_sealed = NULL,"
        " photo_key = NULL WHERE id = $1",
        row["id"],
        state,
        now,
        reason,
    )
    await connection.execute("DELETE FROM upload WHERE id = $1::text::uuid", row["photo_key"])


async def _cancelled(connection: asyncpg.Connection, row: asyncpg.Record, now: datetime) -> Refusal | None:
    state = TicketState(row["state"])
    reached = rules.after(state, Step.CANCEL)
    if isinstance(reached, Refusal):
        return reached
    if reached is not state:
        await close(connection, row, reached, now, None)
    return None


def _details(claim: Claim) -> str:
    return json.dumps(
        {
            "name": claim.name,
            "type": claim.document.type,
            "number": claim.document.number,
            "old_phone": claim.old_phone,
        }
    )


def _new_number() -> str:
    digits = (secrets.choice(rules.NUMBER_DIGITS) for _ in range(rules.NUMBER_LENGTH))
    return rules.NUMBER_PREFIX + "".join(digits)


def _missing() -> Refusal:
    return Refusal(RefusalCode.UPLOAD_MISSING, ("uploadToken",))
