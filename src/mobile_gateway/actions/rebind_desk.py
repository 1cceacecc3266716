"""The agent's side of a rebind ticket: take, look, call back, finish, reject (PRODUCT.md §7, §12).

Only a support agent acts, and only on a ticket that is free or the agent's own: everything else is NOT_FOUND, but
taking one that a colleague was faster at, which is ALREADY_DECIDED. A ticket whose agent is none any more is free.
Each act and each look at personal data is in the audit log. Times are the real clock's.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway import seals
from mobile_gateway.actions import auditing, codes, locks, notifying, rebinding, swapping
from mobile_gateway.actions.auditing import Entry
from mobile_gateway.actions.locks import Actor
from mobile_gateway.actions.notifying import Event
from mobile_gateway.actions.swapping import Swap
from mobile_gateway.models.database import Database
from mobile_gateway.reads.rebinding import claim_of
from mobile_gateway.reads.snapshots import DOCUMENT_COLUMN
from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules.rebinding import Claim, Step
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import NotificationKind, StaffRole, TicketState
from mobile_gateway.seals import Keyring

SUBJECT = "RebindTicket"
"""What the audit log calls a ticket."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a ticket claims, and the new phone, for its agent to read in full."""

    claim: Claim
    new_phone: str


_TICKET = """
SELECT id, number, state, new_phone, details_sealed, photo_key, agent_id FROM rebind_ticket
 WHERE number = $1 FOR UPDATE
"""

_HAS_AGENT = """
SELECT EXISTS (SELECT FROM staff_grant
                WHERE person_id = $1 AND role = 'SUPPORT_AGENT' AND revoked_at IS NULL)
"""

_FETCHED = """
SELECT EXISTS (SELECT FROM audit_entry WHERE actor_id = $1 AND act = 'PHOTO_VIEWED' AND at > now() - interval '1 hour'
                  AND data ->> 'link' = $2 AND data ->> 'step' = 'fetched')
"""

# Both people in the order of their ids: two agents who finish each other's tickets do not wait in a ring.
_HOLD_BOTH = "SELECT FROM person WHERE id = $1 OR phone = $2 ORDER BY id FOR NO KEY UPDATE"


async def take(database: Database, *, actor: Actor, number: str, now: datetime) -> Refusal | None:
    """Take a free ticket; of two agents one gets it. None too when it is the agent's own already.

    Refusals: SESSION_INVALID, NOT_FOUND, ALREADY_DECIDED (somebody else's by now, or closed).
    """
    async with database.transaction() as connection:
        row = await _ticket(connection, actor, number)
        if isinstance(row, Refusal):
            return row
        if row["agent_id"] == actor.person_id:
            return None
        if row["state"] in rules.CLOSED or await connection.fetchval(_HAS_AGENT, row["agent_id"]):
            return Refusal(RefusalCode.ALREADY_DECIDED, ("number",))
        await connection.execute(
            "UPDATE rebind_ticket SET state = 'IN_REVIEW', agent_id = $2, taken_at = $3, called_back_at = NULL"
            " WHERE id = $1",
            row["id"],
            actor.person_id,
            now,
        )
        await _audit(connection, actor, AuditAct.TICKET_TAKEN, row)
        return None


async def reveal(
    database: Database, keyring: Keyring, *, actor: Actor, number: str, reason: str, strong: bool
) -> Revealed | Refusal:
    """Show the agent in full what the ticket claims; `strong` tells whether a second sign-in holds.

    Refusals: SESSION_INVALID, NOT_FOUND, TICKET_CLOSED, SECOND_SIGN_IN_REQUIRED.
    """
    async with database.transaction() as connection:
        row = await _open(connection, actor, number, strong=strong)
        if isinstance(row, Refusal):
            return row
        claim = claim_of(keyring, number, row["details_sealed"])
        if claim is None:
            return Refusal(RefusalCode.NOT_FOUND, ("number",))
        await _audit(connection, actor, AuditAct.DOCUMENT_REVEALED, row, reason)
        return Revealed(claim, row["new_phone"])


