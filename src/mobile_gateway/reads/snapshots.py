"""What is printed on a certificate: as it would be now, and as it was frozen (PRODUCT.md §8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import asyncpg

from mobile_gateway import seals
from mobile_gateway.rules import certificates, credits
from mobile_gateway.rules.certificates import Holder, Snapshot
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.seals import Keyring

COLUMN = "certificate.snapshot"
"""The column that snapshots are sealed for, by the certificate's serial."""

DOCUMENT_COLUMN = "person.document"
"""The column that document numbers are sealed for, by the person's id."""

_HOLDER = """
SELECT p.name, p.document_type, p.document_sealed, r.school_id, s.name AS school_name
  FROM person p
  LEFT JOIN teaching_record r ON r.person_id = p.id AND r.is_primary AND r.left_at IS NULL
  LEFT JOIN school s ON s.id = r.school_id
 WHERE p.id = $1
"""

_TOPIC = """
SELECT t.title, t.title_en, t.learning_start, t.learning_end, t.ms_per_credit,
       (SELECT sum(c.required_credits) FROM course c WHERE c.topic_id = t.id) AS required_credits
  FROM topic t WHERE t.id = $1
"""


async def holder(connection: asyncpg.Connection, keyring: Keyring, person_id: int) -> Holder | None:
    """What would be printed of a person now; None while name or document is missing."""
    row = await connection.fetchrow(_HOLDER, person_id)
    if row is None or row["name"] is None or row["document_sealed"] is None:
        return None
    number = seals.unseal_text(keyring, row["document_sealed"], column=DOCUMENT_COLUMN, owner=person_id)
    return Holder(
        row["name"], DocumentType(row["document_type"]), number, row["school_id"], row["school_name"]
    )


async def of(connection: asyncpg.Connection, printed: Holder, topic_id: int) -> Snapshot:
    """A snapshot of a holder for a topic that is complete: recognised is what the topic requires."""
    row = await connection.fetchrow(_TOPIC, topic_id)
    first, last = certificates.days_of(row["learning_start"], row["learning_end"])
    per_credit = row["ms_per_credit"]
    shown = credits.shown(row["required_credits"] * per_credit, per_credit)
    return Snapshot(printed, row["title"], row["title_en"], first, last, shown)


def written(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as JSON holds it; `read` is its inverse."""
    days = {"learned_from": snapshot.learned_from, "learned_to": snapshot.learned_to}
    return {**asdict(snapshot), **{name: day.isoformat() for name, day in days.items()}}


def read(found: Mapping[str, Any]) -> Snapshot:
    """A snapshot of its JSON."""
    who = found["holder"]
    return Snapshot(
        Holder(**{**who, "document_type": DocumentType(who["document_type"])}),
        found["topic"],
        found["topic_en"],
        date.fromisoformat(found["learned_from"]),
        date.fromisoformat(found["learned_to"]),
        found["credits"],
    )


def text_of(snapshot: Snapshot) -> str:
    """A snapshot as one text, the same for the same snapshot."""
    return json.dumps(written(snapshot), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal(keyring: Keyring, snapshot: Snapshot, serial: str) -> bytes:
    """A snapshot as it is kept for one serial."""
    return seals.seal(keyring, text_of(snapshot), column=COLUMN, owner=serial)


def unseal(keyring: Keyring, sealed: bytes, serial: str) -> Snapshot:
    """The snapshot of a serial; raises SealBroken for another one's."""
    return read(json.loads(seals.unseal_text(keyring, sealed, column=COLUMN, owner=serial)))
