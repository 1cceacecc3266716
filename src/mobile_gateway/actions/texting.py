"""The outbox of text messages: claiming what is due, postponing, settling.

At least once: a worker that dies between the provider's answer and the settling leaves a text that is sent
again when its lease is over. What is secret in a row is erased with its settling, whatever the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from mobile_gateway.models.database import Database

LEASE = timedelta(seconds=40)
"""How long a claimed text is left alone: longer than a job may run (30 s)."""

LONGEST_WAIT = timedelta(seconds=60)

EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class DueText:
    """A text that this worker may send once now. Its phone and parameters are not in its repr."""

    id: int
    source: str
    phone: str = field(repr=False)
    kind: str
    locale: str
    params_sealed: bytes = field(repr=False)
    attempt: int


_EXPIRE = """
WITH late AS (
  SELECT id FROM sms_outbox WHERE settled_at IS NULL AND due_at <= $1 AND expires_at <= $1
     FOR UPDATE SKIP LOCKED
)
UPDATE sms_outbox o SET settled_at = $1, outcome = $2, params_sealed = NULL FROM late WHERE o.id = late.id
"""

_CLAIM = """
WITH due AS (
  SELECT id FROM sms_outbox WHERE settled_at IS NULL AND due_at <= $1 AND expires_at > $1
   ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE sms_outbox o SET attempts = o.attempts + 1, due_at = $1 + $3::interval FROM due WHERE o.id = due.id
RETURNING o.id, o.source, o.phone, o.kind, o.locale, o.params_sealed, o.attempts
"""


async def claim_due(database: Database, now: datetime, limit: int) -> list[DueText]:
    """Take up to `limit` texts that are due: counted as an attempt, and due again after `LEASE`.

    No two workers take the same one. Texts past their time are settled EXPIRED on the way.
    """
    async with database.transaction() as connection:
        await connection.execute(_EXPIRE, now, EXPIRED)
        rows = await connection.fetch(_CLAIM, now, limit, LEASE)
    return [_due(row) for row in rows]


async def postpone(database: Database, text: DueText, now: datetime) -> None:
    """Make a claimed text due again after 2, 4, 8 … 60 s, at the latest when it expires.

    Does nothing when the text was settled or claimed by another worker in between.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE sms_outbox SET due_at = least($3, expires_at)"
            " WHERE id = $1 AND attempts = $2 AND settled_at IS NULL",
            text.id,
            text.attempt,
            now + backoff(text.attempt),
        )


async def settle(database: Database, text_id: int, outcome: str, now: datetime) -> bool:
    """Close a text with its outcome and erase what was sealed in it. False when it was closed before.

    `outcome` is a word of at most 24 characters.
    """
    async with database.transaction() as connection:
        done = await connection.fetchval(
            "UPDATE sms_outbox SET settled_at = $3, outcome = $2, params_sealed = NULL"
            " WHERE id = $1 AND settled_at IS NULL RETURNING id",
            text_id,
            outcome,
            now,
        )
    return done is not None


def backoff(attempt: int) -> timedelta:
    """How long to wait after the attempt of this number, counted from 1."""
    return min(timedelta(seconds=2 ** min(attempt, 10)), LONGEST_WAIT)


def _due(row: asyncpg.Record) -> DueText:
    return DueText(
        row["id"],
        row["source"],
        row["phone"],
        row["kind"],
        row["locale"],
        row["params_sealed"],
        row["attempts"],
    )
