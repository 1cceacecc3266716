"""Topics as administrators see them, published or not, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway.rules.topics import TopicState


@dataclass(frozen=True, slots=True)
class ManagedTopic:
    """A topic without its outline."""

    id: int
    slug: str
    title: str
    title_en: str
    learning_start: datetime
    learning_end: datetime
    certificates_open_at: datetime
    ms_per_credit: int
    state: TopicState
    version: int
    has_enrolments: bool
    has_certificates: bool


_TOPICS = """
SELECT t.*, EXISTS (SELECT FROM enrolment e WHERE e.topic_id = t.id) AS has_enrolments,
       EXISTS (SELECT FROM certificate c WHERE c.topic_id = t.id) AS has_certificates
  FROM topic t
"""

_PAGE = f"""{_TOPICS}
 WHERE ($1::bigint IS NULL OR t.id < $1) AND ($2::boolean IS NULL OR t.published = $2) ORDER BY t.id DESC LIMIT $3
"""

_BY_ID = f"{_TOPICS} WHERE t.id = $1"


async def page(
    connection: asyncpg.Connection, *, state: TopicState | None, first: int, after: int | None
) -> Sequence[ManagedTopic]:
    """At most `first` topics older than `after`. One statement."""
    published = None if state is None else state is TopicState.PUBLISHED
    return [_topic(row) for row in await connection.fetch(_PAGE, after, published, first)]


async def by_id(connection: asyncpg.Connection, number: int) -> ManagedTopic | None:
    """One topic; None when there is none."""
    row = await connection.fetchrow(_BY_ID, number)
    return _topic(row) if row else None


def _topic(row: Any) -> ManagedTopic:
    return ManagedTopic(
        row["id"],
        row["slug"],
        row["title"],
        row["title_en"],
        row["learning_start"],
        row["learning_end"],
        row["certificates_open_at"],
        row["ms_per_credit"],
        TopicState.PUBLISHED if row["published"] else TopicState.DRAFT,
        row["version"],
        row["has_enrolments"],
        row["has_certificates"],
    )
