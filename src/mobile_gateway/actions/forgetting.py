"""Retention: what is no longer needed is deleted, a batch a transaction (docs/operations.md, "Retention").

A batch looks at the oldest rows alone, what is open still left out: ids grow with time, so nothing is searched, and no
table needs an index on its times. Rows that somebody holds are left for the next time: nobody waits for it, and it
waits for nobody.
Twice, or by several workers at once, is once. Times are the real clock's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from mobile_gateway.models.database import Database

CODES_KEPT: Final = timedelta(days=2)
"""One-time codes, after they were made: longer than the day whose quota counts them."""

TEXTS_KEPT: Final = timedelta(days=7)
"""Text messages, after they were settled: they hold a phone, and help who says that no text came."""

TRIES_KEPT: Final = timedelta(days=1)
"""Tries to sign in by a password: the lock that they make is far shorter."""

LINKS_KEPT: Final = timedelta(days=10)
"""Refresh tokens, after they expired: 40 days after they were issued."""

SIGN_INS_KEPT: Final = timedelta(days=90)
"""Sign-ins, after they ended; those that nothing can refresh any more, after they began."""

CHANGES_KEPT: Final = timedelta(days=30)
"""Changes of a phone, after they were done: they hold both numbers."""

TICKETS_KEPT: Final = timedelta(days=180)
"""Rebind tickets, after they were closed: they hold the new phone; the audit log keeps what was done."""

LOOKED_AT: Final = 5_000
"""How many sign-ins one batch looks at: their ids are random, so it walks round the whole table by them."""

START: Final = UUID(int=0)

# The live link is the newest: while a sign-in has links, it has that one, and an index finds it.
_DUE = """
SELECT id, coalesce(ended_at, created_at) < $2
       AND NOT EXISTS (SELECT FROM refresh_token r WHERE r.sign_in_id = s.id AND r.rotated_at IS NULL) AS due
  FROM sign_in s WHERE id > $1 ORDER BY id LIMIT $3
"""


async def codes(database: Database, now: datetime, most: int) -> int:
    """Forget one-time codes of two days ago; answers how many, `most` or fewer."""
    return await _forget(database, "sms_code", "created_at", now - CODES_KEPT, most)


async def texts(database: Database, now: datetime, most: int) -> int:
    """Forget text messages settled a week ago; what is still to be sent stays."""
    return await _forget(database, "sms_outbox", "settled_at", now - TEXTS_KEPT, most)


async def tries(database: Database, now: datetime, most: int) -> int:
    """Forget tries to sign in of a day ago."""
    return await _forget(database, "sign_in_try", "created_at", now - TRIES_KEPT, most)


async def links(database: Database, now: datetime, most: int) -> int:
    """Forget refresh tokens that expired ten days ago.

    Weak: a copy of a rotated token that old is refused as unknown, and no longer ends the sign-in it is of.
    """
    return await _forget(database, "refresh_token", "expires_at", now - LINKS_KEPT, most)


async def phone_changes(database: Database, now: datetime, most: int) -> int:
    """Forget changes of a phone that were done thirty days ago."""
    return await _forget(database, "phone_change", "done_at", now - CHANGES_KEPT, most)


async def tickets(database: Database, now: datetime, most: int) -> int:
    """Forget rebind tickets that were closed half a year ago."""
    return await _forget(database, "rebind_ticket", "closed_at", now - TICKETS_KEPT, most)


async def sign_ins(database: Database, now: datetime, after: UUID, most: int) -> tuple[int, UUID]:
    """Forget sign-ins of 90 days ago among the next ones behind `after`; answers how many, and where to go on.

    Behind the last one that is START again.
    """
    before = now - SIGN_INS_KEPT
    async with database.transaction() as connection:
        seen = await connection.fetch(_DUE, after, before, LOOKED_AT)
        due = [row["id"] for row in seen if row["due"]][:most]
        status = await connection.execute(_delete("sign_in", "coalesce(ended_at, created_at)"), due, before)
    forgotten = _many(status)
    if len(due) == most:
        return forgotten, due[-1]
    return forgotten, seen[-1]["id"] if len(seen) == LOOKED_AT else START


def _oldest(table: str, moment: str, most: int) -> str:
    # The number stands in the text: of a parameter the planner expects a tenth of the table.
    return (
        f"SELECT id FROM (SELECT id, {moment} AS moment FROM {table} WHERE {moment} IS NOT NULL"
        f" ORDER BY id LIMIT {most:d}) AS oldest WHERE moment < $1"
    )


def _delete(table: str, moment: str) -> str:
    # By ids, so that the planner takes the key and no other way.
    return (
        f"DELETE FROM {table} WHERE id IN ("
        f"SELECT id FROM {table} WHERE id = ANY($1) AND {moment} < $2 FOR UPDATE SKIP LOCKED)"
    )


async def _forget(database: Database, table: str, moment: str, before: datetime, most: int) -> int:
    async with database.transaction() as connection:
        due = [row["id"] for row in await connection.fetch(_oldest(table, moment, most), before)]
        return _many(await connection.execute(_delete(table, moment), due, before)) if due else 0


def _many(status: str) -> int:
    """How many rows a command's status tells of."""
    return int(status.rpartition(" ")[2])
