"""Merging a school into its successor (PRODUCT.md §6): what belonged to it belongs to the successor from now on.

Locks: the actor's person, the two schools by id, their grants, their records. Many people are touched, none of whom
is locked: so a lock that somebody else holds is waited for shorter than PostgreSQL waits before it looks for a
deadlock, and the merge, not the other, begins anew.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import auditing, directory_rows, following, locks, notifying, readiness, reviewers
from mobile_gateway.actions.auditing import Entry
from mobile_gateway.actions.directory import SUBJECT
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import changes, school_names
from mobile_gateway.rules.certificates import Event
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.school_names import Called
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.seals import Keyring

TRIES: Final = 8
LOCK_MS: Final = 300
AGAIN_SECONDS: Final = 0.1
_IN_THE_WAY: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
)


async def merge(
    database: Database, keyring: Keyring, *, actor: Actor, school_id: int, successor_id: int, now: datetime
) -> Refusal | None:
    """Merge a school into its successor; None when it is merged into it now. Twice is once.

    - Active teaching records move with their state. Who teaches at both keeps the better one (APPROVED, then
      PENDING, then REJECTED; of equals the primary one, then the successor's); the other is WITHDRAWN.
    - School admins become the successor's. Who decides by now about a record that waits is told of it, unless they
      were before.
    - Students move, but for those whose number is taken there: they stay.
    - The name and aliases become aliases of the successor, as do those of schools merged earlier, which point to it
      too: none is left out.
    - Certificates and what was left long ago keep the old school.

    Refusals: SESSION_INVALID, NOT_FOUND (a school out of the actor's county), SCHOOL_MERGED,
    SCHOOL_MERGE_IMPOSSIBLE (one school, or two counties and no PLATFORM_ADMIN), SERVICE_UNAVAILABLE (records of
    the schools were held by others for seconds; try again).
    """
    for _ in range(TRIES):
        try:
            return await _merge(database, keyring, actor, school_id, successor_id, now)
        except _IN_THE_WAY:
            await asyncio.sleep(AGAIN_SECONDS)
    return Refusal(RefusalCode.SERVICE_UNAVAILABLE)


async def _merge(
    database: Database, keyring: Keyring, actor: Actor, school_id: int, successor_id: int, now: datetime
) -> Refusal | None:
    async with database.transaction() as connection:
        await connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
        grants = await locks.staff(connection, actor)
        if isinstance(grants, Refusal):
            return grants
        # NO KEY UPDATE: who adds a record waits (FOR SHARE); what merely refers to a school does not.
        rows = await connection.fetch(
            "SELECT id, county_id, name, aliases, merged_at, successor_id FROM school WHERE id = ANY($1::bigint[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [school_id, successor_id],
        )
        schools = {row["id"]: row for row in rows if grants.over_county(row["county_id"])}
        for number, path in ((school_id, "schoolId"), (successor_id, "successorId")):
            if number not in schools:
                return Refusal(RefusalCode.NOT_FOUND, (path,))
        merged, successor = schools[school_id], schools[successor_id]
        refused = _may(merged, successor, everywhere=grants.is_platform)
        if refused is not None or merged["successor_id"] == successor_id:
            return refused
        await connection.execute(_HOLD_GRANTS, school_id, successor_id)
        await connection.execute(_HOLD_RECORDS, school_id, successor_id)
        waiting = [row["id"] for row in await connection.fetch(_WAITING, school_id, successor_id)]
        await _move(connection, keyring, school_id, successor_id, now)
        await reviewers.hand_over(connection, school_id=successor_id, record_ids=waiting, now=now)
        former = await directory_rows.former_names(connection, [successor_id, school_id])
        aliases = school_names.with_former(
            Called(successor["name"], successor["aliases"]), [merged["name"], *merged["aliases"], *former]
        )
        await connection.execute(_SUCCEED, school_id, successor_id, now, aliases)
        await connection.execute("DELETE FROM school_search WHERE school_id = $1", school_id)
        role = grants.over_county(merged["county_id"])
        await auditing.write(
            connection,
            actor.person_id,
            Entry(
                AuditAct.SCHOOL_MERGED,
                role,
                SUBJECT,
                school_id,
                successor_id,
                merged["county_id"],
                data={"successor": str(successor_id)},
            ),
        )
        await directory_rows.index(connection, [successor_id])
        await directory_rows.changed(connection)
    return None


def _may(merged: Any, successor: Any, *, everywhere: bool) -> Refusal | None:
    if merged["id"] == successor["id"]:
        return Refusal(RefusalCode.SCHOOL_MERGE_IMPOSSIBLE, ("successorId",))
    if successor["merged_at"] is not None:
        return Refusal(RefusalCode.SCHOOL_MERGED, ("successorId",))
    if merged["merged_at"] is not None and merged["successor_id"] != successor["id"]:
        return Refusal(RefusalCode.SCHOOL_MERGED, ("schoolId",))
    if merged["county_id"] != successor["county_id"] and not everywhere:
        return Refusal(RefusalCode.SCHOOL_MERGE_IMPOSSIBLE, ("successorId",))
    return None


async def _move(
    connection: asyncpg.Connection, keyring: Keyring, school_id: int, successor_id: int, now: datetime
) -> None:
    """Each statement by itself: the next one's unique keys need what it wrote."""
    both = await connection.fetch(_BOTH, school_id, successor_id)
    kept = [row["kept"] for row in both]
    await connection.execute(_WITHDRAW, [row["left"] for row in both], now)
    await connection.execute(
        _KEEP, kept, successor_id, [row["kept"] for row in both if row["left_was_primary"]]
    )
    await _tell_of_certificates(connection, keyring, kept, now)
    await connection.execute(_MOVE_RECORDS, school_id, successor_id)
    await connection.execute(_MOVE_GRANTS, school_id, successor_id)
    await connection.execute(_REVOKE_GRANTS, school_id)
    await connection.execute(_MOVE_STUDENTS, school_id, successor_id)


async def _tell_of_certificates(
    connection: asyncpg.Connection, keyring: Keyring, kept: list[int], now: datetime
) -> None:
    """Who had both schools may have an approved primary record only now: to claim a certificate, or to be made anew."""
    people = await connection.fetch(_OWNERS, kept)
    for person in people:
        transactions.tell(changes.standing(person["id"]))
        await following.follow(connection, keyring, person["id"], Event.CHOSEN, now)
        told = await readiness.events(connection, person["id"], now)
        await notifying.notify(connection, person["id"], told)


_OWNERS = """
SELECT p.id FROM person p WHERE p.id IN (SELECT person_id FROM teaching_record WHERE id = ANY($1::bigint[]))
 ORDER BY p.id FOR NO KEY UPDATE
"""

_HOLD_GRANTS = """
SELECT FROM staff_grant WHERE school_id IN ($1, $2) AND revoked_at IS NULL ORDER BY id FOR UPDATE
"""

_HOLD_RECORDS = """
SELECT FROM teaching_record WHERE school_id IN ($1, $2) AND left_at IS NULL ORDER BY id FOR UPDATE
"""

# Those that come to other deciders: the school's own, and those of its admins at the successor, who are admins there
# from now on, so that the county's decide about them.
_WAITING = """
SELECT r.id FROM teaching_record r WHERE r.state = 'PENDING' AND r.left_at IS NULL AND (r.school_id = $1
    OR r.school_id = $2 AND EXISTS (SELECT FROM staff_grant g WHERE g.person_id = r.person_id AND g.school_id = $1
                                       AND g.role = 'SCHOOL_ADMIN' AND g.revoked_at IS NULL))
 ORDER BY r.id
"""

_BETTER = "CASE {}.state WHEN 'APPROVED' THEN 0 WHEN 'PENDING' THEN 1 ELSE 2 END"

_BOTH = f"""
SELECT CASE WHEN pick.old_wins THEN o.id ELSE n.id END AS kept,
       CASE WHEN pick.old_wins THEN n.id ELSE o.id END AS left,
       CASE WHEN pick.old_wins THEN n.is_primary ELSE o.is_primary END AS left_was_primary
  FROM teaching_record o JOIN teaching_record n ON n.person_id = o.person_id AND n.school_id = $2 AND n.left_at IS NULL
 CROSS JOIN LATERAL (
       SELECT ({_BETTER.format("o")}, NOT o.is_primary, 1)
            < ({_BETTER.format("n")}, NOT n.is_primary, 0) AS old_wins) pick
 WHERE o.school_id = $1 AND o.left_at IS NULL
"""

_WITHDRAW = """
UPDATE teaching_record SET state = 'WITHDRAWN', left_at = $2, is_primary = false, version = version + 1
 WHERE id = ANY($1::bigint[])
"""

_KEEP = """
UPDATE teaching_record SET school_id = $2, is_primary = is_primary OR id = ANY($3::bigint[]), version = version + 1
 WHERE id = ANY($1::bigint[])
"""

_MOVE_RECORDS = """
UPDATE teaching_record SET school_id = $2, version = version + 1 WHERE school_id = $1 AND left_at IS NULL
"""

_MOVE_GRANTS = """
UPDATE staff_grant g SET school_id = $2 WHERE g.school_id = $1 AND g.revoked_at IS NULL AND NOT EXISTS (
  SELECT FROM staff_grant o WHERE o.person_id = g.person_id AND o.school_id = $2 AND o.revoked_at IS NULL)
"""

_REVOKE_GRANTS = "UPDATE staff_grant SET revoked_at = now() WHERE school_id = $1 AND revoked_at IS NULL"

_MOVE_STUDENTS = """
UPDATE person p SET student_school_id = $2 WHERE p.student_school_id = $1 AND NOT EXISTS (
  SELECT FROM person o WHERE o.student_school_id = $2 AND o.student_number = p.student_number)
"""

# The successor is spelled anew for its new aliases; until then it keeps the spellings it has.
_SUCCEED = """
UPDATE school SET
  successor_id = CASE WHEN id = $2 THEN NULL ELSE $2 END,
  merged_at = CASE WHEN id = $2 THEN NULL ELSE coalesce(merged_at, $3) END,
  aliases = CASE WHEN id = $2 THEN $4::text[] ELSE aliases END,
  spelled_at = CASE WHEN id = $2 THEN NULL ELSE spelled_at END
 WHERE id IN ($1, $2) OR successor_id = $1
"""
