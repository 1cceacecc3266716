"""Certificates as rows, for tests of what reads them."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from gateway import Gateway
from mobile_gateway.reads import snapshots
from mobile_gateway.rules import serials, texts
from mobile_gateway.rules.certificates import Holder, Snapshot
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.words import CertificateState

NAME = "诸葛清明"
DOCUMENT = "11010519491231002X"
SCHOOL = "清明实验学校"
ISSUED_AT = datetime.fromisoformat("2024-09-01T00:30:00+08:00")
VOIDED_AT = datetime.fromisoformat("2024-09-30T23:30:00+08:00")

SNAPSHOT = Snapshot(
    Holder(NAME, DocumentType.MAINLAND_ID, DOCUMENT, None, SCHOOL),
    "2024年暑期教师研修",
    "2024 Summer Teacher Training",
    date(2024, 7, 20),
    date(2024, 9, 30),
    "10.00",
)

_INSERT = """
INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name, recognised_ms,
                         first_issued_at, issued_at, reissue_due_at, voided_at, void_reason)
SELECT $1, t.id, 1 + (SELECT count(*) FROM certificate WHERE person_id = $1), $2, $3::varchar, $4, $5,
       10 * t.ms_per_credit, $6::timestamptz, $6::timestamptz,
       CASE WHEN $3::varchar = 'REISSUE_PENDING' THEN $6::timestamptz + interval '5 days' END, $7,
       CASE WHEN $3::varchar = 'VOID' THEN 'FRAUD' END
  FROM topic t WHERE t.slug = 'summer-2024'
"""


def serial() -> str:
    """One that was never used."""
    return serials.write(secrets.randbits(serials.RANDOM_BITS))


async def certificate(
    gateway: Gateway, state: CertificateState = CertificateState.ISSUED, phone: str = "+8619900000001"
) -> str:
    """The serial of a certificate in a state."""
    number = serial()
    given: list[Any] = [
        await gateway.person(phone),
        number,
        state,
        snapshots.seal(gateway.resources.keyring, SNAPSHOT, number),
        texts.mask_name(NAME),
        ISSUED_AT,
        VOIDED_AT if state is CertificateState.VOID else None,
    ]
    async with gateway.database.transaction() as connection:
        await connection.execute(_INSERT, *given)
    return number


async def erase(gateway: Gateway, number: str) -> None:
    """Let a certificate be no more."""
    async with gateway.database.transaction() as connection:
        await connection.execute("DELETE FROM certificate WHERE serial = $1", number)