async def view_photo(
    database: Database, *, actor: Actor, number: str, reason: str, link: str, strong: bool
) -> int | Refusal:
    """Note that the agent asks for the photo, which shows the document, and why; answers the ticket's id.

    `link` numbers the link that is given out: it shows the photo once, see `fetch_photo`.
    Refusals: SESSION_INVALID, NOT_FOUND, TICKET_CLOSED, SECOND_SIGN_IN_REQUIRED.
    """
    async with database.transaction() as connection:
        row = await _open(connection, actor, number, strong=strong)
        if isinstance(row, Refusal):
            return row
        await _audit(
            connection, actor, AuditAct.PHOTO_VIEWED, row, reason, {"step": "asked for", "link": link}
        )
        ticket_id: int = row["id"]
        return ticket_id


async def fetch_photo(database: Database, *, agent_id: int, ticket_id: int, link: str) -> bool:
    """Note that the photo is shown by a link, which is good once; False when it was used before."""
    async with database.transaction() as connection:
        # Two fetches at once are one after the other.
        await connection.execute("SELECT FROM rebind_ticket WHERE id = $1 FOR UPDATE", ticket_id)
        if await connection.fetchval(_FETCHED, agent_id, link):
            return False
        said = {"step": "fetched", "link": link}
        entry = Entry(AuditAct.PHOTO_VIEWED, StaffRole.SUPPORT_AGENT, SUBJECT, ticket_id, data=said)
        await auditing.write(connection, agent_id, entry)
        return True


async def call_back(
    database: Database, *, actor: Actor, number: str, note: str, now: datetime
) -> Refusal | None:
    """Note that the agent has spoken with the holder on the new phone; `note` goes to the audit log. Twice is once.

    Refusals: SESSION_INVALID, NOT_FOUND, TICKET_CLOSED, TICKET_STEP_IMPOSSIBLE.
    """
    async with database.transaction() as connection:
        row = await _own(connection, actor, number)
        if isinstance(row, Refusal):
            return row
        reached = rules.after(TicketState(row["state"]), Step.CALL_BACK)
        if isinstance(reached, Refusal) or reached == row["state"]:
            return reached if isinstance(reached, Refusal) else None
        await connection.execute(
            "UPDATE rebind_ticket SET state = $2, called_back_at = $3 WHERE id = $1", row["id"], reached, now
        )
        await _audit(connection, actor, AuditAct.TICKET_CALLED_BACK, row, note)
        return None


async def finish(
    database: Database, keyring: Keyring, *, actor: Actor, number: str, now: datetime
) -> Refusal | None:
    """Give the account its new phone, end all its sign-ins, tell both numbers, close the ticket and forget its photo.

    The account is the one of the old phone, if name and document are its own too. Twice is once.

    Refusals: SESSION_INVALID, NOT_FOUND, TICKET_CLOSED, TICKET_STEP_IMPOSSIBLE; REBIND_MISMATCH, which does not
    tell what differs, nor whether there is such an account; PHONE_TAKEN, when the new phone got one meanwhile.
    """
    async with database.transaction() as connection:
        held = await _hold_phones(connection, keyring, actor, number)
        row = await _own(connection, actor, number)
        if isinstance(row, Refusal):
            return row
        reached = rules.after(TicketState(row["state"]), Step.FINISH)
        if isinstance(reached, Refusal) or reached == row["state"]:
            return reached if isinstance(reached, Refusal) else None
        account = None if held is None else await _account(connection, keyring, held)
        if held is None or account is None:
            return Refusal(RefusalCode.REBIND_MISMATCH, ("number",))
        swap = Swap(account, held.old_phone, row["new_phone"], f"rebind_ticket:{row['id']}")
        refused = await swapping.swap(connection, keyring, swap, now)
        if refused is not None:
            return Refusal(refused.code, ("number",))
        await rebinding.close(connection, row, reached, now, None)
        done = {"outcome": reached.value}
        subject = f"ticket:{row['id']}"
        happened_at = await notifying.moment(connection)
        told = [
            Event(NotificationKind.REBIND_DECIDED, subject, done, happened_at),
            Event(NotificationKind.PHONE_CHANGED, subject, {}, happened_at),
        ]
        await notifying.notify(connection, account, told)
        await _audit(connection, actor, AuditAct.TICKET_DONE, row)
        return None


