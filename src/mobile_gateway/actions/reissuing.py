"""Making a certificate anew after its holder's data changed (PRODUCT.md §8, "Reissue")."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import issuing, locks, notifying
from mobile_gateway.actions.issuing import Issue
from mobile_gateway.models.database import Database
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import certificates, changes
from mobile_gateway.rules.words import NotificationKind, VoidReason
from mobile_gateway.seals import Keyring

LATER: Final = timedelta(hours=1)
"""When a reissue is tried again that cannot be printed; a new font or another name may have come."""

_READY = """
SELECT c.serial, c.snapshot_sealed, c.topic_id, c.first_issued_at,
       EXISTS (SELECT FROM teaching_record r WHERE r.person_id = c.person_id AND r.is_primary AND r.left_at IS NULL
                  AND r.state = 'APPROVED') AS approved
  FROM certificate c
 WHERE c.person_id = $1 AND c.id = $2 AND c.state = 'REISSUE_PENDING' AND c.ready_at IS NOT NULL
"""

_AS_IT_WAS = """
UPDATE certificate SET state = 'ISSUED', reissue_due_at = NULL, ready_at = NULL, left_at = NULL
 WHERE person_id = $1 AND id = $2
"""

_LATER = "UPDATE certificate SET ready_at = $3 WHERE person_id = $1 AND id = $2"


class Reissue(StrEnum):
    """What came of one."""

    NOTHING_DUE = "NOTHING_DUE"
    AS_IT_WAS = "AS_IT_WAS"
    UNPRINTABLE = "UNPRINTABLE"
    REISSUED = "REISSUED"


async def reissue(
    database: Database,
    keyring: Keyring,
    *,
    person_id: int,
    certificate_id: int,
    lacking: Callable[[str], str],
    now: datetime,
) -> Reissue:
    """Issue the next version with the newest data; the old one becomes void in the same transaction.

    `now` is the domain's clock. Twice, or by two workers at once, is once. What is equal again stays as it was. A
    name that cannot be printed is tried again later; until then the old version checks as being updated.
    """
    async with database.transaction() as connection:
        if await locks.anybody(connection, person_id) is None:
            return Reissue.NOTHING_DUE
        row = await connection.fetchrow(_READY, person_id, certificate_id)
        current = await snapshots.holder(connection, keyring, person_id)
        if row is None or current is None or not row["approved"]:
            return Reissue.NOTHING_DUE
        printed = snapshots.unseal(keyring, row["snapshot_sealed"], row["serial"])
        if not certificates.difference(printed.holder, current).any:
            await connection.execute(_AS_IT_WAS, person_id, certificate_id)
            transactions.tell(changes.progress(person_id, row["topic_id"]))
            return Reissue.AS_IT_WAS
        snapshot = await snapshots.of(connection, current, row["topic_id"])
        if any(lacking(text) for text in snapshot.texts):
            await connection.execute(_LATER, person_id, certificate_id, now + LATER)
            return Reissue.UNPRINTABLE
        await _replace(connection, keyring, person_id, certificate_id, row, snapshot, now)
        return Reissue.REISSUED


async def put_off(database: Database, *, person_id: int, certificate_id: int, until: datetime) -> None:
    """Try one that failed again later, so that it stands in nobody's way. `until` is the domain's clock's."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE certificate SET ready_at = $3 WHERE person_id = $1 AND id = $2 AND ready_at IS NOT NULL",
            person_id,
            certificate_id,
            until,
        )


async def _replace(
    connection: asyncpg.Connection,
    keyring: Keyring,
    person_id: int,
    certificate_id: int,
    row: asyncpg.Record,
    snapshot: certificates.Snapshot,
    now: datetime,
) -> None:
    await issuing.void(connection, person_id, certificate_id, VoidReason.REISSUED, now)
    of = Issue(person_id, row["topic_id"], row["first_issued_at"], now)
    number = await issuing.issue(connection, keyring, of, snapshot)
    told = await issuing.event(
        connection, NotificationKind.CERTIFICATE_REISSUED, row["topic_id"], number, now
    )
    await notifying.notify(connection, person_id, [told])
