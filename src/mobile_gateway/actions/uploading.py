"""Addresses for photos: given out, used up, filled, forgotten (docs/decisions/0009-photos-in-rows.md).

Times are the real clock's. An address is spent before its file is decoded, so that one address costs one decoding.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from mobile_gateway import seals
from mobile_gateway.models.database import Database
from mobile_gateway.reads.uploads import PHOTO_COLUMN, Photo
from mobile_gateway.rules import uploads as rules
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.staff_words import UploadPurpose
from mobile_gateway.seals import Keyring

# Requests of one network go one after the other; the seed keeps other advisory locks apart.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7306))"

_GIVEN = """
SELECT count(*) FROM (SELECT FROM upload WHERE network = $1 AND created_at > $2 LIMIT $3) AS few
"""

_SPEND = """
UPDATE upload SET expires_at = $2 WHERE id = $1 AND stored_at IS NULL AND expires_at > $2 RETURNING id
"""

_KEEP = """
UPDATE upload SET media_type = $2, sealed = $3, stored_at = $4, expires_at = $5
 WHERE id = $1 AND stored_at IS NULL RETURNING id
"""

# A row outlives its photo, since the quota of its network counts it.
_EMPTY = """
WITH late AS (
  SELECT id FROM upload
   WHERE attached_at IS NULL AND expires_at <= $1 AND expires_at > $2 AND stored_at IS NOT NULL
     FOR UPDATE SKIP LOCKED
)
UPDATE upload u SET media_type = NULL, sealed = NULL, stored_at = NULL FROM late WHERE u.id = late.id
RETURNING u.id
"""

_DELETE = """
WITH old AS (
  SELECT id FROM upload WHERE attached_at IS NULL AND expires_at <= $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM upload u USING old WHERE u.id = old.id RETURNING u.id
"""


async def open_address(
    database: Database, *, purpose: UploadPurpose, network: str, now: datetime
) -> tuple[UUID, datetime] | Refusal:
    """Make an address that one file may be sent to; answers its id and until when. Refusals: RATE_LIMITED."""
    async with database.transaction() as connection:
        await connection.execute(_LOCK, network)
        most = rules.UPLOADS_A_DAY_AND_NETWORK
        if await connection.fetchval(_GIVEN, network, now - rules.QUOTA_SPAN, most) >= most:
            return Refusal(RefusalCode.RATE_LIMITED)
        upload_id, expires_at = uuid4(), now + rules.ADDRESS_LIFE
        await connection.execute(
            "INSERT INTO upload (id, purpose, network, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            upload_id,
            purpose,
            network,
            now,
            expires_at,
        )
        return upload_id, expires_at


async def spend(database: Database, upload_id: UUID, now: datetime) -> bool:
    """Use an address up, whatever its file turns out to be; False when it was used or is late."""
    async with database.transaction() as connection:
        return await connection.fetchval(_SPEND, upload_id, now) is not None


async def keep(database: Database, keyring: Keyring, upload_id: UUID, photo: Photo, now: datetime) -> bool:
    """Seal a photo into its spent row, where it waits an hour for its ticket; False when there is one already."""
    sealed = seals.seal(keyring, photo.data, column=PHOTO_COLUMN, owner=str(upload_id))
    async with database.transaction() as connection:
        kept = await connection.fetchval(
            _KEEP, upload_id, photo.media_type, sealed, now, now + rules.LOOSE_LIFE
        )
    return kept is not None


async def forget_loose(database: Database, now: datetime) -> int:
    """Erase photos that no ticket came for, and rows that no quota counts any more; answers how many."""
    long_ago = now - rules.QUOTA_SPAN
    async with database.transaction() as connection:
        emptied = await connection.fetch(_EMPTY, now, long_ago)
        deleted = await connection.fetch(_DELETE, long_ago)
    return len(emptied) + len(deleted)
