"""What a holder's leaving, editing and being approved does to their certificates (PRODUCT.md §8, "Reissue").

Part of the transaction of what happened, whose caller holds the person's row and, where they change, the records.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from mobile_gateway import workdays
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import certificates
from mobile_gateway.rules.certificates import Event, Life
from mobile_gateway.rules.words import CertificateState, RecordState
from mobile_gateway.seals import Keyring

_LIVE = """
SELECT id, serial, state, snapshot_sealed, left_at, reissue_due_at, ready_at FROM certificate
 WHERE person_id = $1 AND state <> 'VOID' ORDER BY id FOR UPDATE
"""

_PRIMARY = """
SELECT state FROM teaching_record WHERE person_id = $1 AND is_primary AND left_at IS NULL
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
    approved = await connection.fetchval(_PRIMARY, person_id) == RecordState.APPROVED
    for row in live:
        printed = snapshots.unseal(keyring, row["snapshot_sealed"], row["serial"]).holder
        life = certificates.after(
            Life(
                CertificateState(row["state"]),
                row["left_at"] is not None,
                row["reissue_due_at"],
                row["ready_at"] is not None,
            ),
            event,
            certificates.difference(printed, current),
            approved=approved,
            now=now,
            is_workday=workdays.is_workday,
        )
        await connection.execute(
            _SETTLE, person_id, row["id"], life.state, life.due_at, life.left, life.ready, now
        )
