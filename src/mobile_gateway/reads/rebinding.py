"""Rebind tickets: what their holder sees, the agents' queue, and what a ticket's agent may open."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from mobile_gateway import seals
from mobile_gateway.rules.documents_of_identity import Document, DocumentType
from mobile_gateway.rules.rebinding import Claim
from mobile_gateway.rules.words import TicketState
from mobile_gateway.seals import Keyring, SealBroken

DETAILS_COLUMN = "rebind_ticket.details"
"""The column that a claim is sealed for; its owner is the ticket's number."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket without what it claims."""

    id: int
    number: str
    state: TicketState
    new_phone: str
    agent_id: int | None
    reason: str | None
    created_at: datetime
    taken_at: datetime | None
    called_back_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Which of an agent's tickets: the free ones, the agent's own, or both; open ones, or those of one state."""

    free: bool = True
    own: bool = True
    state: TicketState | None = None


_COLUMNS = (
    "t.id, t.number, t.state, t.new_phone, t.agent_id, t.reason, t.created_at, t.taken_at, t.called_back_at,"
    " t.closed_at"
)

FREE = (
    "(t.agent_id IS NULL OR (t.closed_at IS NULL AND NOT EXISTS (SELECT FROM staff_grant f"
    " WHERE f.person_id = t.agent_id AND f.role = 'SUPPORT_AGENT' AND f.revoked_at IS NULL)))"
)
"""A ticket that nobody has taken, or whose agent is none any more."""

_PAGE = f"""
SELECT {_COLUMNS} FROM rebind_ticket t
 WHERE (($2 AND {FREE}) OR ($3 AND t.agent_id = $1))
   AND CASE WHEN $4::text IS NULL THEN t.closed_at IS NULL ELSE t.state = $4 END
   AND ($5::timestamptz IS NULL OR (t.created_at, t.id) > ($5, $6))
 ORDER BY t.created_at, t.id LIMIT $7
"""

_AGENT = """
SELECT EXISTS (SELECT FROM staff_grant g
                WHERE g.person_id = $1 AND g.role = 'SUPPORT_AGENT' AND g.revoked_at IS NULL)
   AND EXISTS (SELECT FROM sign_in s JOIN person p ON p.id = s.person_id
                WHERE s.id = $2 AND p.id = $1 AND s.ended_at IS NULL AND s.wipe_epoch = p.wipe_epoch)
"""


async def is_agent(connection: asyncpg.Connection, person_id: int, sign_in_id: UUID) -> bool:
    """Whether the person is a support agent now, and the sign-in stands."""
    found: bool = await connection.fetchval(_AGENT, person_id, sign_in_id)
    return found


async def page(
    connection: asyncpg.Connection,
    agent_id: int,
    wanted: Slice,
    *,
    first: int,
    after: tuple[datetime, int] | None,
) -> list[Ticket]:
    """At most `first` tickets behind `after`, oldest first. One statement.

    The open ones, free or own, are what the workbench counts (`reads.people.staff_queue`).
    """
    moment, number = after or (None, 0)
    rows = await connection.fetch(
        _PAGE, agent_id, wanted.free, wanted.own, wanted.state, moment, number, first
    )
    return [_ticket(row) for row in rows]


async def in_reach(connection: asyncpg.Connection, agent_id: int, ticket_id: int) -> Ticket | None:
    """A ticket by its id, free or the agent's own; None for any other."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM rebind_ticket t WHERE t.id = $1 AND ({FREE} OR t.agent_id = $2)",
        ticket_id,
        agent_id,
    )
    return _ticket(row) if row else None


async def by_secret(connection: asyncpg.Connection, number: str, secret: str) -> Ticket | None:
    """A holder's ticket; None for a wrong number and a wrong secret alike."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM rebind_ticket t WHERE t.number = $1 AND t.secret_hash = $2",
        number,
        seals.hash_refresh(secret),
    )
    return _ticket(row) if row else None


async def of_agent(
    connection: asyncpg.Connection, keyring: Keyring, agent_id: int, number: str
) -> tuple[Ticket, Claim | None] | None:
    """A ticket that the agent has taken, with what it claims while it is open; None for any other."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS}, t.details_sealed FROM rebind_ticket t WHERE t.number = $1 AND t.agent_id = $2",
        number,
        agent_id,
    )
    if row is None:
        return None
    return _ticket(row), claim_of(keyring, number, row["details_sealed"])


def claim_of(keyring: Keyring, number: str, sealed: bytes | None) -> Claim | None:
    """What a ticket claims; None once it is closed, and where its key has left the ring."""
    if sealed is None:
        return None
    try:
        said = json.loads(seals.unseal_text(keyring, sealed, column=DETAILS_COLUMN, owner=number))
    except SealBroken:
        return None
    return Claim(said["name"], Document(DocumentType(said["type"]), said["number"]), said["old_phone"])


def _ticket(row: asyncpg.Record) -> Ticket:
    return Ticket(
        row["id"],
        row["number"],
        TicketState(row["state"]),
        row["new_phone"],
        row["agent_id"],
        row["reason"],
        row["created_at"],
        row["taken_at"],
        row["called_back_at"],
        row["closed_at"],
    )
