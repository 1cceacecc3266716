"""Resources as administrators see them, listed or not, with the newest version of their media."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from mobile_gateway.rules.words import ResourceKind

COLUMNS: Final = (
    "r.id AS resource_id, r.slug, r.kind, r.title, r.title_en, r.document_url, r.version,"
    " m.version AS media_version, m.duration_ms, m.url AS media_url"
)
JOINS: Final = """
  LEFT JOIN LATERAL (SELECT version, duration_ms, url FROM media_version v
                      WHERE v.resource_id = r.id ORDER BY version DESC LIMIT 1) m ON true
"""
"""A resource `r` with its newest media, as `resource` reads it."""


@dataclass(frozen=True, slots=True)
class ManagedMedia:
    """The newest version of a video."""

    version: int
    duration_ms: int
    url: str


@dataclass(frozen=True, slots=True)
class ManagedResource:
    """A video or a document."""

    id: int
    slug: str
    kind: ResourceKind
    title: str
    title_en: str
    document_url: str | None
    version: int
    media: ManagedMedia | None


_PAGE = f"""
SELECT {COLUMNS} FROM resource r{JOINS}
 WHERE ($1::bigint IS NULL OR r.id < $1) AND ($2::text IS NULL OR r.kind = $2)
   AND ($3::text IS NULL OR position(lower($3) IN lower(r.title)) > 0 OR position(lower($3) IN lower(r.title_en)) > 0
        OR r.slug = $3)
 ORDER BY r.id DESC LIMIT $4
"""

_BY_ID = f"SELECT {COLUMNS} FROM resource r{JOINS} WHERE r.id = $1"


def resource(row: Any) -> ManagedResource:
    """A resource of a row with `COLUMNS`."""
    media = None
    if row["media_version"] is not None:
        media = ManagedMedia(row["media_version"], row["duration_ms"], row["media_url"])
    return ManagedResource(
        row["resource_id"],
        row["slug"],
        ResourceKind(row["kind"]),
        row["title"],
        row["title_en"],
        row["document_url"],
        row["version"],
        media,
    )


async def page(
    connection: asyncpg.Connection,
    *,
    kind: ResourceKind | None,
    search: str | None,
    first: int,
    after: int | None,
) -> Sequence[ManagedResource]:
    """At most `first` resources older than `after`, newest first; `search` is a part of a title, or a whole slug."""
    return [resource(row) for row in await connection.fetch(_PAGE, after, kind, search, first)]


async def by_id(connection: asyncpg.Connection, number: int) -> ManagedResource | None:
    """One resource; None when there is none."""
    row = await connection.fetchrow(_BY_ID, number)
    return resource(row) if row else None
