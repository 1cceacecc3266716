"""The rows of certificates: a version is issued, a version becomes void. Parts of their callers' transactions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import notifying
from mobile_gateway.actions.notifying import Event
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import changes, serials, texts
from mobile_gateway.rules.certificates import Snapshot
from mobile_gateway.rules.words import NotificationKind, VoidReason
from mobile_gateway.seals import Keyring

_SERIAL_KEY = "certificate_serial_key"
_TRIES = 3

_ISSUE = """
INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name, recognised_ms,
                         first_issued_at, issued_at)
SELECT $1, $2, 1 + coalesce((SELECT max(version) FROM certificate WHERE person_id = $1 AND topic_id = $2), 0), $3,
       'ISSUED', $4, $5, (SELECT sum(c.required_credits) * t.ms_per_credit
                            FROM course c JOIN topic t ON t.id = c.topic_id WHERE t.id = $2 GROUP BY t.id), $6, $7
RETURNING id
"""

_VOID = """
UPDATE certificate SET state = 'VOID', voided_at = $3, void_reason = $4, reissue_due_at = NULL, ready_at = NULL,
                       left_at = NULL
 WHERE person_id = $1 AND id = $2
RETURNING topic_id
"""


@dataclass(frozen=True, slots=True)
class Issue:
    """Whose certificate, of what, and since when there is one: of a reissue the first version's date."""

    person_id: int
    topic_id: int
    first_issued_at: datetime
    issued_at: datetime


async def issue(connection: asyncpg.Connection, keyring: Keyring, of: Issue, snapshot: Snapshot) -> int:
    """Write the next version under a serial that was never used; answers its id. The holder has no live one."""
    left = _TRIES
    while True:
        left -= 1
        serial = serials.write(secrets.randbits(serials.RANDOM_BITS))
        try:
            async with connection.transaction():
                number: int = await connection.fetchval(
                    _ISSUE,
                    of.person_id,
                    of.topic_id,
                    serial,
                    snapshots.seal(keyring, snapshot, serial),
                    texts.mask_name(snapshot.holder.name),
                    of.first_issued_at,
                    of.issued_at,
                )
                transactions.tell(changes.progress(of.person_id, of.topic_id))
                return number
        except asyncpg.UniqueViolationError as why:
            if why.constraint_name != _SERIAL_KEY or not left:
                raise


async def void(
    connection: asyncpg.Connection, person_id: int, certificate_id: int, reason: VoidReason, now: datetime
) -> None:
    """Make a live version void, for good."""
    topic_id = await connection.fetchval(_VOID, person_id, certificate_id, now, reason)
    transactions.tell(changes.progress(person_id, topic_id))


async def void_of_topic(
    connection: asyncpg.Connection, person_id: int, topic_id: int, reason: VoidReason, now: datetime
) -> int | None:
    """Make a person's live certificate of a topic void and tell them; answers its id, None when there is none."""
    number: int | None = await connection.fetchval(
        "SELECT id FROM certificate WHERE person_id = $1 AND topic_id = $2 AND state <> 'VOID' FOR UPDATE",
        person_id,
        topic_id,
    )
    if number is not None:
        await void(connection, person_id, number, reason, now)
        told = await event(connection, NotificationKind.CERTIFICATE_VOIDED, topic_id, number, now)
        await notifying.notify(connection, person_id, [told])
    return number


async def event(
    connection: asyncpg.Connection, kind: NotificationKind, topic_id: int, certificate_id: int, now: datetime
) -> Event:
    """What a person is told of one version."""
    row = await connection.fetchrow("SELECT title, title_en FROM topic WHERE id = $1", topic_id)
    data = {"topic": row["title"], "topic_en": row["title_en"], "topic_id": str(topic_id)}
    return Event(kind, f"certificate:{certificate_id}", data, now)
