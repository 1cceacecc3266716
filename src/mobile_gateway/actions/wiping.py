"""What the switch from student to teacher erases (PRODUCT.md §5).

All that the account holds, but its phone, its staff roles and the audit log. Parts of one transaction, whose caller
holds the person's row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.rules import changes
from mobile_gateway.rules.words import EndReason

# Sign-ins before devices, as who signs out or registers takes them; devices before deliveries, as a device that changes
# hands does. Deleting sessions takes their beats along, deleting inbox rows and devices their deliveries.
KEYED_BY_PERSON: Final = (
    "device",
    "inbox_item",
    "notification_preference",
    "phone_change",
    "teaching_record",
    "credit_entry",
    "completion",
    "coverage",
    "resume_position",
    "risk_flag",
    "playback_session",
    "enrolment",
)

_HOLD = "SELECT FROM person WHERE id = $1 FOR UPDATE"

_PERSON = """
UPDATE person
   SET identity = 'TEACHER', wipe_epoch = wipe_epoch + 1, version = version + 1, locale = DEFAULT,
       student_school_id = NULL, student_number = NULL, password_hash = NULL, name = NULL, gender = NULL, email = NULL,
       document_type = NULL, document_sealed = NULL, document_index = NULL, document_last4 = NULL,
       identity_edited_at = NULL
 WHERE id = $1
RETURNING wipe_epoch
"""

_END = """
UPDATE sign_in SET ended_at = $2, end_reason = $3 WHERE person_id = $1 AND ended_at IS NULL
"""


async def wipe(connection: asyncpg.Connection, person_id: int, now: datetime) -> int:
    """Erase the student and leave a teacher of the next wipe epoch, which is answered. Every sign-in ends.

    Certificates and previews of them are not touched: no student has one.
    """
    # The person first, and as if to delete it: who is writing a notice, which refers to it, is waited for, and who
    # begins to waits at this row, where it holds nothing that is deleted next.
    await connection.execute(_HOLD, person_id)
    epoch: int = await connection.fetchval(_PERSON, person_id)
    await connection.execute(_END, person_id, now, EndReason.WIPED)
    for table in KEYED_BY_PERSON:
        await connection.execute(f"DELETE FROM {table} WHERE person_id = $1", person_id)
    transactions.tell(changes.sign_ins(person_id))
    return epoch