async def reject(
    database: Database, keyring: Keyring, *, actor: Actor, number: str, reason: str, now: datetime
) -> Refusal | None:
    """Close a ticket without moving anything; its holder reads the reason. Twice is once.

    The new phone is told by a text. Who has the account of the old one, if there is one, that somebody asked for it.

    Refusals: SESSION_INVALID, NOT_FOUND, TICKET_CLOSED, TICKET_STEP_IMPOSSIBLE.
    """
    async with database.transaction() as connection:
        row = await _own(connection, actor, number)
        if isinstance(row, Refusal):
            return row
        reached = rules.after(TicketState(row["state"]), Step.REJECT)
        if isinstance(reached, Refusal) or reached == row["state"]:
            return reached if isinstance(reached, Refusal) else None
        claim = claim_of(keyring, number, row["details_sealed"])
        await rebinding.close(connection, row, reached, now, reason)
        await rebinding.tell_rejected(connection, keyring, row, now)
        account = claim and await connection.fetchval(
            "SELECT id FROM person WHERE phone = $1", claim.old_phone
        )
        if account:
            outcome = {"outcome": reached.value}
            happened_at = await notifying.moment(connection)
            told = Event(NotificationKind.REBIND_DECIDED, f"ticket:{row['id']}", outcome, happened_at)
            await notifying.notify(connection, account, [told])
        await _audit(connection, actor, AuditAct.TICKET_REJECTED, row, reason)
        return None


async def _hold_phones(
    connection: asyncpg.Connection, keyring: Keyring, actor: Actor, number: str
) -> Claim | None:
    """Hold both phones and both people of the agent's open ticket, before the ticket itself; what it claims."""
    seen = await connection.fetchrow(
        "SELECT new_phone, details_sealed FROM rebind_ticket WHERE number = $1 AND agent_id = $2",
        number,
        actor.person_id,
    )
    claim = seen and claim_of(keyring, number, seen["details_sealed"])
    if not claim:
        return None
    await codes.hold(connection, claim.old_phone, seen["new_phone"])
    await connection.execute(_HOLD_BOTH, actor.person_id, claim.old_phone)
    return claim


async def _account(connection: asyncpg.Connection, keyring: Keyring, claim: Claim) -> int | None:
    row = await connection.fetchrow(
        "SELECT id, name, document_index FROM person WHERE phone = $1 FOR NO KEY UPDATE", claim.old_phone
    )
    index = seals.blind_index(keyring, claim.document.unique_text, DOCUMENT_COLUMN)
    if row is None or row["document_index"] is None or row["name"] != claim.name:
        return None
    account: int = row["id"]
    return account if hmac.compare_digest(row["document_index"], index) else None


async def _ticket(connection: asyncpg.Connection, actor: Actor, number: str) -> asyncpg.Record | Refusal:
    grants = await locks.staff(connection, actor)
    if isinstance(grants, Refusal):
        return grants
    row = await connection.fetchrow(_TICKET, number) if grants.is_support else None
    return row or Refusal(RefusalCode.NOT_FOUND, ("number",))


async def _own(connection: asyncpg.Connection, actor: Actor, number: str) -> asyncpg.Record | Refusal:
    row = await _ticket(connection, actor, number)
    if isinstance(row, Refusal) or row["agent_id"] == actor.person_id:
        return row
    return Refusal(RefusalCode.NOT_FOUND, ("number",))


async def _open(
    connection: asyncpg.Connection, actor: Actor, number: str, *, strong: bool
) -> asyncpg.Record | Refusal:
    row = await _own(connection, actor, number)
    if isinstance(row, Refusal):
        return row
    if row["state"] in rules.CLOSED:
        return Refusal(RefusalCode.TICKET_CLOSED, ("number",))
    return row if strong else Refusal(RefusalCode.SECOND_SIGN_IN_REQUIRED)


async def _audit(
    connection: asyncpg.Connection,
    actor: Actor,
    act: AuditAct,
    row: asyncpg.Record,
    reason: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    entry = Entry(act, StaffRole.SUPPORT_AGENT, SUBJECT, row["id"], reason=reason, data=data or {})
    await auditing.write(connection, actor.person_id, entry)
