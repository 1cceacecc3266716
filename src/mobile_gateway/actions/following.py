"""What a holder's leaving, editing and being approved does to their certificates (PRODUCT.md §8, "Reissue").

Part of the transaction of what happened, whose caller holds the person's row and, where they change, the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from mobile_gateway import metrics, transactions, workdays
from mobile_gateway.actions import leaving
from mobile_gateway.logs import logger
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import certificates, changes
from mobile_gateway.rules.certificates import Event, Holder, Life
from mobile_gateway.rules.teaching import Record
from mobile_gateway.rules.words import CertificateState, RecordState
from mobile_gateway.seals import Keyring, SealBroken

_LIVE = """
SELECT id, topic_id, serial, state, snapshot_sealed, left_at, reissue_due_at, ready_at FROM certificate
 WHERE person_id = $1 AND state <> 'VOID' ORDER BY id FOR UPDATE
"""

_PRIMARY = """
SELECT r.state, r.decided_at, p.identity_edited_at FROM person p
  LEFT JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL
 WHERE p.id = $1
"""

_SETTLE = """
UPDATE certificate SET state = $3, reissue_due_at = $4, left_at = CASE WHEN $5 THEN coalesce(left_at, $7) END,
                       ready_at = CASE WHEN $6 THEN coalesce(ready_at, $7) END
 WHERE person_id = $1 AND id = $2
"""


async def follow(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, event: Event, now: datetime
) -> None:
    """Bring a person's live certificates to where the event leads.

    `now` is the domain's clock. Who has no certificate costs one statement.
    """
    live = await connection.fetch(_LIVE, person_id)
    if not live:
        return
    current = await snapshots.holder(connection, keyring, person_id)
    if current is None:
        raise RuntimeError("a certificate's holder has no name or document")
    primary = await connection.fetchrow(_PRIMARY, person_id)
    state = RecordState(primary["state"]) if primary["state"] else None
    by = certificates.verified(state, primary["decided_at"], primary["identity_edited_at"])
    for row in live:
        printed = _printed(keyring, row)
        if printed is None:
            continue
        life = certificates.after(
            Life(
                CertificateState(row["state"]),
                row["left_at"] is not None,
                row["reissue_due_at"],
                row["ready_at"] is not None,
            ),
            event,
            certificates.difference(printed, current),
            by,
            now=now,
            is_workday=workdays.is_workday,
        )
        await connection.execute(
            _SETTLE, person_id, row["id"], life.state, life.due_at, life.left, life.ready, now
        )
        transactions.tell(changes.progress(person_id, row["topic_id"]))


async def choose(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, before: Sequence[Record], now: datetime
) -> None:
    """As `follow`, where the school of the primary record is another one than it was `before`.

    Tells that the person's standing may be another one, and so does `leave`.
    """
    transactions.tell(changes.standing(person_id))
    if _school(before) != _school(await leaving.current(connection, person_id)):
        await follow(connection, keyring, person_id, Event.CHOSEN, now)


async def leave(
    connection: asyncpg.Connection, keyring: Keyring, person_id: int, record: Record, now: datetime
) -> None:
    """As `follow`, where the record that was left counts: one that was approved or primary."""
    transactions.tell(changes.standing(person_id))
    if record.is_primary or record.state is RecordState.APPROVED:
        await follow(connection, keyring, person_id, Event.LEFT, now)


def _school(records: Sequence[Record]) -> int | None:
    return next((one.school_id for one in records if one.is_primary), None)


def _printed(keyring: Keyring, row: asyncpg.Record) -> Holder | None:
    """What a version says; None when its seal does not open, which hinders nobody from leaving or editing."""
    try:
        return snapshots.unseal(keyring, row["snapshot_sealed"], row["serial"]).holder
    except SealBroken:
        metrics.seals_broken.labels("certificate").inc()
        logger.error("snapshot_broken", certificate=row["id"])
        return None
